"""The table of cases by keyboard, and its print at the width of a desk."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Case
from cases.states import State
from cases.tests.cast import act, bring, report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acceptor(transactional_db, cast, live_server, page, apart):
    """The acceptor's browser, signed in, with three cases to accept and one to file."""
    client = Client()
    apart(client.force_login, cast.acceptor)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
    for n in range(3):
        report(
            cast, at=timezone.now() - timedelta(minutes=9 - n), cell=n, address="很长的地名" * 20
        )
    bring(cast, State.TO_FILE, at=timezone.now() - timedelta(minutes=20))
    return page


def test_rows_are_chosen_and_dealt_with_by_keyboard(acceptor, live_server, cast, apart):
    acceptor.goto(f"{live_server.url}/cases/?view=table&sort=number")
    boxes = acceptor.locator("td.ticks input")
    button = acceptor.locator("[data-bulk] button")
    expect(button).to_be_disabled()
    boxes.first.focus()
    expect(boxes).to_have_count(3)  # none at the case that is past this step
    for _n in range(3):
        acceptor.keyboard.press("Space")
        acceptor.keyboard.press("ArrowDown")
    expect(acceptor.locator("[data-chosen]")).to_contain_text("3")
    apart(act, cast, Case.objects.order_by("pk").first(), "accept", "acceptor")  # meanwhile
    acceptor.locator("#id_action").select_option("accept")
    button.press("Enter")
    expect(acceptor.locator(".outcome")).to_contain_text("2")
    expect(acceptor.locator("tbody tr")).to_have_count(3)
    expect(acceptor.locator("tbody .light-red")).to_have_count(1)
    acceptor.keyboard.press("Enter")  # back, to the same choice
    expect(acceptor).to_have_url(f"{live_server.url}/cases/?view=table&sort=number")
    assert Case.objects.filter(state=State.TO_FILE).count() == 4


def test_all_are_chosen_at_once_and_a_stretch_with_shift(acceptor, live_server):
    acceptor.goto(f"{live_server.url}/cases/?view=table")
    acceptor.locator("[data-tick-all]").check()
    expect(acceptor.locator("td.ticks input:checked")).to_have_count(3)
    acceptor.locator("[data-tick-all]").uncheck()
    acceptor.locator("td.ticks input").nth(0).click()
    acceptor.locator("td.ticks input").nth(2).click(modifiers=["Shift"])
    expect(acceptor.locator("td.ticks input:checked")).to_have_count(3)


def test_nothing_is_cut_off_at_the_right_edge(acceptor, live_server):
    for address in ("/cases/?view=table", "/cases/?view=table&as=print"):
        acceptor.goto(live_server.url + address)
        wide = acceptor.evaluate("document.documentElement.scrollWidth")
        assert wide <= acceptor.viewport_size["width"], address
    table = acceptor.locator("table").bounding_box()
    assert table["x"] + table["width"] <= acceptor.viewport_size["width"]
    acceptor.emulate_media(media="print")
    acceptor.set_viewport_size({"width": 1047, "height": 740})  # A4 landscape between its margins
    assert acceptor.evaluate("document.documentElement.scrollWidth") <= 1047
    head = acceptor.locator("thead").evaluate("head => getComputedStyle(head).display")
    assert head == "table-header-group"
