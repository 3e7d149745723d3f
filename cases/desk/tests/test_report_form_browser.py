"""The report form of a desk by keyboard, and pages with very many words."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Case
from cases.tests.cast import report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = "学校门口路灯不亮。" * 200


@pytest.fixture
def desk(transactional_db, cast, live_server, new_page, apart):
    """The acceptor's browser, signed in."""
    page, client = new_page(base_url=live_server.url), Client()
    apart(client.force_login, cast.acceptor)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
    return page


def test_enter_goes_on_and_ctrl_enter_alone_sends(desk, cast, apart):
    case = apart(report, cast, at=timezone.now())
    desk.goto("/desk/new/")
    desk.fill("[name=lon]", str(case.point.x))
    desk.fill("[name=lat]", str(case.point.y))
    desk.locator("#class_q").press_sequentially("0101")
    desk.locator("#class-list input:checked").wait_for()
    for _stop in range(4):  # the chosen class, the words, the place, where it came from
        desk.keyboard.press("Enter")
    desk.locator("#id_address").press("Enter")
    expect(desk.locator("#id_source")).to_be_focused()
    assert apart(Case.objects.count) == 1
    with desk.expect_navigation():
        desk.keyboard.press("Control+Enter")
    assert apart(Case.objects.count) == 2


def test_a_draft_brings_the_chosen_class_back_not_the_first(desk, cast):
    desk.goto("/desk/new/")
    desk.locator("#class_q").press_sequentially("01")
    choices = desk.locator("#class-list [name=matter]")
    choices.nth(1).check()
    chosen = choices.nth(1).input_value()
    desk.locator("#id_description").press_sequentially("井盖破损")
    desk.wait_for_function("JSON.stringify(localStorage).includes('井盖破损')")
    desk.reload()
    expect(desk.locator(f"#class-list [value='{chosen}']")).to_be_checked()
    expect(choices.nth(0)).not_to_be_checked()
    desk.locator("#class_q").fill("010")
    expect(choices.nth(0)).to_be_checked()


def test_many_words_leave_photos_and_map_in_view(desk, cast, apart):
    case = apart(report, cast, at=timezone.now() - timedelta(minutes=1), description=WORDS)
    desk.goto(f"/desk/?queue=accept&case={case.number}")
    words = desk.locator(".case-words")
    assert words.evaluate("box => box.scrollHeight > box.clientHeight")
    photo = desk.locator("#work .photos img").first
    assert photo.bounding_box()["y"] < desk.viewport_size["height"] / 2


def test_a_row_of_a_table_is_as_high_as_its_box(desk, cast, apart):
    apart(report, cast, at=timezone.now() - timedelta(minutes=1), address="很长的地名" * 20)
    desk.goto("/cases/?view=table")
    cell = desk.locator("td.ticks").first
    row = desk.locator("tr:has(td.ticks)").first
    assert cell.bounding_box()["height"] == row.bounding_box()["height"]


def test_a_missing_answer_is_said_once_at_its_field(desk, cast, apart, console):
    case = apart(report, cast, at=timezone.now() - timedelta(minutes=1))
    desk.goto(f"/desk/?queue=accept&case={case.number}")
    desk.locator("[data-action=reject], [href*='/do/reject/']").first.click()
    desk.locator("[data-action-form] textarea").wait_for()
    desk.keyboard.press("Control+Enter")
    errors = desk.locator("[data-action-form] .errorlist li")
    expect(errors.first).to_have_text("此项必填。")
    assert desk.locator("[data-action-form] .errorlist").count() == errors.count()
    expect(desk.locator("#toasts .notice")).to_have_count(0)
    expect(desk.locator("[data-action-form] .notice-error")).to_have_count(0)
    console.clear()  # the refusal was the point


def test_the_map_speaks_the_language_of_the_page(desk, cast, apart):
    case = apart(report, cast, at=timezone.now() - timedelta(minutes=1))
    desk.goto(f"/desk/?queue=accept&case={case.number}")
    layers = desk.locator("#work .leaflet-control-layers-toggle")
    expect(layers).not_to_have_attribute("title", "Layers")
    titles = desk.locator("#work [data-case-map] [title]").evaluate_all(
        "all => all.map((x) => x.title)"
    )
    assert not [one for one in titles if one.isascii() and one.isalpha()]
