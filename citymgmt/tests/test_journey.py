"""One case through seven posts to the score, by keyboard, and on the wall as it happens.

The city is a real server over the demonstration; every post has a browser of its own.
"""

import io
import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import expect

from citymgmt.tests.browser import PATIENCE_MS, PHONE
from citymgmt.tests.client import PASSWORD, Visitor

pytestmark = pytest.mark.browser
WALL = {"width": 1920, "height": 1080}


def picture(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(buffer, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


@pytest.fixture
def enter(city, new_page):
    """enter(username, **options): that person's own browser, at their desk."""

    def sign_in(username, **options):
        page = new_page(base_url=city, **options)
        page.goto("/accounts/sign-in/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    return sign_in


class Steps:
    """A post at a case: opens the form of the main action, fills it and sends it by keyboard."""

    def __init__(self, page, number):
        self.page, self.number = page, number

    def do(self, state, photo="", **fields):
        page = self.page
        page.goto(f"/cases/{self.number}/")
        page.locator("[data-main-action]").wait_for()
        page.keyboard.press("Enter")
        form = page.locator("[data-action-form]")
        form.wait_for()
        for name, value in fields.items():
            self._fill(form, name, value)
        if photo:
            form.locator("[data-photo-input]").set_input_files(picture(photo))
            expect(form.locator("[data-photo-list] img")).to_have_count(1)
        page.keyboard.press("Control+Enter")
        wait_for_state(page, self.number, state)

    def read(self):
        return self.page.request.get(f"/api/v1/cases/{self.number}/").json()

    def _fill(self, form, name, value):
        field = form.locator(f"[name={name}]")
        if field.first.get_attribute("type") in ("radio", "checkbox"):
            wanted = field if value is True else form.locator(f"[name={name}][value='{value}']")
            wanted.first.check(force=True)
        elif field.first.evaluate("(e) => 'choose' in e.dataset"):
            box = form.locator(".choose", has=self.page.locator(f"[name={name}]"))
            box.get_by_role("combobox").fill(value)
            box.get_by_role("combobox").press("Enter")
            expect(field).to_have_value(value)
        elif field.first.evaluate("(e) => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def wait_for_state(page, number, state):
    """Asked beside the page, which may be on its way to another address."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while True:
        now = page.request.get(f"/api/v1/cases/{number}/").json()["state"]
        if now == state:
            return
        assert time.monotonic() < until, f"{number} is {now}, not {state}"
        time.sleep(0.2)


def report_on_the_phone(enter, place):
    page = enter(
        "collector", viewport=PHONE, has_touch=True, permissions=["geolocation"],
        geolocation={"longitude": place["lon"], "latitude": place["lat"], "accuracy": 8},
    )  # fmt: skip
    page.goto("/field/report/")
    page.locator("[data-photo-input]").set_input_files(picture("gray"))
    page.locator("[data-class-search]").fill("0101")
    page.locator("[data-found] button").first.click()
    page.fill("#description", "井盖移位，影响行人")
    expect(page.locator("[data-place-names]")).to_contain_text("社区")
    page.locator("button[form=report]").click()
    expect(page.locator("#toasts .notice-success")).to_be_visible()
    newest = page.evaluate("() => fetch('/api/v1/cases/').then((r) => r.json())")["results"][0]
    assert newest["description"] == "井盖移位，影响行人"
    return page, newest["number"]


def check_on_the_phone(page, number):
    page.goto(f"/field/cases/{number}/")
    page.locator("[name=check_result][value=pass]").check(force=True)
    page.locator("[data-photo-input]").set_input_files(picture("green"))
    page.locator("button[form=answer]").click()
    page.wait_for_url("**/field/")
    wait_for_state(page, number, "to_close")


def test_one_case_through_seven_posts_to_the_score(city, enter):
    wall = enter("leader", viewport=WALL)
    wall.goto("/wall/")
    wall.locator('.live[data-status="live"]').wait_for()
    place = Visitor(city, "acceptor").call("GET", "cases/")[1]["results"][0]

    phone, number = report_on_the_phone(enter, place)
    expect(wall.locator("body")).to_contain_text(number[-6:])

    acceptor = Steps(enter("acceptor"), number)
    acceptor.do("to_file")
    leader = Steps(enter("shift_leader"), number)
    condition = leader.page.evaluate(
        "(n) => fetch(`/cases/${n}/do/file/`).then((r) => r.text())"
        ".then((t) => new DOMParser().parseFromString(t, 'text/html')"
        ".querySelector('[name=filing_condition]').value)",
        number,
    )
    leader.do("to_dispatch", filing_condition=condition)
    dispatcher = Steps(enter("dispatcher"), number)
    dispatcher.do("to_dispose", department="water_supply")
    liaison = Steps(enter("liaison"), number)
    liaison.do("disposing", handler="handler-water_supply-1")
    handler = Steps(enter("handler-water_supply-1"), number)
    handler.do("dept_review", opinion="已更换井盖", photo="green")
    liaison.do("feedback_in")
    dispatcher.do("to_check")
    acceptor.do("checking", collector="collector")
    check_on_the_phone(phone, number)
    leader.do("closed", closing_met=True)

    case = leader.read()
    assert case["state"] == "closed"
    posts = {event["post"] for event in case["events"]} - {"system"}
    assert posts == {
        "collector", "acceptor", "shift_leader", "dispatcher", "liaison", "handler",
    }  # fmt: skip
    expect(wall.locator("body")).to_contain_text(number[-6:])

    expect_in_the_score(enter("evaluator"), number)


def expect_in_the_score(page, number):
    """The evaluator computes today; the case is behind the number of closed cases."""
    page.goto("/scores/")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    form = page.locator("form:has([name=start])")
    for name in ("start", "end"):
        form.locator(f"[name={name}]").fill(today)
    form.locator("[name=end]").press("Enter")
    page.wait_for_url(re.compile(r"/scores/\d+/"))
    cases = page.url.split("?")[0] + "cases/?count=closed&page="
    found = any(number in page.request.get(cases + str(n)).text() for n in range(1, 6))
    assert found, f"{number} is not among the closed cases of {page.url}"
