"""Words from above, joint handling, rulings and hand-overs through the pages, by keyboard: what
the rooms of dispatch show of each branch, and what they keep."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from cases.feed import log as live
from cases.states import State
from cases.tests.cast import act
from dispatch.models import HandOver
from dispatch.notices import reader
from dispatch.notices.loading import load_escalation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


def read_notices():
    """What has been said since is told."""
    live.publish(send=False)
    return reader.read()


def told(desk, case, words):
    """The bell of that desk counts one; its page says the words and leads to the case."""
    page = desk.go("/terminal/")
    expect(page.locator("[data-notice-count]")).to_have_text("1")
    page.locator("[data-bell]").press("Enter")
    row = page.locator("main tbody tr").first
    expect(row).to_contain_text(words)
    row.locator("button").press("Enter")
    page.wait_for_url(f"**{case.get_absolute_url()}")
    expect(page.locator("[data-notice-count]")).to_be_hidden()


def in_ledger(desk, code, case, *words):
    """The ledger holds one row, about the case, that says the words."""
    row = desk.go(f"/ledgers/{code}/").locator("main tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(case.number[14:])
    for said in words:
        expect(row).to_contain_text(said)


# --- from above -----------------------------------------------------------------------------
def test_supervision_is_told_replied_to_and_ended(begun, at, apart):
    apart(load_escalation)
    case = begun(State.TO_DISPOSE)
    leader, liaison = at("leader"), at("liaison")
    leader.see(case)
    leader.do("supervise", supervise_type="important", opinion="今日办结",
              reply_by=f"{timezone.localdate() + DAY:%Y-%m-%d}")  # fmt: skip
    assert leader.stored(case, "supervised") == ("to_reply",)
    apart(read_notices)
    told(liaison, case, "今日办结")
    expect(liaison.head).to_contain_text(case.get_supervised_display())
    liaison.do("reply", opinion="已安排抢修")
    assert liaison.stored(case, "supervised", "reply_due_at") == ("replied", None)
    leader.queue("supervised", case)
    expect(leader.log).to_contain_text("已安排抢修")
    leader.do("resolve")
    assert leader.stored(case, "supervised") == ("",)
    in_ledger(leader, "supervision", case, "今日办结", "已安排抢修", _("Ended"))


@pytest.mark.parametrize(("action", "who"), [("urge", "shift_leader"), ("instruct", "leader")])
def test_a_word_is_told_to_the_holder(begun, at, apart, action, who):
    apart(load_escalation)
    case = begun(State.DISPOSING)
    above, handler = at(who), at("handler")
    above.see(case)
    above.refused(action)  # nothing said
    above.see(case)
    above.do(action, opinion="举一反三，立即处置")
    assert above.stored(case, "state") == (State.DISPOSING,)
    apart(read_notices)
    told(handler, case, "举一反三，立即处置")
    expect(handler.log).to_contain_text("举一反三，立即处置")
    in_ledger(at("shift_leader"), "instruction" if action == "instruct" else "urge", case)


# --- several departments --------------------------------------------------------------------
def test_who_assists_has_a_lane_and_answers(cast, begun, at):
    case = begun(State.TO_DISPATCH)
    dispatcher, helper = at("dispatcher"), at("street_liaison")
    dispatcher.queue("to_dispatch", case)
    dispatcher.do("dispatch", department=cast.water.code, assist=cast.street_office.code,
                  opinion="请配合断电")  # fmt: skip
    helper.lane(case)
    lane = helper.page.locator(".lane", has=helper.page.locator(f"#row-{case.number}"))
    expect(lane.locator("h2")).to_have_text(_("Assisting"))
    expect(helper.button("assign")).to_have_count(0)
    expect(helper.log).to_contain_text("请配合断电")
    helper.do("assist_feedback", opinion="已断电")
    helper.lacks("/terminal/", case)
    liaison = at("liaison")
    liaison.lane(case)
    expect(liaison.log).to_contain_text("已断电")
    assert liaison.stored(case, "state", "department") == (State.TO_DISPOSE, cast.water)
    assert case.assists.get().opinion == "已断电"


def test_a_ruling_ends_the_returning_and_is_cited(cast, begun, at, apart):
    case = begun(State.TO_DISPOSE, component=cast.component)
    later = begun(State.TO_DISPATCH, component=cast.component)

    def return_twice():
        now = timezone.now()
        for by in (None, "dispatcher"):
            if by:
                act(cast, case, "dispatch", by, at=now, department=cast.water)
            act(cast, case, "return_", "liaison", at=now, opinion="不属我单位")
            act(cast, case, "approve", "shift_leader", at=now)

    apart(return_twice)
    leader, dispatcher = at("leader"), at("dispatcher")
    leader.queue("returned", case)
    leader.do(
        "arbitrate", department=cast.street_office.code, opinion="会议纪要：归街道", photo="white"
    )
    assert leader.stored(case, "state", "arbitrated") == (State.TO_DISPOSE, True)
    in_ledger(leader, "arbitration", case, "会议纪要：归街道")
    liaison = at("street_liaison")
    liaison.lane(case)
    expect(liaison.head).to_contain_text(_("Ruled on"))
    expect(liaison.button("return_")).to_have_count(0)
    dispatcher.queue("to_dispatch", later)
    form = dispatcher.open("dispatch")
    first = form.locator("[name=department] option").first
    expect(first).to_have_attribute("value", cast.street_office.code)
    expect(first).to_contain_text(case.number)


@pytest.mark.parametrize(
    ("action", "flag", "ledger", "mark"),
    [("no_party", "no_party", "no-party", "No responsible party"),
     ("proxy_dispose", "proxy_disposal", "proxy-disposal", "Proxy disposal")],
)  # fmt: skip
def test_the_locality_acts_for_an_unknown_party(cast, begun, at, action, flag, ledger, mark):
    case = begun(State.TO_DISPATCH)
    dispatcher, street = at("dispatcher"), at("street_liaison")
    dispatcher.queue("to_dispatch", case)
    dispatcher.do(action, opinion="权属不清，先行处置")
    assert dispatcher.stored(case, "department", flag) == (cast.street_office, True)
    street.lane(case)
    expect(street.head).to_contain_text(_(mark))
    in_ledger(at("shift_leader"), ledger, case, "权属不清")


# --- hands ----------------------------------------------------------------------------------
def test_the_department_takes_the_site_over_from_the_collector(begun, at):
    case = begun(State.TO_DISPOSE, on_guard=True)
    liaison = at("liaison")
    liaison.lane(case)
    expect(liaison.head).to_contain_text(_("Collector waits on site"))
    expect(liaison.head).to_contain_text(_("urgent"))
    liaison.do("hand_over_site", opinion="抢修队已到", photo="white")
    liaison.lane(case)
    expect(liaison.head).not_to_contain_text(_("Collector waits on site"))
    expect(liaison.button("hand_over_site")).to_have_count(0)
    assert liaison.stored(case, "handed_over_at")[0] is not None
    phone = at("collector").go(f"/field/cases/{case.number}/")
    expect(phone.locator(".field-head .tag-red")).to_have_count(1)  # urgent, but no need to stay


def choose_receiver(page, person):
    field = page.locator("[name=receiver]")
    box = page.locator(".choose", has=field).get_by_role("combobox")
    box.fill(field.locator(f"option[value='{person.pk}']").text_content().strip())
    box.press("Enter")
    expect(field).to_have_value(str(person.pk))


def test_a_shift_hands_all_its_tasks_over_at_once(cast, begun, at, console):
    cases = [begun(State.CHECKING), begun(State.CHECKING, cell=1)]
    page = at("collector").go("/hand-over/")
    expect(page.locator("[aria-labelledby=own-tasks] .number")).to_have_count(2)
    page.locator("[name=note]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to nobody: said at the field, which gets the focus
    expect(page.locator(".choose", has=page.locator("[name=receiver]"))).to_contain_text("必填")
    expect(page.get_by_role("combobox", name="至")).to_be_focused()
    choose_receiver(page, cast.handler)
    page.locator("[name=note]").fill("交班")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-error")).to_be_visible()  # no collector
    console.clear()
    choose_receiver(page, cast.collector2)
    page.locator("[name=note]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    past = page.locator("[aria-labelledby=past-hand-overs] .item")
    expect(past).to_contain_text("交班")
    expect(page.locator("[aria-labelledby=own-tasks] .count")).to_have_text("0")
    row = HandOver.objects.get()
    assert (row.tasks, row.receiver) == (2, cast.collector2)
    tasks = at("collector2").go("/field/").locator(".task")
    expect(tasks).to_have_count(2)
    assert at("collector").stored(cases[0], "collector") == (cast.collector2,)


def test_a_handlers_task_goes_to_the_next(cast, begun, at):
    case = begun(State.DISPOSING)
    handler, liaison = at("handler"), at("liaison")
    handler.lane(case)
    handler.do("hand_over", receiver="liaison", opinion="交班")
    handler.lacks("/terminal/", case)
    liaison.lane(case)
    liaison.do("dispose", opinion="已修复", photo="green")
    assert liaison.stored(case, "state", "handler") == (State.DEPT_REVIEW, cast.liaison)
