"""A browser: a figure of a bulletin is chosen from the list; one typed by hand is refused there."""

from datetime import date

import pytest
from django.conf import settings
from playwright.sync_api import expect

from cases.states import State
from cases.tests.cast import MORNING, bring, make_city, person
from evaluation.bulletins import actions as bulletins
from evaluation.results.actions import evaluate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = date(2026, 3, 2)


@pytest.fixture
def draft(live_server, apart):
    def made():
        city = make_city()
        person(city, "author", "evaluator", city.center)
        bring(city, State.CLOSED, at=MORNING)
        done = evaluate(scheme="A", start=DAY, end=DAY, by=city.evaluator)
        return bulletins.draft(evaluation=done, by=city.author)

    return apart(made)


@pytest.fixture
def signed_in(live_server, new_page, apart):
    def session_of(user):
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        return store.session_key

    def go(user, path):
        page = new_page()
        page.route_web_socket("**/ws/live/", lambda socket: None)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": apart(session_of, user)}
        page.context.add_cookies([cookie | {"url": live_server.url}])
        page.goto(live_server.url + path)
        return page

    return go


def test_a_figure_is_chosen_and_not_typed(draft, signed_in, console):
    page = signed_in(draft.by, draft.get_absolute_url())
    remarks = page.locator("textarea[name=remarks]")
    remarks.fill("结案率98%")
    page.click("button[name=preview]")
    expect(page.locator(".scores-words .errorlist")).to_contain_text("98")
    expect(page.locator("article")).not_to_contain_text("98%")
    console.clear()  # the refusal came with a 422
    remarks = page.locator("textarea[name=remarks]")
    remarks.fill("结案率")
    remarks.focus()
    page.click("[data-field='{{close_rate}}']")
    expect(remarks).to_have_value("结案率{{close_rate}}")
    page.click("button[name=preview]")
    expect(page.locator("article")).to_contain_text("结案率100.00%")
    page.click(".scores-words .btn-primary")
    expect(page.locator("article")).to_contain_text("结案率100.00%")
