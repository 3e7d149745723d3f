"""Every page of every post at its sizes: what it is for is seen, large enough, and can be used.

The pages stand in `pages.py`. What they lead to is measured as well, by the rule of `OTHER`. One
session per post; a page is loaded once and its window is drawn larger and smaller.
"""

from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from citymgmt.tests.pages import OTHER, PAGES, SIZES, WALLS

pytestmark = pytest.mark.browser
MEASURE = Path(__file__).with_name("measure.js").read_text()
WALL = Path(__file__).with_name("measure_wall.js").read_text()
# the window is told its size, takes it when it comes to that, and is drawn a frame later
DRAWN = """([width, height]) => new Promise((done) => {
  const look = () => requestAnimationFrame(
    matchMedia(`(width: ${width}px) and (height: ${height}px)`).matches
      ? () => requestAnimationFrame(done) : look);
  look();
})"""
LINKS = "() => [...document.querySelectorAll('main a[href]')].map((link) => link.pathname)"
DESK_FROM = 900  # px: below, the page is tapped with a finger
FINGER, POINTER = 44, 24  # px
LOOKS, LOOK_MS = 8, 250
POSTS = list(dict.fromkeys(page.post for page in PAGES.values()))
met: set[str] = set()  # views led to and measured, by whichever post came first


def sign_in(page, post):
    page.goto("/accounts/sign-in/")
    page.fill("[name=username]", post)
    page.fill("[name=password]", "citymgmt-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)


@pytest.fixture
def seat(city, new_page):
    """seat(post): a browser with the session of that post."""

    def sit(post):
        here = {"longitude": 103.72, "latitude": 36.11}
        page = new_page(base_url=city, permissions=["geolocation"], geolocation=here)
        if post:
            sign_in(page, post)
        return page

    return sit


def resize(page, size):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.evaluate(DRAWN, list(size))


def faults(page, what, sizes=SIZES) -> list[str]:
    """What is wrong with the page that is open, size by size."""
    found = []
    for size in sizes:
        resize(page, size)
        asked = {
            "thing": what.thing, "control": what.control, "least": what.least, "share": what.share,
            "target": POINTER if size[0] >= DESK_FROM else FINGER,
        }  # fmt: skip
        found += [f"{page.url} at {size}: {said}" for said in lasting(page, asked)]
    return found


def lasting(page, asked) -> list[str]:
    """The faults that stay: a busy machine may still be drawing the page at the first look."""
    for _look in range(LOOKS):
        if not (said := page.evaluate(MEASURE, asked)):
            break
        page.wait_for_timeout(LOOK_MS)
    return said


def view_of(path) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def is_page(page, path) -> bool:
    """Whether an address answers with a whole page: not a file, a part of a page, or a refusal."""
    answer = page.context.request.get(path)
    return answer.ok and answer.text()[:100].lstrip().lower().startswith("<!doctype html")


def open_page(page, what):
    page.goto(what.address)
    if what.link:
        page.goto(page.locator(what.link).first.get_attribute("href"))


@pytest.mark.parametrize("post", POSTS)
def test_every_page_of_a_post_can_be_used_at_every_size(seat, post):
    page, found, leads = seat(post), [], {}
    mine = {(one.address, one.link): one for one in PAGES.values() if one.post == post}
    known = {view_of(one.address.partition("?")[0]) for one in PAGES.values()}
    for what in mine.values():
        open_page(page, what)
        met.add(view_of(page.evaluate("location.pathname")))
        found += faults(page, what)
        leads |= {view_of(path): path for path in page.evaluate(LINKS)}
    for view, path in leads.items():
        if not view or view in met | known:
            continue
        met.add(view)
        if is_page(page, path):
            page.goto(path)
            found += faults(page, OTHER)
    assert not found, "\n".join(found)


def test_every_wall_shows_its_map_and_all_its_figures(seat):
    page, found = seat("leader"), []
    for size in WALLS:  # each opened at its size: no wall changes it while it is looked at
        resize(page, size)
        page.goto("/wall/")
        page.locator("[data-counter] .value", has_text="%").wait_for()
        found += [f"at {size}: {said}" for said in page.evaluate(WALL)]
    assert not found, "\n".join(found)
