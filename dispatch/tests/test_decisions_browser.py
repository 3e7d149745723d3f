"""Decisions by keyboard on a slow line: dispatch, merge, extension with its preview, withdrawal.

Every page here has 150 ms of latency.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases.machine import actions
from cases.presenting import prospects
from cases.states import State
from cases.tests.cast import act, report
from citymgmt.accounts.models import Department
from citymgmt.tests.browser import slow_down

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def slow(at):
    """slow(name): that person's desk at the end of a slow line."""

    def sit(name):
        desk = at(name)
        slow_down(desk.page, processor=1)
        return desk

    return sit


def since(minutes=20):
    return timezone.now() - timedelta(minutes=minutes)


def local(moment):
    return timezone.localtime(moment).strftime("%m-%d %H:%M")


def test_dispatch_finds_a_department_by_typing_and_assistants_as_chips(slow, apart, cast, begun):
    apart(
        Department.objects.bulk_create,
        [Department(code=f"d{n}", name_zh=f"第{n}养护队", kind="utility", path=f"/d{n}/")
         for n in range(40)],
    )  # fmt: skip
    case, desk = begun(State.TO_DISPATCH), slow("dispatcher")
    desk.see(case)
    form = desk.open("dispatch")
    lead, helpers = form.get_by_role("combobox").nth(0), form.get_by_role("combobox").nth(1)
    expect(lead).to_be_focused()  # what is suggested stands there: Ctrl+Enter would send it
    expect(lead).to_have_value("区政府")
    expect(form.locator(".filed-as")).to_contain_text("破损")
    press = desk.page.keyboard.press
    press("ArrowDown")
    expect(lead).to_have_attribute("aria-expanded", "true")
    expect(form.locator(".choose-item[aria-selected=true]")).to_contain_text("件在办")
    press("Escape")  # the list goes, the form stays
    expect(lead).to_have_attribute("aria-expanded", "false")
    desk.page.keyboard.type("燃气　")  # with a wide blank
    options = form.get_by_role("option")
    expect(options).to_have_count(1)
    expect(lead).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    press("Enter")
    expect(lead).to_have_value("燃气单位")
    helpers.focus()
    for name in ("第１２养护队", "培黎"):  # typed full-width
        desk.page.keyboard.type(name)
        expect(options.first).to_be_visible()
        press("Enter")
    expect(form.locator(".choose-chips .chip")).to_have_count(2)
    press("Backspace")
    expect(form.locator(".choose-chips .chip")).to_have_text(["培黎街道办 ×"])
    press("Control+Enter")
    expect(desk.head).to_contain_text("待处置")
    assert desk.stored(case, "state", "department") == (State.TO_DISPOSE, cast.gas)
    assert apart(lambda: [row.code for row in case.assisting.all()]) == ["street-620105001"]


def test_without_a_script_a_department_is_chosen_from_a_plain_list(
    live_server, new_page, at, begun
):
    case, desk = begun(State.TO_DISPATCH), at("dispatcher")
    desk.see(case)
    cookies = desk.page.context.cookies()
    page = desk.page.context.browser.new_context(java_script_enabled=False).new_page()
    page.context.add_cookies(cookies)
    page.goto(f"{live_server.url}/cases/{case.number}/do/dispatch/")
    page.locator("[name=department]").select_option("gas")
    page.locator("[data-send]").click()
    assert desk.stored(case, "state") == (State.TO_DISPOSE,)
    page.context.close()


def test_merge_finds_the_main_case_by_its_last_digits_and_shows_both(slow, apart, cast):
    case, main = apart(lambda: (
        report(cast, at=since(), description="路口井盖坏了"),
        report(cast, at=since(), cell=3, description="井盖下沉"),
    ))  # fmt: skip
    desk = slow("acceptor")
    desk.see(case)
    desk.page.locator("[data-find-main]").press("Enter")
    form = desk.page.locator("[data-action-form=merge]")
    field = form.get_by_role("combobox")
    expect(field).to_be_focused()
    desk.page.keyboard.type(main.number[-3:])
    expect(form.get_by_role("option")).to_have_count(1)
    expect(form.get_by_role("option")).to_contain_text("井盖下沉")
    desk.page.keyboard.press("Enter")
    expect(field).to_have_value(main.number)
    pair = form.locator(".beside-pair")
    expect(pair).to_contain_text("路口井盖坏了")
    expect(pair).to_contain_text("井盖下沉")
    expect(pair.locator("img")).to_have_count(2)
    form.locator("[name=opinion]").focus()
    desk.page.keyboard.type("同一处")
    expect(form.locator("[name=opinion]")).to_be_focused()
    desk.page.keyboard.press("Control+Enter")
    expect(desk.head).to_contain_text("作废")
    assert desk.stored(case, "merged_into") == (main,)


def test_the_key_of_a_listed_duplicate_opens_the_form_and_sends_nothing(slow, apart, cast):
    main, case = apart(lambda: (report(cast, at=since()), report(cast, at=since())))
    desk = slow("acceptor")
    desk.see(case)
    desk.page.locator("[data-merge='1']").wait_for()
    desk.page.keyboard.press("Alt+Shift+Digit1")
    form = desk.page.locator("[data-action-form=merge]")
    expect(form.locator("[name=main_case]")).to_have_value(main.number)
    expect(form.locator(".beside-pair")).to_be_visible()
    assert desk.stored(case, "state") == (State.REGISTERED,)


def test_an_extension_shows_from_and_to_when_asked_and_when_approved(slow, apart, cast, begun):
    case = begun(State.DISPOSING)
    seen = apart(lambda: prospects.of_request(case, actions.context(), "extend"))
    liaison = slow("liaison")
    liaison.see(case)
    form = liaison.open("extend", opinion="待料")
    for words in (local(seen.before), local(seen.after), "第 1 次，共 2 次"):
        expect(form.locator(".prospect")).to_contain_text(words)
    liaison.page.keyboard.press("Control+Enter")
    expect(liaison.asked).to_contain_text("第 1 次，共 2 次")
    leader = slow("shift_leader")
    leader.see(case)
    expect(leader.asked).to_contain_text(local(seen.after))
    form = leader.open("approve")
    expect(form.locator(".prospect")).to_contain_text(local(seen.after))
    leader.page.keyboard.press("Control+Enter")
    expect(leader.asked).to_have_count(0)
    assert leader.stored(case, "due_at", "extensions") == (seen.after, 1)


def test_what_was_asked_is_taken_back_and_stands_in_the_history(slow, begun):
    case, liaison = begun(State.DISPOSING), slow("liaison")
    liaison.see(case)
    liaison.do("extend", opinion="待料")
    liaison.see(case)
    liaison.do("withdraw", opinion="材料已到")
    liaison.see(case)
    expect(liaison.asked).to_have_count(0)
    assert liaison.stored(case, "pending", "extensions") == ("", 0)
    form = liaison.open("extend")
    expect(form.locator(".asked-before")).to_contain_text("已撤回")
    expect(form.locator(".prospect")).to_contain_text("第 1 次")


def test_a_refusal_without_an_opinion_stays_in_its_row_of_the_overview(
    slow, apart, cast, begun, console
):
    first, second = begun(State.DISPOSING), begun(State.DISPOSING)
    for case in (first, second):
        apart(act, cast, case, "extend", "liaison", at=timezone.now(), opinion="待料")
    page = slow("leader").go("/overview/")
    row = page.locator(f"[data-case-row='{first.number}']")
    count = page.locator("[data-waiting]")
    expect(count).to_have_text("2")
    row.get_by_role("button", name="驳回").press("Enter")
    expect(row.locator(".errorlist")).to_have_text("此项必填。")
    expect(row.locator("[name=opinion]")).to_be_focused()
    assert page.url.endswith("/overview/")
    console[:] = [said for said in console if "/do/refuse/" not in said]
    page.keyboard.type("抓紧")
    row.get_by_role("button", name="驳回").press("Enter")
    expect(row).to_have_count(0)
    assert count.text_content() == "1"  # at once, with its row
    expect(page.locator(f"[data-case-row='{second.number}']")).to_be_visible()
    apart(first.refresh_from_db)
    assert first.pending == ""
