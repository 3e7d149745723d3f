"""No page of a desk has a serious or critical fault by axe-core, in either language."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cases.states import State
from cases.tests.cast import act, bring, person, report
from inventory.models import Component

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"
RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)"""
CENTER = ["/desk/", "/desk/?queue=open", "/cases/", "/cases/?q=nothing", "/notices/"]
PLAIN = ["/map/", "/components/", "{component}", "/standards/", "/accounts/profile/"]
PAGES = {
    "": ["/accounts/sign-in/", "/no/such/page/"],
    "acceptor": [*CENTER, "/desk/new/", "/hotline/", "/hotline/calls/", "/hotline/call-backs/"],
    "shift_leader": ["/desk/", "{open}", "{pending}", "/"],
    "dispatcher": ["/desk/", *PLAIN, "{done}"],
    "liaison": ["/terminal/", "/terminal/?view=table", "{pending}"],
    "handler": ["/terminal/", "/desk/"],
    "inspector": ["/", "{open}", "{void}"],
    "leader": ["{pending}", "{done}"],
    "sysadmin": [
        "/accounts/people/", "/accounts/people/new/", "{person}", "{person}edit/",
        "/accounts/departments/", "/accounts/departments/new/",
    ],
    "secadmin": ["/accounts/posts/", "/accounts/posts/dispatcher/", "{person}"],
    "auditor": ["/accounts/audit/"],
}  # fmt: skip


def fill(cast):
    """Cases in several states, and the addresses that have a name in `PAGES`."""
    for name in ("secadmin", "auditor"):
        person(cast, name, name, cast.sysadmin.current_memberships[0].department)
    at = timezone.now() - timedelta(hours=30)
    late = bring(cast, State.TO_FILE, at=at)
    open_ = bring(cast, State.DISPOSING, at=at, case=report(cast, at=at, cell=1))
    pending = bring(cast, State.TO_DISPOSE, at=at, case=report(cast, at=at, cell=2))
    later = at + timedelta(hours=1)
    act(cast, pending, "extend", "liaison", at=later, opinion="很长的说明" * 40)
    done = bring(cast, State.CLOSED, at=at, case=report(cast, at=at, cell=3))
    return {
        "open": open_.get_absolute_url(), "pending": pending.get_absolute_url(),
        "done": done.get_absolute_url(), "void": late.get_absolute_url(),
        "person": f"/accounts/people/{cast.dispatcher.pk}/",
        "component": f"/components/{Component.objects.first().code}/",
    }  # fmt: skip


@pytest.fixture
def seat(transactional_db, cast, live_server, new_page, apart):
    """seat(name): a browser, signed in unless the name is empty."""

    def sit(name):
        page = new_page(base_url=live_server.url)
        page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
        if name:
            client, cookie = Client(), settings.SESSION_COOKIE_NAME
            apart(client.force_login, getattr(cast, name))
            value = client.cookies[cookie].value
            page.context.add_cookies([{"name": cookie, "value": value, "url": live_server.url}])
        return page

    return sit


def speak(page, language, address):
    """From now on the pages are in that language."""
    cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": address}
    page.context.add_cookies([cookie])


def faults(page):
    """What axe finds; it comes in beside the page's own scripts, which the policy restricts."""
    page.evaluate(AXE.read_text())
    return page.evaluate(RUN)


def test_a_fault_is_found(new_page):
    page = new_page()
    page.set_content('<html lang="en"><title>t</title><main><input></main></html>')
    assert [said.split(":")[0] for said in faults(page)] == ["label"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_without_serious_faults(cast, seat, apart, console, live_server, name):
    """In both languages: the browser has loaded the scripts when it comes to the second."""
    places = apart(fill, cast)
    page, found = seat(name), {}
    for language, _label in settings.LANGUAGES:
        speak(page, language, live_server.url)
        for path in PAGES[name]:
            page.goto(path.format(**places))
            assert page.locator("html").get_attribute("lang").lower() == language
            found[language, path] = faults(page)
    assert not {where: said for where, said in found.items() if said}
    # A refused page is one of them.
    console[:] = [said for said in console if "404" not in said and "403" not in said]


@pytest.mark.parametrize(("name", "url"), [("shift_leader", "/desk/"), ("liaison", "/terminal/")])
def test_forms_and_explanations_in_place_are_without_serious_faults(cast, seat, apart, name, url):
    apart(fill, cast)
    page = seat(name)
    page.goto(url)
    page.keyboard.press("t")
    expect(page.locator("#clock-explain")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-action-key]").first.click()
    expect(page.locator("[data-action-form]")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert faults(page) == []
