"""The data officer's journeys in a real browser: build with progress, change cells, look back."""

from datetime import date

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from grid.geometry import area_m2, from_geos
from grid.jobs import actions
from grid.jobs.tests.test_jobs import road_file
from grid.models import GridChange, GridJob, UnitGrid
from grid.tests.town import SIDE, SOUTH, WEST, make_town, worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ONE = "620105001001"
PLACE = f"#17/{SOUTH + SIDE / 2}/{WEST + 2 * SIDE}"


@pytest.fixture
def town(transactional_db, apart):
    return apart(_surveyed_town)


def _surveyed_town():
    found = make_town()
    for cell in (*found.cells, found.other):
        cell.area_m2 = area_m2(from_geos(cell.geometry))
        cell.save(update_fields=["area_m2"])
    return found


@pytest.fixture
def desk(transactional_db, live_server, new_page, apart, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "media")
    page = new_page(base_url=live_server.url)
    client = Client()
    apart(lambda: client.force_login(worker("officer", "sysadmin")))
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    # The live server speaks no websocket.
    page.route_web_socket("**/ws/live/", lambda socket: None)
    return page


def open_editor(desk, kind, *codes):
    desk.goto(f"/grid/edit/?kind={kind}&codes={'+'.join(codes)}")
    desk.locator("#edit-map[data-ready]").wait_for()


def see(desk):
    desk.locator("#change .btn-primary").click()
    desk.locator("#apply").wait_for()


def agree(desk):
    with desk.expect_navigation():
        desk.locator("#apply .btn-primary").click()


def cells_asked_by(address):
    """The page left behind may have a map that still waits for its own."""

    def fits(answer):
        asker = answer.request.headers.get("referer", "")
        return "/map/cells.json" in answer.url and asker.endswith(address)

    return fits


def codes_of(answer):
    return {row["properties"]["code"] for row in answer.json()["features"]}


def middle(desk):
    box = desk.locator("#edit-map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_build_runs_apart_and_tells_how_far_it_is(desk, apart, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(actions, "_begin", begun.append)  # by hand, so that nothing is a race
    upload = road_file(tmp_path)
    file = {"name": "roads.gpkg", "mimeType": "application/octet-stream", "buffer": upload.read()}
    desk.goto("/grid/build/")
    desk.locator("[name=roads]").set_input_files(file)
    desk.locator("[name=district]").fill("620105")
    desk.locator("#build .btn-primary").click()
    desk.locator("#job-progress").wait_for()
    progress = {"status": "running", "step": "split", "done": 40, "total": 160, "rate": 20}
    apart(GridJob.objects.filter(pk=begun[0]).update, **progress)
    desk.locator("#job-progress progress[value='40']").wait_for()
    expect(desk.locator("#job-progress p").first).to_contain_text("6")
    desk.goto("/map/")  # leave, and come back
    apart(GridJob.objects.filter(pk=begun[0]).update, status="waiting")
    desk.goto(f"/grid/build/{begun[0]}/")
    apart(actions.run, begun[0])
    desk.locator("#preview-map canvas").first.wait_for()
    with desk.expect_navigation():
        desk.locator("form[action$='/apply/'] .btn-primary").click()
    apart(actions.run, begun[1])
    desk.locator(".facts").wait_for()
    assert apart(UnitGrid.objects.count) == 9


def test_splitting_by_a_line_drawn_with_the_mouse(town, desk, apart):
    open_editor(desk, "split", f"{ONE}002")
    desk.locator("[data-draw=start]").click()
    x, y = middle(desk)
    desk.mouse.click(x - 400, y)
    desk.mouse.click(x + 400, y)
    desk.mouse.click(x + 400, y)  # the last corner ends the line
    desk.wait_for_function("document.querySelector('[name=drawn]').value")
    see(desk)
    expect(desk.locator("#apply tbody tr")).to_have_count(3)
    desk.locator("[name=note]").fill("新路")
    agree(desk)
    change = apart(GridChange.objects.get)
    assert (change.kind, change.before, change.note) == ("split", [f"{ONE}002"], "新路")
    assert len(change.after) == 2


def test_merging_by_keyboard_and_looking_at_last_month(town, desk, apart):
    open_editor(desk, "merge", f"{ONE}001")
    codes = desk.locator("[name=codes]")
    codes.focus()
    desk.keyboard.press("End")
    desk.keyboard.type(f" {ONE}002")
    desk.keyboard.press("Tab")
    see(desk)
    desk.locator("[name=note]").press("Enter")
    desk.wait_for_url("**/grid/edit/")
    change = apart(GridChange.objects.get)
    assert (change.kind, change.effective_on) == ("merge", timezone.localdate())

    with desk.expect_response(cells_asked_by("/map/")) as seen:
        desk.goto(f"/map/{PLACE}")
    assert f"{ONE}001" not in codes_of(seen.value)
    desk.locator("#map-on").fill("2026-02-01")
    with desk.expect_response(cells_asked_by("/map/?on=2026-02-01")) as seen:
        desk.locator("#map-day button.btn").click()
    assert f"{ONE}001" in codes_of(seen.value)
    assert desk.url.endswith(PLACE) or "#17/" in desk.url  # the place has stayed
    expect(desk.locator(".map-day-note")).to_be_visible()
    assert date(2026, 2, 1) < change.effective_on


def test_redrawing_takes_the_border_and_drags_a_corner(town, desk, apart):
    open_editor(desk, "redraw", f"{ONE}002")
    desk.locator("[data-take]").click()
    desk.wait_for_function("document.querySelector('[name=drawn]').value")
    corner = desk.locator("#edit-map .marker-icon:not(.marker-icon-middle)").first
    box = corner.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = desk.locator("[name=drawn]").input_value()
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x + 40, y, steps=4)
    desk.mouse.up()
    desk.wait_for_function(
        "(old) => document.querySelector('[name=drawn]').value !== old", arg=before
    )
    see(desk)
    agree(desk)
    change = apart(GridChange.objects.get)
    assert change.kind == "redraw"
    assert len(change.before) >= 2


def test_a_refusal_is_said_in_place_and_the_drawing_stays(town, desk, console):
    open_editor(desk, "split", f"{ONE}002")
    desk.locator("#change .btn-primary").click()
    desk.locator("#preview [role=alert]").wait_for()
    expect(desk.locator("[name=codes]")).to_have_value(f"{ONE}002")
    console.clear()  # the 422 was the point
