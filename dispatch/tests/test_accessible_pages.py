"""Wall, overview, scores, phones and public site: no serious barrier that axe-core finds."""

from pathlib import Path

import pytest

from citymgmt.tests.browser import DESK, PHONE
from citymgmt.tests.client import PASSWORD

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
WALL = {"width": 1920, "height": 1080}
PAGES = {
    "leader": [("/wall/", WALL), ("/overview/", DESK), ("/overview/", PHONE),
               ("/wall/list/overdue/", DESK)],
    "evaluator": [("/scores/", DESK), ("/scores/live/", DESK),
                  ("/scores/live/?kind=department", DESK), ("/scores/schemes/", DESK),
                  ("/scores/missed/", DESK), ("/scores/live/cases/?count=closed", DESK)],
    "liaison": [("/scores/mine/", DESK), ("/scores/mine/", PHONE)],
    "collector": [("/field/", PHONE), ("/field/report/", PHONE), ("/field/map/", PHONE),
                  ("/field/me/", PHONE)],
    "handler": [("/terminal/", PHONE)],
    "": [("/public/", PHONE), ("/public/track/", PHONE), ("/public/nearby/", PHONE),
         ("/public/", DESK)],
}  # fmt: skip
GRAVE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}"""


def sign_in(city, page, who):
    if not who:
        return
    page.goto(f"{city}/accounts/sign-in/")
    page.fill("[name=username]", who)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.mark.parametrize("who", PAGES)
def test_no_serious_barrier(city, new_page, who):
    """In both languages, by one browser that signs in once."""
    # The script of axe comes from outside the pages, whose policy would refuse it.
    page, found = new_page(bypass_csp=True), {}
    sign_in(city, page, who)
    for language in ("zh-hans", "en"):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": city}])
        for path, size in PAGES[who]:
            if grave := barriers(page, city + path, size):
                found[language, path, size["width"]] = grave
    assert found == {}


def barriers(page, address, size):
    page.set_viewport_size(size)
    wall = address.endswith("/wall/")
    page.goto(address, wait_until="load" if wall else "networkidle")
    if wall:
        page.locator("#moves > li").first.wait_for()
    page.add_script_tag(path=str(AXE))
    return page.evaluate(GRAVE)
