"""Fields in a browser: what is missing is said at the field, in the page's language."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from cases.tests.cast import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def go(transactional_db, cast, live_server, page, apart):
    """go(post, path): a page of a person of that post."""

    def seat(post):
        client = Client()
        client.force_login(person(cast, f"a-{post}", post, cast.center))
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def open_page(post, path):
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": apart(seat, post)}
        page.context.add_cookies([cookie | {"url": live_server.url}])
        page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
        page.goto(live_server.url + path)
        return page

    return open_page


def fault(page, name):
    return page.locator(f"[name={name}] + .errorlist")


def test_an_empty_form_says_at_each_field_that_it_is_needed(go):
    page = go("sysadmin", "/accounts/people/new/")
    page.locator("main form .btn-primary").click()
    expect(fault(page, "username")).to_have_text("此项必填。")
    expect(fault(page, "password1")).to_have_text("此项必填。")
    expect(page.locator("[name=username]")).to_be_focused()
    page.locator("[name=username]").fill("li4")
    page.locator("main form .btn-primary").click()
    expect(fault(page, "username")).to_have_count(0)
    expect(fault(page, "password1")).to_have_count(1)
    expect(page.locator("[name=password1]")).to_be_focused()


def test_a_file_that_was_not_chosen_is_asked_for(go):
    page = go("sysadmin", "/accounts/people/import/")
    page.locator("main form .btn-primary").click()
    expect(page.locator("main .errorlist")).to_have_text("此项必填。")


def test_what_is_wrong_with_a_field_moves_none_beside_it(go, console):
    page = go("evaluator", "/scores/")
    boxes = page.locator(".filter [name=scheme], .filter [name=start], .filter > .btn-primary")
    page.locator(".filter > .btn-primary").click()
    expect(page.locator(".filter .errorlist").first).to_be_visible()
    console.clear()  # 422 was the point
    tops = [box.bounding_box()["y"] for box in boxes.all()]
    assert len(tops) == 3
    assert max(tops) - min(tops) < 1.5
