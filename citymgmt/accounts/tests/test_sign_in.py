"""Signing in and out, what is put on record of it, passwords, own desk, and whom the lock stops."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse

from citymgmt.accounts import desks
from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import AuditEvent

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/sign-in/"
PASSWORD = "Right-horse-9"


@pytest.fixture
def person(cast):
    cast["auditor"].set_password(PASSWORD)
    cast["auditor"].save()
    return cast["auditor"]


def sign_in(client, password=PASSWORD, username="auditor"):
    return client.post(SIGN_IN, {"username": username, "password": password})


def recorded():
    return list(AuditEvent.objects.order_by("id").values_list("verb", "subject", "by__username"))


def test_signing_in_leads_to_the_own_desk(client, person):
    assert sign_in(client).url == "/"
    answer = client.get("/", follow=True)
    assert answer.redirect_chain == [(reverse("accounts:audit"), 302)]
    assert ("sign_in", "auditor", "auditor") in recorded()


def test_failures_are_on_record_without_the_password(client, person):
    assert sign_in(client, "wrong-one").status_code == 200
    event = AuditEvent.objects.latest("id")
    assert (event.verb, event.subject, event.by, event.data) == (
        "sign_in_failed", "auditor", None, {},
    )  # fmt: skip
    assert event.address == "127.0.0.1"


def test_five_failures_lock_and_the_right_password_no_longer_helps(client, person):
    for _ in range(4):
        assert sign_in(client, "wrong-one").status_code == 200
    assert sign_in(client, "wrong-one").status_code == 429
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "accounts/locked.html" in [template.name for template in answer.templates]
    assert "_auth_user_id" not in client.session
    assert ("locked_out", "auditor", None) in recorded()
    assert audit_broken() == []


def test_a_person_switched_off_stays_out(client, person):
    person.is_active = False
    person.save()
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_switching_off_ends_a_running_session(client, person):
    client.force_login(person)
    person.is_active = False
    person.save()
    assert client.get(reverse("accounts:audit")).status_code == 302


def test_signing_out_needs_a_post(client, person):
    client.force_login(person)
    assert client.get(reverse("accounts:sign_out")).status_code == 405
    client.post(reverse("accounts:sign_out"))
    assert "_auth_user_id" not in client.session
    assert recorded()[-1] == ("sign_out", "auditor", "auditor")


def test_who_is_signed_in_does_not_see_the_sign_in_page(client, person):
    client.force_login(person)
    assert client.get(SIGN_IN).url == "/"


def test_own_password_is_changed_and_recorded(client, person):
    client.force_login(person)
    page = reverse("accounts:profile")
    data = {"old_password": PASSWORD, "new_password1": "plain", "new_password2": "plain"}
    assert client.post(page, data).context["form"].errors
    data |= {"new_password1": "Left-donkey-8", "new_password2": "Left-donkey-8"}
    assert client.post(page, data).url == page
    person.refresh_from_db()
    assert person.check_password("Left-donkey-8")
    assert recorded()[-1] == ("change_password", "auditor", "auditor")
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Ab1!xyzw", True), ("correctHorse7", True), ("lower-case-9", True), ("大Ab12345", True),
        ("Ab1!xyz", False), ("onlyletters", False), ("LETTERSlower", False),
        ("letters1234", False), ("Auditor1", False), ("89231749", False), ("Password1", False),
    ],
)  # fmt: skip
def test_passwords(person, password, good):
    try:
        validate_password(password, person)
    except ValidationError:
        assert not good
    else:
        assert good


def test_a_person_without_a_post_finds_a_page(client, cast):
    client.force_login(cast["outsider"])
    answer = client.get("/")
    assert answer.status_code == 200
    assert "accounts/home.html" in [template.name for template in answer.templates]


def test_a_post_has_one_desk():
    with pytest.raises(ValueError, match="auditor has the desk accounts:audit"):
        desks.register("auditor", "accounts:people")
    desks.register("auditor", "accounts:audit")


def test_the_language_is_switched_on_the_sign_in_page(client):
    assert 'lang="zh-hans"' in client.get(SIGN_IN).content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": SIGN_IN})
    assert 'lang="en"' in client.get(SIGN_IN).content.decode()
