"""The wall in a real browser over a running city: it follows by itself, and says when it cannot."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from citymgmt.tests.client import PASSWORD, Visitor, photo

pytestmark = pytest.mark.browser
SIZES = {"hd": {"width": 1920, "height": 1080}, "uhd": {"width": 3840, "height": 2160}}
GRACE_MS = 4_000  # as in wall.js: a cut shorter than this is not told


class Line:
    """The page's way to the live feed, which can be cut."""

    def __init__(self, page):
        self.cut_off, self.sockets = False, []
        page.route_web_socket("**/ws/live/", self._relay)

    def _relay(self, socket):
        if self.cut_off:
            socket.close()
            return
        socket.connect_to_server()
        self.sockets.append(socket)

    def cut(self):
        self.cut_off = True
        for socket in self.sockets:
            socket.close()

    def mend(self):
        self.cut_off, self.sockets = False, []


def sign_in(city, page):
    page.goto(f"{city}/accounts/sign-in/")
    page.fill("[name=username]", "leader")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/overview/")


def open_wall(city, page):
    sign_in(city, page)
    page.goto(f"{city}/wall/")
    page.locator('.live[data-status="live"]').wait_for()
    expect(page.locator("[data-counter=reported] .value")).to_have_text(re.compile(r"^\d+$"))
    return page


@pytest.fixture
def collector(city):
    return Visitor(city, "collector")


def report(collector):
    """The number of a new patrol report, at the place of a case that is there already."""
    known = collector.call("GET", "cases/")[1]["results"][0]
    status, case = collector.call(
        "POST", "cases/", kind=known["kind"], class_code=known["class_code"], lon=known["lon"],
        lat=known["lat"], description="路面破损", source="patrol", photos=photo(),
        client_uuid=str(uuid.uuid4()),
    )  # fmt: skip
    assert status == 201, case
    return case["number"]


def reported(page):
    return int(page.locator("[data-counter=reported] .value").text_content())


def test_a_new_case_shows_without_reload(city, new_page, collector):
    """How soon is measured by `script/bench live`."""
    wall = open_wall(city, new_page(viewport=SIZES["hd"]))
    wall.evaluate("window.sameDocument = true")
    before = reported(wall)
    number = report(collector)
    wall.locator(f"#moves > li[data-number='{number}']").wait_for()
    expect(wall.locator("[data-counter=reported] .value")).to_have_text(str(before + 1))
    assert wall.evaluate("window.sameDocument")


def test_a_script_that_comes_late_has_missed_nothing(city, new_page, collector):
    """The connection is made when every script listens: what is live never says it is cut."""
    page, held = new_page(viewport=SIZES["hd"]), []
    sign_in(city, page)
    page.route("**/echarts*.js", lambda route: held.append(route))
    page.goto(f"{city}/wall/", wait_until="commit")
    page.locator("#moves").wait_for(state="attached")
    number = report(collector)
    page.wait_for_timeout(1_500)  # time enough for a connection
    held[0].continue_()
    page.locator(f"#moves > li[data-number='{number}']").wait_for(state="attached")
    page.wait_for_timeout(GRACE_MS + 1_500)
    # At this moment, not after another connection.
    assert page.locator('.live[data-status="live"]').is_visible()
    assert page.locator("#stale").is_hidden()


def test_a_cut_is_told_in_large_letters_and_made_up_for(city, new_page, collector):
    page = new_page(viewport=SIZES["hd"])
    line = Line(page)
    wall = open_wall(city, page)
    line.cut()
    wall.locator("#stale").wait_for()
    number = report(collector)
    assert wall.locator(f"#moves > li[data-number='{number}']").count() == 0
    line.mend()
    # In a busy minute later moves may already have pushed it out of the line's width.
    made_up = wall.locator(f"#moves > li[data-number='{number}']")
    made_up.wait_for(state="attached")
    wall.locator("#stale").wait_for(state="hidden")


@pytest.mark.parametrize("size", SIZES)
def test_nothing_scrolls_and_small_text_grows_with_the_screen(city, new_page, size):
    wall = open_wall(city, new_page(viewport=SIZES[size]))
    wide, high = wall.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert {"width": wide, "height": high} == SIZES[size]
    smallest = wall.evaluate(
        "Math.min(...[...document.querySelectorAll('.wall-panel h2 small, #moves time')]"
        ".map((one) => parseFloat(getComputedStyle(one).fontSize)))"
    )
    assert smallest >= SIZES[size]["height"] / 1080 * 14


COVERED = """(pane) => {
  const canvas = document.querySelector(`#wall-map .leaflet-${pane}-pane canvas`);
  if (!canvas) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0;
  for (let place = 3; place < data.length; place += 4) painted += data[place] > 0;
  return (painted * 4) / data.length;
}"""


def test_ground_roads_and_load_are_drawn_under_the_cases(city, new_page):
    """Roads and river cover a part of the map, the district's ground and its shaded communities
    a larger one; whoever oversees a street sees its cells instead of communities."""
    wall = open_wall(city, new_page(viewport=SIZES["hd"]))
    wall.wait_for_function(f"({COVERED})('base') > 0.02 && ({COVERED})('base') < 0.5")
    wall.wait_for_function(f"({COVERED})('ground') > 0.1")
    wall.wait_for_function(f"({COVERED})('load') > 0.05")
    expect(wall.locator("#wall-map .map-cluster-cases")).not_to_have_count(0)
    with wall.expect_response(lambda answer: "layers.json?area=" in answer.url):
        wall.keyboard.press("ArrowRight")
    expect(wall.locator("[data-of=street]")).to_be_visible()
    wall.wait_for_function(f"({COVERED})('load') > 0.0005")


def test_collectors_of_the_shift_are_counted(city, new_page):
    wall = open_wall(city, new_page(viewport=SIZES["hd"]))
    wall.wait_for_function("Number(document.getElementById('collectors').textContent) >= 3")


def test_arrows_walk_through_the_streets(city, new_page):
    wall = open_wall(city, new_page(viewport=SIZES["hd"]))
    whole = wall.locator("#scene").text_content()
    with wall.expect_response(lambda answer: "figures.json?area=" in answer.url):
        wall.keyboard.press("ArrowRight")
    expect(wall.locator("#scene")).not_to_have_text(whole)
    wall.keyboard.press("Escape")
    expect(wall.locator("#scene")).to_have_text(whole)
