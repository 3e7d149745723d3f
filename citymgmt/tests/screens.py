"""Every page at its size, as a picture: `script/screenshots URL FOLDER [--language en] [NAME ...]`.

URL is a running demonstration. The pictures are for looking at, and those of docs/screenshots.
"""

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from citymgmt.tests.browser import DESK, FLAGS, PHONE, chromium

WALL, LARGE = {"width": 1920, "height": 1080}, {"width": 3840, "height": 2160}
SETTLE = 4000  # ms: maps draw, letters arrive
COLOURS = 256

# name: (account or "" for the public, address, size, link to follow from there or "")
PAGES = {
    "sign-in": ("", "/accounts/sign-in/", DESK, ""),
    "demonstration": ("", "/accounts/demonstration/", DESK, ""),
    "desk-acceptor": ("acceptor", "/desk/", DESK, ""),
    "new-report": ("acceptor", "/desk/new/", DESK, ""),
    "hotline": ("acceptor", "/hotline/", DESK, ""),
    "call-backs": ("acceptor", "/hotline/call-backs/", DESK, ""),
    "calls": ("acceptor", "/hotline/calls/", DESK, ""),
    "standards": ("acceptor", "/standards/", DESK, ""),
    "desk-shift-leader": ("shift_leader", "/desk/?queue=to_close", DESK, ""),
    "cases": ("shift_leader", "/cases/", DESK, ""),
    "case": ("shift_leader", "/ledgers/extension/", DESK, "table a[href^='/cases/']"),
    "hand-over": ("shift_leader", "/hand-over/", DESK, ""),
    "notices": ("shift_leader", "/notices/", DESK, ""),
    "ledgers": ("shift_leader", "/ledgers/", DESK, ""),
    "ledger": ("shift_leader", "/ledgers/extension/", DESK, ""),
    "campaigns": ("shift_leader", "/campaigns/", DESK, ""),
    "campaign": ("shift_leader", "/campaigns/", DESK, "main th a[href^='/campaigns/']"),
    "machine": ("shift_leader", "/cases/machine/", DESK, ""),
    "rota": ("shift_leader", "/grid/rota/", DESK, ""),
    "controls": ("shift_leader", "/grid/controls/", DESK, ""),
    "map": ("shift_leader", "/map/", DESK, ""),
    "desk-dispatcher": ("dispatcher", "/desk/?queue=to_dispatch", DESK, ""),
    "terminal": ("liaison", "/terminal/", DESK, ""),
    "terminal-handler": ("handler", "/terminal/", DESK, ""),
    "overview": ("leader", "/overview/", DESK, ""),
    "wall-1920": ("leader", "/wall/", WALL, ""),
    "wall-3840": ("leader", "/wall/", LARGE, ""),
    "scores": ("evaluator", "/scores/", DESK, ""),
    "score-sheet": ("evaluator", "/scores/", DESK, "main a[href='/scores/live/']"),
    "bulletin": ("evaluator", "/scores/", DESK, "main a[href*='/bulletins/']"),
    "schemes": ("evaluator", "/scores/schemes/", DESK, ""),
    "people": ("sysadmin", "/accounts/people/", DESK, ""),
    "departments": ("sysadmin", "/accounts/departments/", DESK, ""),
    "settings": ("sysadmin", "/settings/", DESK, ""),
    "settings-escalation": ("sysadmin", "/settings/escalation/", DESK, ""),
    "settings-calendars": ("sysadmin", "/settings/department-calendars/", DESK, ""),
    "components": ("sysadmin", "/components/", DESK, ""),
    "grid-duty": ("sysadmin", "/grid/duty/", DESK, ""),
    "grid-classes": ("sysadmin", "/grid/classes/", DESK, ""),
    "grid-above": ("sysadmin", "/grid/above/", DESK, ""),
    "grid-build": ("sysadmin", "/grid/build/", DESK, ""),
    "grid-edit": ("sysadmin", "/grid/edit/", DESK, ""),
    "grid-check": ("sysadmin", "/grid/check/", DESK, ""),
    "responsibilities": ("sysadmin", "/grid/responsibilities/", DESK, ""),
    "posts": ("secadmin", "/accounts/posts/", DESK, ""),
    "audit": ("auditor", "/accounts/audit/", DESK, ""),
    "field-tasks": ("collector", "/field/", PHONE, ""),
    "field-report": ("collector", "/field/report/", PHONE, ""),
    "field-map": ("collector", "/field/map/", PHONE, ""),
    "field-me": ("collector", "/field/me/", PHONE, ""),
    "public": ("", "/public/", PHONE, ""),
    "public-track": ("", "/public/track/", PHONE, ""),
    "public-nearby": ("", "/public/nearby/", PHONE, ""),
    "public-league": ("", "/public/league/", PHONE, ""),
}
LOCALES = {"zh": "zh-CN", "en": "en-US"}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="script/screenshots", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PAGES))
    parser.add_argument("--language", choices=LOCALES, default="zh")
    parser.add_argument("--password", default="citymgmt-demo")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(PAGES):
        parser.error(f"no such page: {', '.join(sorted(unknown))}")
    given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        pages = {}
        for name in given.names or PAGES:
            user, address, size, link = PAGES[name]
            key = user, size["width"]
            if key not in pages:
                pages[key] = _signed_in(chrome, user, size, given)
            print(name, _take(pages[key], address, link, given.folder / f"{name}.png"), flush=True)


def _signed_in(chrome, user, size, given):
    context = chrome.new_context(
        base_url=given.url, viewport=size, locale=LOCALES[given.language],
        timezone_id="Asia/Shanghai", permissions=["geolocation"],
        geolocation={"longitude": 103.72, "latitude": 36.11},
    )  # fmt: skip
    page = context.new_page()
    if user:
        page.goto("/accounts/sign-in/")
        page.fill("[name=username]", user)
        page.fill("[name=password]", given.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda address: "sign-in" not in address)
    return page


def _take(page, address, link, path) -> int:
    """Write the picture; the HTTP status of the page."""
    answer = page.goto(address)
    if link:
        answer = page.goto(page.locator(link).first.get_attribute("href"))
    page.wait_for_timeout(SETTLE)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    return answer.status


if __name__ == "__main__":
    main()
