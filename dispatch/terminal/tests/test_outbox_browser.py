"""A handler reports work done without a network: kept, said, sent by itself, or corrected."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext
from playwright.sync_api import expect

from cases.models import Attachment, CaseEvent
from cases.states import State
from cases.tests.cast import act
from cases.tests.desks import picture
from citymgmt.tests.browser import DESK, PHONE, slow_down

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = {"longitude": 103.7005, "latitude": 36.1005, "accuracy": 8}


@pytest.fixture
def case(begun):
    return begun(State.DISPOSING)


@pytest.fixture
def handler(transactional_db, cast, live_server, new_page, apart):
    """handler(viewport): a handler's browser, signed in, that tells where it is."""

    def take(viewport):
        page, client = new_page(
            base_url=live_server.url, viewport=viewport, permissions=["geolocation"],
            geolocation=HERE,
        ), Client()  # fmt: skip
        apart(client.force_login, cast.handler)
        cookie = settings.SESSION_COOKIE_NAME
        value = client.cookies[cookie].value
        page.context.add_cookies([{"name": cookie, "value": value, "url": live_server.url}])
        page.route_web_socket("**/ws/live/", lambda socket: None)  # none on the live server
        slow_down(page, far=False)
        return page

    return take


def fill(page, case, opinion):
    """The form of the disposal, filled in as far as it goes without a network."""
    page.goto(f"/cases/{case.number}/?back=/terminal/")
    page.locator('[data-action="dispose"]').click()
    form = page.locator("form[data-kept]")
    form.locator("[data-photo-input]").set_input_files(picture())
    expect(form.locator("[data-photo-list] img")).to_have_count(1)
    form.locator("[name=opinion]").fill(opinion)
    return form


def state_of(case, apart):
    apart(case.refresh_from_db)
    return case.state


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_without_a_network_it_is_kept_said_and_sent_by_itself(
    handler, case, apart, console, viewport
):
    page = handler(viewport)
    form = fill(page, case, "已修复")
    page.context.set_offline(True)
    form.locator("[data-send]").click()
    kept = gettext("Kept on this device. It is sent as soon as there is a network.")
    expect(page.locator("[data-kept-note]")).to_have_text(kept)
    expect(page.locator("#outbox summary")).to_contain_text("1")
    assert state_of(case, apart) == State.DISPOSING
    page.context.set_offline(False)
    page.wait_for_url("**/terminal/**")
    expect(page.locator("#outbox")).to_be_hidden()
    assert state_of(case, apart) == State.DEPT_REVIEW
    event = apart(lambda: CaseEvent.objects.get(case=case, action="dispose"))
    assert event.opinion == "已修复"
    assert event.made_at is not None
    assert (event.made_lon, event.made_lat) == (HERE["longitude"], HERE["latitude"])
    photos = apart(lambda: list(Attachment.objects.filter(event=event)))
    assert [photo.photo_type for photo in photos] == ["after"]
    console.clear()  # the cut network was the point


def test_what_waits_is_there_on_every_page_of_cases_and_is_not_given_twice(
    handler, case, apart, console
):
    page = handler(PHONE)
    form = fill(page, case, "已修复")
    page.route("**/api/v1/cases/**", lambda route: route.abort())
    form.locator("[data-send]").click()
    expect(page.locator("[data-kept-note]")).to_be_visible()
    page.goto("/terminal/")
    expect(page.locator("#outbox")).to_be_visible()
    page.locator("#outbox summary").click()
    page.locator("#outbox li a.number").click()
    page.locator('[data-action="dispose"]').click()
    expect(page.locator("[data-kept-note]")).to_be_visible()
    assert state_of(case, apart) == State.DISPOSING
    console.clear()


def test_what_is_refused_later_comes_back_to_be_corrected(handler, case, cast, apart, console):
    page = handler(PHONE)
    form = fill(page, case, "已修复")
    page.context.set_offline(True)
    form.locator("[data-send]").click()
    expect(page.locator("[data-kept-note]")).to_be_visible()
    apart(act, cast, case, "unassign", "liaison")
    page.context.set_offline(False)
    expect(page.locator("#outbox summary")).to_contain_text("1")
    page.locator("#outbox summary").click()
    expect(page.locator("#outbox [data-why]")).not_to_be_empty()
    apart(act, cast, case, "assign", "liaison", handler=cast.handler)
    page.locator("#outbox [data-correct]").click()
    form = page.locator("form[data-kept]")
    expect(form.locator("[name=opinion]")).to_have_value("已修复")
    expect(form.locator("[data-photo-list] img")).to_have_count(1)
    form.locator("[name=opinion]").fill("已修复，现场已清理")
    form.locator("[data-send]").click()
    expect(page.locator("#outbox")).to_be_hidden()
    assert state_of(case, apart) == State.DEPT_REVIEW
    console.clear()


def test_a_refusal_at_once_is_said_in_the_form(handler, case, console):
    page = handler(DESK)
    page.goto(f"/cases/{case.number}/")
    page.locator('[data-action="dispose"]').click()
    form = page.locator("form[data-kept]")
    form.locator("[name=opinion]").fill("已修复")
    form.locator("[data-send]").click()
    expect(form.locator("[data-refusal]").first).to_be_visible()
    expect(form.locator("[name=opinion]")).to_have_value("已修复")
    expect(page.locator("#outbox")).to_be_hidden()
    console.clear()
