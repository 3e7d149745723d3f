"""Whose choice a password was, how long it lasts, which ones do not come again (S1, S2)."""

from datetime import timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from citymgmt.accounts import actions, passwords, sessions, tokens
from citymgmt.accounts.models import Membership, User

pytestmark = pytest.mark.django_db
PASSWORDS = [f"Right-horse-{n}" for n in range(1, 9)]
OLD, NEW = PASSWORDS[:2]
OWN = "/accounts/password/"
DAY = timedelta(days=1)


@pytest.fixture
def person(cast):
    """With a password of their own."""
    passwords.choose(cast["acceptor"], OLD)
    return cast["acceptor"]


def set_by_another(cast, person, password=NEW):
    actions.set_password(person=person, password=password, by=cast["sysadmin"])
    return User.objects.get(pk=person.pk)


def age(person, days):
    then = timezone.now() - days * DAY
    User.objects.filter(pk=person.pk).update(password_chosen_at=then)
    return User.objects.get(pk=person.pk)


def change(client, old, new):
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(OWN, form)


def sign_in(client, person, password):
    return client.post("/accounts/sign-in/", {"username": person.username, "password": password})


# --- set by somebody else -------------------------------------------------------------------
def test_a_password_set_by_an_administrator_opens_only_the_page_to_change_it(client, cast, person):
    set_by_another(cast, person)
    assert sign_in(client, person, NEW).status_code == 302
    for page in ("/", "/desk/", "/accounts/profile/", "/hotline/", "/cases/"):
        assert client.get(page).url == OWN, page
    assert client.post("/desk/new/", {"description": "x"}).url == OWN
    assert client.get(OWN).status_code == 200
    assert client.get("/accounts/session/").status_code == 200


def test_what_scripts_fetch_is_refused_in_their_way(client, cast, person):
    set_by_another(cast, person)
    sign_in(client, person, NEW)
    for address in ("/notices/count/", "/api/v1/cases/", "/api/v1/ref/sources/"):
        answer = client.get(address, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (403, "choose_password")
    part = client.get("/desk/", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == OWN
    assert client.get("/api/v1/cases/").status_code == 403  # whatever it accepts


def test_chosen_anew_everything_is_open(client, cast, person):
    set_by_another(cast, person)
    sign_in(client, person, NEW)
    assert change(client, NEW, NEW).status_code == 200  # the same is no choice
    assert change(client, NEW, PASSWORDS[4]).url == "/"
    assert client.get("/accounts/profile/").status_code == 200
    assert not passwords.must_change(User.objects.get(pk=person.pk))


def test_no_token_before_it_is_changed(client, cast, person):
    person = set_by_another(cast, person)
    given = {"username": person.username, "password": NEW}
    answer = client.post("/api/v1/token/", given, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "choose_password")
    passwords.choose(person, PASSWORDS[3])
    given["password"] = PASSWORDS[3]
    answer = client.post("/api/v1/token/", given, content_type="application/json")
    assert answer.status_code == 200


def test_no_websocket_before_it_is_changed(client, cast, person):
    person = set_by_another(cast, person)
    client.force_login(person)
    key = client.session.session_key
    assert sessions.person_of(key, timezone.now()) is None
    User.objects.filter(pk=person.pk).update(must_change_password=False)
    assert sessions.person_of(key, timezone.now()) is not None


def test_new_people_change_the_password_they_were_given(client, cast, departments):
    client.force_login(cast["sysadmin"])
    form = {
        "username": "newcomer", "full_name": "新人", "phone": "",
        "department": departments.water.pk, "password1": OLD, "password2": OLD,
    }  # fmt: skip
    client.post(reverse("accounts:new_person"), form)
    assert passwords.must_change(User.objects.get(username="newcomer"))


def test_the_first_administrators_change_theirs(db):
    call_command("administrators", sysadmin="a", secadmin="b", auditor="c", stdout=StringIO())
    assert all(passwords.must_change(user) for user in User.objects.all())


def test_a_wall_keeps_what_it_was_signed_in_with(cast):
    assert not passwords.must_change(set_by_another(cast, cast["screen"]))


# --- its age --------------------------------------------------------------------------------
@pytest.mark.parametrize(("days", "old", "must"), [
    (90, 89, False), (90, 90, True), (90, 400, True), (30, 40, True), (0, 4000, False),
])  # fmt: skip
def test_the_age_is_a_setting(settings, person, days, old, must):
    settings.PASSWORD_DAYS = days
    assert passwords.must_change(age(person, old)) == must


def test_an_old_password_opens_only_the_page_to_change_it(client, person):
    age(person, 91)
    sign_in(client, person, OLD)
    assert client.get("/desk/").url == OWN
    assert change(client, OLD, NEW).url == "/"
    assert client.get("/accounts/profile/").status_code == 200


def test_tokens_wait_for_a_new_password(person):
    key = tokens.by_signing_in(person)
    assert tokens.found(key)
    age(person, 91)
    assert tokens.found(key) is None


# --- used before ----------------------------------------------------------------------------
def test_the_last_five_do_not_come_again(client, person):
    client.force_login(person)
    for old, new in pairwise(PASSWORDS[:6]):
        assert change(client, old, new).status_code == 302
        client.force_login(User.objects.get(pk=person.pk))
    person = User.objects.get(pk=person.pk)
    for used in PASSWORDS[1:6]:
        with pytest.raises(ValidationError) as refusal:
            validate_password(used, person)
        assert refusal.value.error_list[0].code == "password_used_before"
    validate_password(PASSWORDS[0], person)
    assert person.former_passwords.count() == 4


def test_how_many_is_a_setting(settings, person):
    settings.PASSWORD_HISTORY = 0
    validate_password(OLD, person)
    settings.PASSWORD_HISTORY = 1
    with pytest.raises(ValidationError):
        validate_password(OLD, person)


def test_one_set_by_somebody_else_counts_as_used(cast, person):
    person = set_by_another(cast, person)
    passwords.choose(person, PASSWORDS[2])
    for used in (OLD, NEW, PASSWORDS[2]):
        with pytest.raises(ValidationError):
            validate_password(used, person)


# --- tokens end -----------------------------------------------------------------------------
@pytest.fixture
def key(cast):
    """A token of somebody who has held the post for long."""
    passwords.choose(cast["collector"], OLD)
    Membership.objects.filter(user=cast["collector"]).update(since="2020-01-01")
    return tokens.by_signing_in(cast["collector"])


def test_a_token_ends_with_the_changed_password(cast, key):
    actions.change_own_password(person=cast["collector"], password=NEW)
    assert tokens.found(key) is None


def test_a_token_ends_with_the_reset_password_and_does_not_come_back(cast, key):
    set_by_another(cast, cast["collector"])
    assert tokens.found(key) is None
    passwords.choose(cast["collector"], PASSWORDS[3])
    assert tokens.found(key) is None


def test_a_token_ends_with_the_post(cast, posts, departments, key):
    person = cast["collector"]
    actions.dismiss(membership=person.memberships.get(), by=cast["sysadmin"])
    assert tokens.found(key) is None
    actions.appoint(
        user=person, post=posts["collector"], department=departments.center, by=cast["sysadmin"]
    )
    assert tokens.found(key) is None


def test_a_token_ends_with_the_person_switched_off(cast, key):
    person = User.objects.get(username="collector")
    person.is_active = False
    actions.save_person(person=person, by=cast["sysadmin"])
    person.is_active = True
    actions.save_person(person=person, by=cast["sysadmin"])
    assert tokens.found(key) is None


def test_a_token_ends_after_a_time(settings, cast, key):
    row = cast["collector"].tokens.get()
    assert row.expires_at - row.made_at == settings.TOKEN_DAYS * DAY
    cast["collector"].tokens.update(
        made_at=timezone.now() - 91 * DAY, expires_at=timezone.now() - DAY
    )
    assert tokens.found(key) is None


@pytest.mark.parametrize("name", ["collector", "secadmin"])
def test_a_token_is_seen_and_withdrawn_by_its_owner_and_the_security_administrator(
    client, cast, key, name
):
    row = cast["collector"].tokens.get()
    client.force_login(cast[name])
    page = client.get("/accounts/profile/" if name == "collector" else "/accounts/tokens/")
    assert key[:6] in page.content.decode()
    client.post(reverse("accounts:withdraw_token", args=[row.pk]))
    assert tokens.found(key) is None
