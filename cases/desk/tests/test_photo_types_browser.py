"""The type that each photo of a box is given: that of the step, on the desk, terminal and phone."""

import io

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from cases.states import State
from cases.tests.cast import act, bring, report
from citymgmt.tests.browser import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(n):
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), (40 * n, 90, 90)).save(buffer, "JPEG")
    return {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


@pytest.fixture
def seat(transactional_db, cast, live_server, new_page, apart):
    """seat(name, size): that person's browser, signed in."""

    def sit(name, size):
        page, client = new_page(base_url=live_server.url, viewport=size), Client()
        apart(client.force_login, getattr(cast, name))
        cookie = settings.SESSION_COOKIE_NAME
        value = client.cookies[cookie].value
        page.context.add_cookies([{"name": cookie, "value": value, "url": live_server.url}])
        page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
        return page

    return sit


def waiting(cast, state):
    at = timezone.now()
    if state == State.VERIFYING:
        case = report(cast, at=at, by="acceptor", source="hotline_12319", photos=())
        case = act(cast, case, "send_verify", "acceptor", at=at, collector=cast.collector)
    else:
        case = bring(cast, state, at=at, minutes=0, case=report(cast, at=at))
    return case.number


STEPS = {
    "the handler at a desk": ("handler", State.DISPOSING, "/terminal/", "dispose", DESK, "after"),
    "the handler on a phone": (
        "handler", State.DISPOSING, "/cases/{}/", "dispose", PHONE, "after"),
    "the liaison": ("liaison", State.TO_DISPOSE, "/terminal/", "feedback", DESK, "after"),
    "verifying": ("collector", State.VERIFYING, "/field/cases/{}/", "", PHONE, "close"),
    "checking": ("collector", State.CHECKING, "/field/cases/{}/", "", PHONE, "close"),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_all_photos_of_a_step_are_of_its_type_until_one_is_changed(cast, seat, apart, step):
    name, state, url, action, size, usual = STEPS[step]
    number = apart(waiting, cast, state)
    page = seat(name, size)
    page.goto(url.format(number))
    if action:
        page.locator(f'[hx-get*="/do/{action}/"]').first.click()
    chooser, types = page.locator("[data-photo-input]"), page.locator("[data-photo-list] select")
    for n in range(3):
        chooser.set_input_files(picture(n))
        expect(types).to_have_count(n + 1)
    assert [types.nth(n).input_value() for n in range(3)] == [usual] * 3
    types.first.select_option("reference")
    chooser.set_input_files(picture(3))
    expect(types).to_have_count(4)
    assert types.last.input_value() == usual
