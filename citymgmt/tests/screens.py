"""Every page at its size, as a picture: `script/screenshots URL FOLDER [--language en] [NAME ...]`.

URL is a running demonstration. The pictures are for looking at, and those of docs/screenshots.
"""

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from citymgmt.tests.browser import FLAGS, chromium
from citymgmt.tests.pages import PAGES

SETTLE = 4000  # ms: maps draw, letters arrive
COLOURS = 256

LOCALES = {"zh": "zh-CN", "en": "en-US"}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="script/screenshots", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PAGES))
    parser.add_argument("--language", choices=LOCALES, default="zh")
    parser.add_argument("--password", default="citymgmt-demo")
    given = parser.parse_intermixed_args(arguments)  # names may follow an option
    if unknown := set(given.names) - set(PAGES):
        parser.error(f"no such page: {', '.join(sorted(unknown))}")
    given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        pages = {}
        for name in given.names or PAGES:
            what = PAGES[name]
            key = what.post, what.size
            if key not in pages:
                pages[key] = _signed_in(chrome, what.post, what.viewport, given)
            status = _take(pages[key], what, given.folder / f"{name}.png")
            print(name, status, flush=True)


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


def _take(page, what, path) -> int:
    """Write the picture; the HTTP status of the page."""
    answer = page.goto(what.address)
    if what.link:
        answer = page.goto(page.locator(what.link).first.get_attribute("href"))
    page.wait_for_timeout(SETTLE)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    return answer.status


if __name__ == "__main__":
    main()
