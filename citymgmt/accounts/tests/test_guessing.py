"""Guessing ends: one name, many names, many addresses; and nobody is kept out by strangers."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.test import Client
from django.utils import timezone

from citymgmt.accounts import guessing
from citymgmt.accounts.models import AuditEvent, SignInTry
from citymgmt.accounts.tasks import remove_old_tries

pytestmark = pytest.mark.django_db
PAGE, TOKEN = "/accounts/sign-in/", "/api/v1/token/"
PASSWORD = "Right-horse-9"


@pytest.fixture
def person(cast):
    cast["auditor"].set_password(PASSWORD)
    cast["auditor"].save()
    return cast["auditor"]


@pytest.fixture(autouse=True)
def small(settings):
    settings.SIGN_IN_LIMITS = {"both": (3, 300), "network": (6, 600), "name": (8, 3600)}


def at(address):
    return Client(REMOTE_ADDR=address)


def guess(browser, name="auditor", password="wrong-one", page=PAGE):
    return browser.post(page, {"username": name, "password": password})


def later(seconds):
    moved = timezone.now() - timedelta(seconds=seconds)
    for row in SignInTry.objects.all():
        SignInTry.objects.filter(pk=row.pk).update(at=row.at - timedelta(seconds=seconds))
    return moved


@pytest.mark.parametrize(("page", "wrong"), [(PAGE, 200), (TOKEN, 400)])
def test_one_password_over_many_names_ends(person, page, wrong):
    codes = [guess(at("203.0.113.1"), f"name{n}", page=page).status_code for n in range(8)]
    assert codes == [wrong] * 5 + [429] * 3
    assert guess(at("203.0.113.2"), "name9", page=page).status_code == wrong
    assert guess(at("203.0.113.1"), password=PASSWORD, page=page).status_code == 429
    later(601)
    assert guess(at("203.0.113.1"), password=PASSWORD, page=page).status_code in (302, 200)


@pytest.mark.parametrize(("page", "wrong"), [(PAGE, 200), (TOKEN, 400)])
def test_one_name_from_many_addresses_is_slowed_down(person, page, wrong):
    codes = [guess(at(f"203.0.113.{n}"), page=page).status_code for n in range(10)]
    assert codes == [wrong] * 7 + [429] * 3
    assert guess(at("198.51.100.1"), password=PASSWORD, page=page).status_code == 429
    later(61)  # one pause, not the hour of the window
    assert guess(at("198.51.100.1"), password=PASSWORD, page=page).status_code in (302, 200)


def test_where_the_person_has_signed_in_strangers_lock_nobody_out(person):
    assert guess(at("198.51.100.1"), password=PASSWORD).status_code == 302
    for n in range(12):
        guess(at(f"203.0.113.{n}"))
    for n in range(12):
        guess(at("198.51.100.1"), f"name{n}")
    assert guess(at("198.51.100.1"), password=PASSWORD).status_code == 302
    for _n in range(3):
        guess(at("198.51.100.1"))
    assert guess(at("198.51.100.1"), password=PASSWORD).status_code == 429


def test_whoever_goes_on_trying_makes_no_lock_longer(person):
    for _n in range(20):
        guess(at("203.0.113.1"))
    assert SignInTry.objects.count() == 3
    verbs = list(AuditEvent.objects.values_list("verb", flat=True))
    assert (verbs.count("sign_in_failed"), verbs.count("locked_out")) == (3, 1)
    later(301)
    assert guess(at("203.0.113.1"), password=PASSWORD).status_code == 302


def test_addresses_of_one_customer_count_as_one(person):
    codes = [guess(at(f"2001:db8:1:2::{n:x}")).status_code for n in range(1, 5)]
    assert codes == [200, 200, 429, 429]
    assert guess(at("2001:db8:1:3::1")).status_code == 200
    assert AuditEvent.objects.filter(verb="sign_in_failed").last().address.startswith("2001:db8:1")


@pytest.mark.parametrize("names", [["auditor", "AUDITOR", " Auditor "], ["a" * 500] * 3])
def test_another_spelling_is_the_same_name(person, names):
    codes = [guess(at("203.0.113.1"), name).status_code for name in (*names, names[0])]
    assert codes[-1] == 429


def test_the_lock_says_when_to_try_again(person):
    for _n in range(2):
        guess(at("203.0.113.1"))
    page = guess(at("203.0.113.1"))
    assert page.status_code == 429
    assert 290 <= int(page.headers["Retry-After"]) <= 300
    assert page.context["minutes"] == 5
    answer = guess(at("203.0.113.1"), page=TOKEN)
    assert (answer.status_code, answer.json()["code"]) == (429, "locked")
    assert 290 <= int(answer.headers["Retry-After"]) <= 300


def test_what_counts_no_more_is_removed(person):
    guess(at("203.0.113.1"))
    guess(at("203.0.113.1"), password=PASSWORD)
    guess(at("203.0.113.2"))
    assert remove_old_tries() == 0
    later(25 * 3600)
    assert remove_old_tries() == 1
    later(30 * 24 * 3600)
    assert remove_old_tries() == 1
    assert not SignInTry.objects.exists()
    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()


def test_a_right_password_ends_what_failed_from_there(person):
    for _n in range(2):
        guess(at("203.0.113.1"))
    guess(at("203.0.113.1"), password=PASSWORD)
    assert guessing.wait("auditor", "203.0.113.1") == 0
    assert guess(at("203.0.113.1")).status_code == 200
