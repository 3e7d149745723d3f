"""Fixtures for journeys over the pages: `at(name)` gives a `Desk`, a browser signed in and worked
by keyboard; `begun(state)` a case to begin with."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

MINUTE = timedelta(minutes=1)
OF_REPORT = ("self_disposed", "on_guard", "photos", "cell", "component", "class_code")


def picture(colour="green"):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


@pytest.fixture
def at(transactional_db, cast, live_server, new_page, console, apart):
    """at(name): that person's desk. All sit at one browser, one after the other, which has loaded
    the scripts by then; whoever goes to a page is signed in there."""
    page, sessions = new_page(base_url=live_server.url), {}
    page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server

    def sign_in(name):
        if name not in sessions:
            client = Client()
            apart(client.force_login, getattr(cast, name))
            sessions[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": sessions[name]}
        page.context.add_cookies([cookie | {"url": live_server.url}])

    return lambda name: Desk(page, name, sign_in, apart, console)


@pytest.fixture
def begun(cast, apart):
    """begun(state, ago=…, **overrides): a case in that state, a while ago in real time."""
    from cases.tests.cast import bring, report

    def make(state, *, ago=20 * MINUTE, minutes=0, **rest):
        since = timezone.now() - ago
        own = {name: rest.pop(name) for name in OF_REPORT if name in rest}

        def stand():
            case = report(cast, at=since, **own)
            return bring(cast, state, at=since, minutes=minutes, case=case, **rest)

        return apart(stand)

    return make


class Desk:
    """`see` opens a case, `queue` a list of the desk, `lane` the terminal; `do` acts on the case
    that is open, by the key that its button shows."""

    def __init__(self, page, name, sign_in, apart, console):
        self.page, self._name, self._sign_in, self._apart = page, name, sign_in, apart
        self._console = console

    # --- where ---
    def go(self, path):
        self._sign_in(self._name)
        self.page.goto(path)
        return self.page

    def see(self, case):
        self.go(case.get_absolute_url())
        return self.head

    def queue(self, code, case):
        """The list holds the case, which is chosen: its row."""
        return self._row(f"/desk/?queue={code}&case={case.number}", case)

    def lane(self, case):
        """The terminal holds the case, which is chosen: its row."""
        return self._row(f"/terminal/?case={case.number}", case)

    def _row(self, path, case):
        self.go(path)
        row = self.page.locator(f"#row-{case.number}")
        expect(row).to_have_attribute("aria-current", "true")
        return row

    def lacks(self, path, case):
        """The list at that address is there without the case."""
        self.go(path)
        expect(self.page.locator("[data-list]").first).to_be_visible()
        expect(self.page.locator(f"#row-{case.number}")).to_have_count(0)

    # --- what the case says ---
    @property
    def head(self):
        return self.page.locator(".case-head")

    @property
    def asked(self):
        """The box of the open request."""
        return self.page.locator("#work .notice-warning").first

    @property
    def log(self):
        return self.page.locator(".timeline")

    def button(self, action):
        return self.page.locator(f'#actions a[href*="/do/{action}/"]')

    # --- deeds ---
    def open(self, action, **fields):
        """The form of an action, by its key, filled in."""
        button = self.button(action)
        button.wait_for()
        if key := button.get_attribute("data-action-key"):
            self.page.keyboard.press(key)
        else:
            button.press("Enter")
        form = self.page.locator(f'[data-action-form][action$="/do/{action}/"]')
        form.wait_for()
        expect(form.locator(":focus")).to_have_count(1)
        for name, value in fields.items():
            self._fill(form, name, value)
        return form

    def _fill(self, form, name, value):
        if name == "photo":
            form.locator("[data-photo-input]").set_input_files(picture(value))
            expect(form.locator("[data-photo-list] img")).to_have_count(1)
            return
        field = form.locator(f"[name={name}]")
        kind = field.first.get_attribute("type")
        if kind == "radio":
            form.locator(f"[name={name}][value='{value}']").press("Space")
        elif kind == "checkbox":
            field.press("Space")
        elif field.evaluate("(e) => e.tagName") == "SELECT":
            self._choose(field, value)
        else:
            field.fill(value)

    def _choose(self, field, value):
        """By typing the name of each value, as `static/js/lib/choose.js` has it."""
        typed = field.locator("xpath=..").get_by_role("combobox")
        for one in [value] if isinstance(value, str) else value:
            name = field.locator(f"option[value='{one}']").first.get_attribute("data-label")
            typed.fill(name)
            expect(typed).to_have_attribute("aria-expanded", "true")
            typed.press("Enter")

    def do(self, action, **fields):
        """Act; the page has gone on to what comes next."""
        self.open(action, **fields)
        self.page.evaluate("document.getElementById('actions').dataset.done = ''")
        self.page.keyboard.press("Control+Enter")
        self.page.locator("#actions[data-done]").wait_for(state="detached")

    def refused(self, action, **fields):
        """Act in vain; what the form says."""
        form = self.open(action, **fields)
        self.page.keyboard.press("Control+Enter")
        notice = form.locator("[data-refusal][role=alert]")
        expect(notice).to_be_visible()
        # The refusal was the point.
        asked = (f"/do/{action}/", f"/actions/{action}/")
        self._console[:] = [said for said in self._console if not any(a in said for a in asked)]
        return notice

    def stored(self, case, *names):
        """Attributes of the case as they are kept now."""
        self._apart(case.refresh_from_db)
        return tuple(getattr(case, name) for name in names)
