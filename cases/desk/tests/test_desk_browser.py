"""The desks by keyboard alone: choose, open the form, send, and the next case stands there."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cases.states import State
from cases.tests.cast import bring, report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESKS = {
    "acceptor": ("/desk/?queue=accept", State.REGISTERED, "accept"),
    "shift_leader": ("/desk/?queue=to_file", State.TO_FILE, "file"),
    "dispatcher": ("/desk/?queue=to_dispatch", State.TO_DISPATCH, "dispatch"),
    "liaison": ("/terminal/", State.TO_DISPOSE, "assign"),
}


@pytest.fixture
def seat(transactional_db, cast, live_server, new_page, apart):
    """seat(name): that person's browser, signed in."""

    def sit(name):
        page, client = new_page(base_url=live_server.url), Client()
        apart(client.force_login, getattr(cast, name))
        cookie = settings.SESSION_COOKIE_NAME
        value = client.cookies[cookie].value
        page.context.add_cookies([{"name": cookie, "value": value, "url": live_server.url}])
        page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
        return page

    return sit


def waiting(cast, state, count=3):
    """Cases in a state, the one due first at the head."""
    now = timezone.now() - timedelta(minutes=10)
    made = []
    for n in range(count):
        at = now + timedelta(minutes=n)
        made.append(bring(cast, state, at=at, minutes=0, case=report(cast, at=at, cell=n)))
    return [case.number for case in made]


def shown(page, number):
    expect(page.locator(f'#work [data-case="{number}"]')).to_have_count(1)
    expect(page.locator(f"#row-{number}")).to_have_attribute("aria-current", "true")


def stays(page):
    """Marks the page; answers whether it is still the same one."""
    page.evaluate("window.stayed = true")
    return lambda: page.evaluate("window.stayed === true")


@pytest.mark.parametrize("name", DESKS)
def test_a_queue_is_worked_off_without_a_mouse(cast, seat, apart, name):
    url, state, action = DESKS[name]
    first, second, third = apart(waiting, cast, state)
    page = seat(name)
    page.goto(url)
    shown(page, first)
    same = stays(page)
    page.keyboard.press("j")
    shown(page, second)
    page.keyboard.press("Enter")
    form = page.locator(f'#action-form form[action$="/do/{action}/"]')
    expect(form).to_be_visible()
    expect(form.locator(":focus")).to_have_count(1)
    if name == "shift_leader":
        page.keyboard.press("Space")  # the first of two filing conditions
    page.keyboard.press("Control+Enter")
    shown(page, third)
    expect(page.locator(f"#row-{second}[aria-current]")).to_have_count(0)
    expect(page.locator("[data-action-form]")).to_have_count(0)
    page.keyboard.press("k")
    # What a liaison assigned still waits for the department; elsewhere it has left the queue.
    shown(page, second if name == "liaison" else first)
    assert same()


KEY_AT_ONCE = """(key) => document.addEventListener("htmx:afterSwap", () => {
  const press = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  document.body.dispatchEvent(press);
}, { once: true })"""


@pytest.mark.parametrize(("key", "action"), [("Enter", "accept"), ("2", "send_verify")])
def test_a_key_right_after_a_swap_opens_the_form_in_place(cast, seat, apart, key, action):
    first, second, _third = apart(waiting, cast, State.REGISTERED)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    shown(page, first)
    same = stays(page)
    page.evaluate(KEY_AT_ONCE, key)
    page.keyboard.press("j")
    expect(page.locator(f'[data-action-form][action$="{second}/do/{action}/"]')).to_be_visible()
    assert same()


def test_the_last_choice_wins_when_keys_are_fast(cast, seat, apart, console):
    first, second, third = apart(waiting, cast, State.REGISTERED)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    shown(page, first)
    held = []
    page.route(re.compile(f"case={second}"), lambda route: held.append(route))
    page.keyboard.press("j")
    expect(page.locator(f"#row-{second}")).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    shown(page, third)
    assert len(held) == 1  # given up by the page: there is nobody left to answer
    console.clear()  # htmx calls that an error


def test_a_refused_action_says_why_and_keeps_what_was_typed(cast, seat, apart, console):
    (number,) = apart(waiting, cast, State.REGISTERED, 1)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    shown(page, number)
    page.locator("#actions [data-action=reject]").press("Enter")  # no key: what ends a case
    form = page.locator('[data-action-form][action$="/do/reject/"]')
    expect(form).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(form.locator("[data-refusal]")).to_have_count(2)  # each at its field, and nowhere else
    expect(form.locator("[data-field=reject_reason] .errorlist")).to_be_visible()
    expect(form.locator("[data-field=opinion] .errorlist")).to_be_visible()
    expect(form.locator("[data-refusal][role=alert]")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("[data-action-form]")).to_have_count(0)
    console.clear()  # the 400 was the point


def test_a_filter_is_kept_for_one_person_and_is_one_click_away(cast, seat, apart):
    first, *_others = apart(waiting, cast, State.REGISTERED)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    page.locator("#f-class").select_option(index=1)
    page.wait_for_url("**class=component*")
    page.locator("[data-keep-filter]").click()
    kept = page.locator("[data-kept-filters] a")
    expect(kept).to_have_text(re.compile("待受理 · 上水井盖"))
    page.goto("/desk/?queue=open")
    kept.click()
    page.wait_for_url("**class=component*")
    expect(page.locator("[data-kept-filters] [aria-current]")).to_have_count(1)
    shown(page, first)
    page.locator("[data-kept-filters] button").click()
    expect(kept).to_have_count(0)
