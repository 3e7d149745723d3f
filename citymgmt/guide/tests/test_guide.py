"""Help: every post has its page in both languages, with pictures; strangers see the public's."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from citymgmt.accounts.posts import POSTS, SCREEN
from citymgmt.lib import guides

LANGUAGES = ("zh-hans", "en")
IN = {language: {"HTTP_ACCEPT_LANGUAGE": language} for language in LANGUAGES}
PAGE = {"HTTP_ACCEPT": "text/html"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", guides.NAMES)
def test_every_page_has_a_picture_and_three_parts(name, language):
    with override(language):
        found = guides.guide_of(name)
    assert found.html.count("<h2>") in {2, 3}
    assert found.pictures
    for picture in found.pictures:
        assert guides.picture_file(picture, language).stat().st_size > 1000


def test_every_post_but_the_wall_has_a_page():
    assert set(POSTS) - {SCREEN} <= set(guides.NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_brings_html_or_style_of_its_own(language):
    with override(language):
        for name in guides.NAMES:
            html = guides.guide_of(name).html
            assert "style=" not in html
            assert "&lt;" not in html


def test_html_in_a_page_would_be_text():
    html = guides._markdown.render("<script>alert(1)</script> [x](javascript:alert(1))")
    assert "<script" not in html
    assert "href" not in html


def test_a_person_comes_to_the_page_of_the_own_post(client, cast):
    client.force_login(cast.acceptor)
    assert client.get(reverse("guide:own")).url == reverse("guide:page", args=["acceptor"])
    page = client.get(reverse("guide:page", args=["acceptor"]), **IN["en"]).content.decode()
    assert "<h1>Acceptor</h1>" in page
    assert reverse("guide:page", args=["dispatcher"]) in page
    picture = client.get(reverse("guide:picture", args=["acceptor", "desk-acceptor"]))
    assert picture["Content-Type"] == "image/png"
    assert "private" in picture["Cache-Control"]


@pytest.mark.django_db
def test_a_stranger_sees_the_page_of_the_public_alone():
    client = Client()
    assert client.get(reverse("guide:own")).url == reverse("guide:page", args=["public"])
    page = client.get(reverse("guide:page", args=["public"]), **IN["en"]).content.decode()
    assert "For everybody" in page
    assert reverse("guide:page", args=["acceptor"]) not in page
    assert client.get(reverse("guide:picture", args=["public", "public"])).status_code == 200
    closed = client.get(reverse("guide:page", args=["acceptor"]), **PAGE)
    assert closed.url.startswith(reverse("accounts:sign_in"))
    closed = client.get(reverse("guide:picture", args=["acceptor", "desk-acceptor"]))
    assert closed.url.startswith(reverse("accounts:sign_in"))


def test_what_is_not_there_is_not_found(client, cast):
    client.force_login(cast.acceptor)
    assert client.get(reverse("guide:page", args=["nobody"])).status_code == 404
    for picture in ("desk-dispatcher", "nothing"):  # of another page, of none
        address = reverse("guide:picture", args=["acceptor", picture])
        assert client.get(address).status_code == 404


def test_the_keyboard_help_leads_to_it(client, cast):
    client.force_login(cast.acceptor)
    assert f'href="{reverse("guide:own")}"' in client.get("/desk/").content.decode()
