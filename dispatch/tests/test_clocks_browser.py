"""A browser journey: the duplicate is seen before saving and merged by one key; the ledger of
mergers shows it, opens its case and prints; the bell rings while a page is open."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from cases.feed import log as live
from cases.machine.actions import strike
from cases.models import Case
from cases.states import State
from cases.tests.cast import bring, make_city, report
from dispatch.notices import reader
from dispatch.notices.loading import load_escalation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(live_server, apart):
    """The cast, with a key for everybody."""
    return apart(make_city)


@pytest.fixture
def feed():
    """The websockets that pages have opened, the other end in the hands of the test."""
    return []


@pytest.fixture
def visit(live_server, new_page, apart, feed):
    """visit(user, path, **options): a page of that person, signed in."""

    def session_of(user):
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        return store.session_key

    def go(user, path, **options):
        page = new_page(**options)
        # The live server has no websocket: the other end is here.
        page.route_web_socket("**/ws/live/", lambda socket: feed.append(socket))
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": apart(session_of, user)}
        page.context.add_cookies([cookie | {"url": live_server.url}])
        page.goto(live_server.url + path)
        return page

    return go


def test_seen_before_saving_merged_by_a_key_and_kept_in_a_ledger(town, visit, apart):
    now = timezone.now()
    first = apart(report, town, at=now)
    page = visit(town.acceptor, "/desk/new/")
    page.fill("#class_q", "0101")
    page.wait_for_selector("#class-list input[value='component:0101']")
    page.check("#class-list input[value='component:0101']")
    page.fill("[name=lon]", str(first.point.x))
    page.fill("[name=lat]", str(first.point.y))
    page.dispatch_event("[name=lat]", "change")
    page.wait_for_selector("#near .is-likely")
    expect(page.locator("#near")).to_contain_text(first.number[14:])
    expect(page.locator("#near img")).to_have_count(1)
    with page.context.expect_page() as opened:
        page.keyboard.press("Alt+1")
    expect(opened.value).to_have_url(re.compile(first.number))

    second = apart(report, town, at=now)
    page.goto(page.url.replace("/desk/new/", second.get_absolute_url()))
    page.keyboard.press("Alt+Shift+1")
    expect(page.locator("[data-action-form] [name=main_case]")).to_have_value(first.number)
    page.keyboard.press("Control+Enter")
    page.locator("[data-action-form]").wait_for(state="detached")
    apart(second.refresh_from_db)
    assert (second.state, second.merged_into_id) == (State.VOID, first.pk)

    ledger = visit(town.shift_leader, "/ledgers/")
    ledger.click("main tbody a[href*='/ledgers/merged/']")
    expect(ledger.locator("tbody tr")).to_have_count(1)
    ledger.click("a[href*='/print/']")
    expect(ledger.locator("main")).to_contain_text(second.number[14:])
    ledger.go_back()
    ledger.click("tbody a.number")
    expect(ledger).to_have_url(re.compile(second.number))


def test_the_bell_rings_on_an_open_page(town, visit, apart, feed):
    apart(load_escalation)
    start = timezone.now() - timedelta(hours=3)
    case = apart(bring, town, State.TO_DISPOSE, at=start, filing_condition=town.cover_open)
    page = visit(town.liaison, "/terminal/")
    feed[-1].send(json.dumps({"type": "welcome", "seq": 0, "now": start.isoformat()}))
    page.wait_for_selector("[data-live-status][data-status=live]")
    expect(page.locator("[data-notice-count]")).to_be_hidden()

    def alarm():
        for _n in range(2):
            strike(at=timezone.now())
        live.publish(send=False)
        return reader.read()

    assert apart(alarm) > 0
    feed[-1].send(json.dumps({"type": "notice"}))
    page.wait_for_selector("[data-notice-count]:not([hidden])")
    page.click("[data-bell]")
    expect(page.locator("main")).to_contain_text(case.number[14:])
    page.click("main tbody button")
    expect(page).to_have_url(re.compile(case.number))
    assert apart(Case.objects.get(pk=case.pk).notices.filter(read_at__isnull=False).exists)
