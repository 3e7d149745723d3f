"""The terminal on a phone: cases are there at all, stand by light, time left and distance, and
several are dealt with at once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext
from playwright.sync_api import expect

from cases.states import State
from cases.tests.cast import bring, report
from citymgmt.tests.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(transactional_db, cast, live_server, new_page, apart):
    """phone(person, **options): a phone of the department, the handler's unless told, signed in."""

    def take(person=None, **options):
        page, client = new_page(base_url=live_server.url, viewport=PHONE, **options), Client()
        apart(client.force_login, person or cast.handler)
        cookie = settings.SESSION_COOKIE_NAME
        value = client.cookies[cookie].value
        page.context.add_cookies([{"name": cookie, "value": value, "url": live_server.url}])
        page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
        return page

    return take


def given_out(cast, cell, at):
    case = bring(cast, State.DISPOSING, at=at, minutes=0, case=report(cast, at=at, cell=cell))
    return case.number


def cases_of_the_handler(cast):
    """Three in time, the one due first farthest away; one overdue, farther than two of them."""
    now = timezone.now()
    ahead = [given_out(cast, cell, now - timedelta(minutes=9 - cell)) for cell in range(3)]
    return given_out(cast, 1, now - timedelta(days=60)), ahead


def order(page):
    rows = page.locator("#lanes [data-row]")
    return [rows.nth(n).get_attribute("data-number") for n in range(rows.count())]


def test_with_a_position_the_nearest_of_a_light_comes_first_but_overdue_before_all(
    cast, phone, apart
):
    late, ahead = apart(cases_of_the_handler, cast)
    here = apart(lambda: cast.cells[2].geometry.centroid)
    page = phone(
        permissions=["geolocation"],
        geolocation={"longitude": here.x, "latitude": here.y, "accuracy": 8},
    )
    page.goto("/terminal/")
    expect(page.locator("[data-order-said]")).to_contain_text(
        gettext("Overdue first, then due soon, then on time; within each the nearest first.")
    )
    found = order(page)
    assert (found[0], found[1]) == (late, ahead[-1])  # the last one due is where the phone is
    assert sorted(found[2:]) == ahead[:-1]
    expect(page.locator("[data-away]").first).not_to_be_empty()


def test_without_a_position_time_left_is_the_order_and_the_page_says_so(cast, phone, apart):
    late, ahead = apart(cases_of_the_handler, cast)
    page = phone()
    page.goto("/terminal/")
    expect(page.locator("[data-order-said]")).to_have_text(gettext("By time left, overdue first."))
    assert order(page) == [late, *ahead]
    page.locator("#f-sort").select_option("near")
    expect(page.locator("#toasts")).to_contain_text(
        gettext("This device does not tell where it is.")
    )
    expect(page.locator("#f-sort")).to_have_value("due")


def test_a_case_of_the_terminal_opens_on_a_phone(cast, phone, apart):
    late, _ahead = apart(cases_of_the_handler, cast)
    page = phone()
    page.goto("/terminal/")
    page.locator(f"#row-{late} a").click()
    page.wait_for_url(f"**/cases/{late}/**")
    expect(page.locator(".action-bar .btn").first).to_be_in_viewport()


def test_a_terminal_without_cases_says_so_and_its_bar_hides_no_entry(phone):
    page = phone()
    page.goto("/terminal/")
    expect(page.locator(".lane-empty").first).to_be_visible()
    entries = page.locator(".bar-nav a")
    out = [
        entry.inner_text()
        for entry in entries.all()
        if entry.bounding_box()["x"] >= PHONE["width"] - 12
    ]
    assert entries.count() > 4
    assert out == []


def test_a_phone_has_no_keys_to_press(cast, phone, apart):
    page, number = phone(), apart(given_out, cast, 0, timezone.now() - timedelta(minutes=5))
    page.goto(f"/cases/{number}/")
    page.locator(".action-bar .btn-primary").click()
    expect(page.locator("[data-phrase]").first).to_be_visible()
    expect(page.locator("[data-action-form] kbd:visible")).to_have_count(0)


def test_several_are_chosen_with_the_thumb_and_given_to_one_handler(cast, phone, apart):
    now = timezone.now()

    def waiting():
        for cell in range(3):
            case = report(cast, at=now - timedelta(minutes=20), cell=cell)
            bring(cast, State.TO_DISPOSE, at=now - timedelta(minutes=9), minutes=0, case=case)

    apart(waiting)
    page = phone(cast.liaison)
    page.goto("/terminal/")
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    page.locator(".item .tick input").nth(0).check()
    page.locator(".item .tick input").nth(2).check()
    expect(bar).to_be_in_viewport()
    bar.locator("[name=handler]").select_option("handler")
    bar.locator("button").click()
    expect(page.locator(".outcome")).to_contain_text("2")
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/terminal/?view=lanes")
    expect(page.locator(".item .tick input")).to_have_count(1)
