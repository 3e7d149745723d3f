"""In a real browser: the rota by keyboard, a control area drawn by mouse and by keyboard, and what
the phone says there before it sends."""

import io
import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from PIL import Image
from playwright.sync_api import expect

from cases.controls import actions as controls
from cases.controls.tests.test_controls import square
from cases.models import Case
from cases.models.controls import ControlArea
from cases.tests.cast import SOUTH, STEP, WEST
from citymgmt.tests.browser import PHONE
from grid.models import DutyAssignment
from grid.rota import actions as rota
from grid.rota import hours as rota_hours

pytestmark = pytest.mark.browser
POLYGON = re.compile("Polygon")
X, Y = WEST + STEP / 2, SOUTH + STEP / 2


@pytest.fixture
def visit(transactional_db, cast, live_server, new_page, apart):
    """visit(person, path, **options of the page): the page as that person."""

    def go(person, path, **options):
        page = new_page(base_url=live_server.url, **options)
        client = Client()
        apart(client.force_login, person)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}]
        )
        page.route_web_socket("**/ws/live/", welcome)
        page.goto(path)
        return page

    return go


def welcome(socket):
    socket.on_message(lambda _hello: socket.send(json.dumps({"type": "welcome", "seq": 0})))


def on_rota(day, shift="early"):
    rows = DutyAssignment.objects.filter(date=day, shift__code=shift)
    return sorted(rows.values_list("collector__username", flat=True))


def cell_id(cast, day, shift="early"):
    return f"#c-{cast.duty_grid.code}-{shift}-{day.isoformat()} button"


def test_the_rota_by_keyboard(cast, visit):
    rota.load_shifts()
    monday = rota_hours.monday_of(timezone.localdate()) + rota_hours.WEEK  # nothing of it is past
    page = visit(cast.shift_leader, f"{reverse('grid:rota')}?week={monday}")
    page.locator(cell_id(cast, monday)).focus()
    page.keyboard.press("Enter")
    form = page.locator("[data-rota-form]")
    expect(form.locator("input").first).to_be_focused()
    page.keyboard.press("Space")  # the collector of the duty grid comes first
    page.keyboard.press("Enter")
    name = str(cast.collector)
    expect(page.locator(cell_id(cast, monday))).to_have_text(name)
    expect(page.locator(cell_id(cast, monday))).to_be_focused()
    assert on_rota(monday) == ["collector"]
    page.keyboard.press("c")
    page.keyboard.press("ArrowRight")
    expect(page.locator(cell_id(cast, monday + timedelta(days=1)))).to_be_focused()
    page.keyboard.press("v")
    expect(page.locator(cell_id(cast, monday + timedelta(days=1)))).to_have_text(name)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("v")
    late = page.locator(cell_id(cast, monday + timedelta(days=1), "late"))
    expect(late).to_have_text(name)
    expect(late).to_be_focused()
    page.keyboard.press("Delete")
    expect(late).not_to_have_text(name)
    assert on_rota(monday + timedelta(days=1)) == ["collector"]
    assert on_rota(monday + timedelta(days=1), "late") == []
    page.keyboard.press("Enter")
    expect(form).to_be_visible()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(late).to_be_focused()


def test_past_days_of_the_rota_do_not_open(cast, visit):
    rota.load_shifts()
    monday = rota_hours.monday_of(timezone.localdate()) - rota_hours.WEEK
    page = visit(cast.shift_leader, f"{reverse('grid:rota')}?week={monday}")
    page.locator(cell_id(cast, monday)).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    expect(page.locator("[data-rota-form]")).to_have_count(0)
    assert not DutyAssignment.objects.exists()


def begin(page):
    page.fill("[name=name]", "地铁工地")
    page.fill("[name=message]", "围挡内不上报")
    page.fill("#class-filter", "上水")
    page.locator("[data-classes] li:visible input").check()
    page.locator("[data-draw=start]").click()


def test_a_control_area_is_drawn_by_mouse(cast, visit):
    page = visit(cast.acceptor, reverse("cases:control_new"))
    begin(page)
    page.locator("#draw-map").scroll_into_view_if_needed()
    box = page.locator("#draw-map").bounding_box()
    corners = [(200, 150), (400, 150), (400, 300), (200, 150)]
    for x, y in corners:
        page.mouse.click(box["x"] + x, box["y"] + y)
    expect(page.locator("[name=ground]")).to_have_value(POLYGON)
    page.locator("#control button.btn-primary").click()
    page.wait_for_url(f"**{reverse('cases:controls')}")
    row = ControlArea.objects.get()
    assert (row.ground.num_coords, row.status) == (4, "asked")
    assert [c.pk for c in row.classes.all()] == [cast.cover.pk]


def test_a_control_area_is_drawn_by_keyboard(cast, visit):
    page = visit(cast.acceptor, reverse("cases:control_new"))
    begin(page)
    expect(page.locator("#draw-map")).to_be_focused()
    for key in ("Enter", *["ArrowRight"] * 4, "Enter", *["ArrowDown"] * 4, "Enter", "f"):
        page.keyboard.press(key)
    expect(page.locator("[name=ground]")).to_have_value(POLYGON)
    page.locator("#control button.btn-primary").click()
    page.wait_for_url(f"**{reverse('cases:controls')}")
    assert ControlArea.objects.get().ground.num_coords == 4


def test_the_phone_shows_the_message_and_does_not_send(cast, visit):
    today = timezone.localdate()
    row = controls.ask(
        name="地铁工地", message="围挡内不上报", ground=square(), classes=[cast.cover],
        first_day=today, last_day=today, by=cast.acceptor,
    )  # fmt: skip
    controls.decide(area=row, approve=True, by=cast.shift_leader)
    page = visit(
        cast.collector, reverse("dispatch:field:report"), viewport=PHONE, has_touch=True,
        permissions=["geolocation"],
        geolocation={"longitude": X, "latitude": Y, "accuracy": 8},
    )  # fmt: skip
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240)).save(buffer, "JPEG")
    page.locator("[data-photo-input]").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    )
    page.locator("[data-class-search]").fill("cover")
    page.locator("[data-found] button", has_text="上水井盖").click()
    expect(page.locator("[data-control]")).to_contain_text("围挡内不上报")
    page.get_by_role("button", name=gettext("Send")).click()
    expect(page.locator("[data-missing]")).to_have_text(gettext("Not to be reported here now"))
    assert not Case.objects.exists()


def test_choosing_cells_on_the_map_and_in_the_list_is_the_same(cast, visit):
    page = visit(cast.sysadmin, reverse("grid:duty_grid", args=[cast.duty_grid.code]))
    said = page.locator("[data-chosen]")
    expect(said).to_contain_text("0")
    page.locator("input[name=cells]").first.check()
    expect(said).to_contain_text("1")
    box = page.locator("#duty-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 - 60)
    expect(said).to_contain_text("2")
    expect(page.locator("input[name=cells]:checked")).to_have_count(2)
