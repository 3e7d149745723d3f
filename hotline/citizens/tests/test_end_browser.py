"""The end in a real browser: a citizen with a small phone, a clerk who calls back."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from hotline.calls import actions
from hotline.conftest import HERE, PHONE
from hotline.models import Rating, Satisfaction

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SMALL = {"width": 360, "height": 740}


def close(cast, case):
    Case.objects.filter(pk=case.pk).update(verify_result="exists")
    case.refresh_from_db()
    start = timezone.now() - timedelta(minutes=11)
    return town.bring(cast, State.CLOSED, case=case, at=start)


def sent(cast):
    report, _created = actions.public_report(
        matter_class=cast.cover, lon=HERE[0], lat=HERE[1], description="井盖破损", phone=PHONE,
        reply_required=True, photos=[town.photo()],
    )  # fmt: skip
    close(cast, report.case)
    return report


@pytest.fixture
def tracked(transactional_db, cast, live_server, new_page, apart):
    """The tracking page of a closed report on a small phone, and the report."""
    report = apart(sent, cast)
    page = new_page(viewport=SMALL, base_url=live_server.url)
    page.goto("/public/track/")
    page.locator("#id_number").fill(report.case.number)
    page.locator("#id_code").fill(report.code)
    page.locator("main form .btn-primary").click()
    page.locator("#found").wait_for()
    return page, report


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_end_fits_a_small_phone_and_its_photo_is_there(tracked):
    page, _report = tracked
    assert fits(page)
    expect(page.locator(".outcome")).to_contain_text("供水单位")
    photo = page.locator(".after-photos img")
    expect(photo).to_be_visible()
    assert photo.evaluate("async (img) => { await img.decode(); return img.naturalWidth; }") > 0
    for target in page.locator(".stars label, .unsolved summary, main .btn-block").all():
        assert target.bounding_box()["height"] >= 44


def test_a_rating_by_touch(tracked, apart):
    page, report = tracked
    page.locator(".stars label").nth(1).click()
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("main")).to_contain_text("您的评价：满意")
    expect(page.locator(".stars")).to_have_count(0)
    assert apart(lambda: Rating.objects.get(report=report).result) == Satisfaction.GOOD


def test_not_solved_gives_the_number_of_what_follows(tracked, apart):
    page, report = tracked
    page.locator(".unsolved summary").click()
    page.locator("#id_words").fill("还在漏水")
    page.get_by_role("button", name="问题仍未解决").click()
    expect(page.locator("main")).to_contain_text("已为此登记新的编号")
    new = apart(lambda: Case.objects.get(follows=report.case))
    expect(page.locator("main")).to_contain_text(new.number)
    expect(page.locator(".unsolved")).to_have_count(0)
    assert fits(page)


def test_without_a_network_what_was_written_stays_and_is_sent_later(tracked, apart, console):
    page, report = tracked
    page.locator(".stars label").nth(1).click()
    page.context.set_offline(True)
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#found + * ~ form")).to_contain_text("与服务器没有连接")
    page.locator("form .btn-block", has_text="显示").click()
    expect(page.locator("main > form")).to_contain_text("与服务器没有连接")
    expect(page.locator(".stars input:checked")).to_have_count(1)
    page.context.set_offline(False)
    console.clear()  # what could not be sent was the point
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("main")).to_contain_text("您的评价：满意")
    assert apart(lambda: Rating.objects.get(report=report).result) == Satisfaction.GOOD


def test_the_number_can_be_copied(tracked):
    page, report = tracked
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-copy-text]").click()
    expect(page.locator("[data-copied=true]")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == report.case.number


# --- the clerk ------------------------------------------------------------------------------
def called(cast):
    """A complaint whose case was closed."""
    call = actions.take_call(
        by=cast.acceptor, kind="complaint", content="井盖破损", phone=PHONE, name="张三",
        matter_class=cast.cover, lon=HERE[0], lat=HERE[1], reply_required=True,
    )[0]  # fmt: skip
    close(cast, call.case)
    return call


@pytest.fixture
def desk(transactional_db, cast, live_server, new_page, apart):
    page = new_page(base_url=live_server.url)
    client = Client()
    apart(client.force_login, cast.acceptor)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page.route_web_socket("**/ws/live/", lambda socket: None)
    return page


def test_a_clerk_tells_the_result_and_takes_up_what_is_not_solved(desk, cast, apart):
    call = apart(called, cast)
    desk.goto(f"/hotline/call-backs/{call.case.number}/{call.caller_id}/")
    expect(desk.locator(".say")).to_be_in_viewport()
    expect(desk.locator(".after-photos img")).to_be_in_viewport()
    for group in ("service", "result"):
        desk.locator(f".answer:has([name={group}][value='-100'])").click()
    desk.locator("#id_note").fill("井盖还是坏的")
    desk.locator("[data-main-action]").click()
    expect(desk.locator("#id_words")).to_have_value("井盖还是坏的")
    desk.locator("[data-main-action]").click()
    desk.wait_for_url("**/cases/*/")
    new = apart(lambda: Case.objects.get(follows=call.case))
    assert desk.url.endswith(new.get_absolute_url())
    expect(desk.locator(".facts").first.locator("..")).to_contain_text(call.case.number)
    desk.locator(".reporters button").first.click()
    expect(desk.locator(".reporters")).to_contain_text(PHONE)
