"""Every page of every post at its sizes: what it is for is seen, large enough, and can be used.

The pages stand in `pages.py`. What they lead to is measured as well, by the rule of `OTHER`. One
session per post; a page is loaded once and its window is drawn smaller and larger in turn.
"""

import re
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
    """Without drawing a page: the session is the point, not the way to it."""
    there = "/accounts/sign-in/"
    form = page.context.request.get(there)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text()).group(1)
    given = {"username": post, "password": "citymgmt-demo", "csrfmiddlewaretoken": token}
    answer = page.context.request.post(
        there, form=given, headers={"Referer": form.url}, max_redirects=0
    )
    assert answer.status == 302, post


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


def faults(page, seen) -> list[str]:
    """What is wrong with the page that is open, size by size from the present one on, for each of
    the things that are to be seen on it."""
    found = []
    there_and_back = SIZES if page.viewport_size["width"] == SIZES[0][0] else SIZES[::-1]
    for size in there_and_back if seen else ():
        resize(page, size)
        for what in seen:
            asked = {
                "thing": what.thing, "control": what.control, "least": what.least,
                "share": what.share, "target": POINTER if size[0] >= DESK_FROM else FINGER,
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


def open_page(page, path) -> bool:
    """Go there; False where the answer is no whole page: a file, a part of a page, a refusal.

    The window is given the answer that was looked at: the server does not make it twice.
    """
    answer = page.context.request.get(path)
    if not answer.ok or not answer.text()[:100].lstrip().lower().startswith("<!doctype html"):
        return False
    page.route(lambda url: url == answer.url, lambda route: route.fulfill(response=answer), times=1)
    page.goto(answer.url)
    return True


@pytest.mark.parametrize("post", POSTS)
def test_every_page_of_a_post_can_be_used_at_every_size(seat, post):
    page, found, leads = seat(post), [], {}
    mine = [one for one in PAGES.values() if one.post == post]
    known = {view_of(one.address.partition("?")[0]) for one in PAGES.values()}

    def measure(address, seen):
        page.goto(address)
        met.add(view_of(page.evaluate("location.pathname")))
        found.extend(faults(page, seen))
        leads.update({view_of(path): path for path in page.evaluate(LINKS)})

    for address in dict.fromkeys(one.address for one in mine):
        here = [one for one in mine if one.address == address]
        measure(address, [one for one in here if not one.link])
        beyond = [one for one in here if one.link]
        links = [page.locator(one.link).first.get_attribute("href") for one in beyond]
        for one, link in zip(beyond, links, strict=True):
            measure(link, [one])
    for view, path in leads.items():
        if not view or view in met | known:
            continue
        met.add(view)
        if open_page(page, path):
            found += faults(page, [OTHER])
    assert not found, "\n".join(found)


def test_every_wall_shows_its_map_and_all_its_figures(seat):
    page, found = seat("leader"), []
    for size in WALLS:  # each opened at its size: no wall changes it while it is looked at
        resize(page, size)
        page.goto("/wall/")
        page.locator("[data-counter] .value", has_text="%").wait_for()
        found += [f"at {size}: {said}" for said in page.evaluate(WALL)]
    assert not found, "\n".join(found)
