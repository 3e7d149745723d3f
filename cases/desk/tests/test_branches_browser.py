"""Every branch of the way through the pages: each step by the person whose turn it is, by keyboard.

The core takes a case to where a branch begins. What a page says to the next person (queue, tag,
notice) is looked at as well as what is kept.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from cases.machine import actions
from cases.models import Case
from cases.states import State
from cases.tests.cast import act, photo
from cases.tests.scenes import switch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


# --- return ---------------------------------------------------------------------------------
def test_a_wrong_dispatch_comes_back_and_goes_to_another(cast, begun, at):
    case = begun(State.TO_DISPOSE)
    liaison, leader, dispatcher = at("liaison"), at("shift_leader"), at("dispatcher")
    liaison.lane(case)
    liaison.do("return_", return_kind="wrong_dispatch", opinion="不属我单位")
    assert liaison.stored(case, "state", "pending") == (State.TO_DISPOSE, "return_")
    row = leader.queue("requests", case)
    expect(row).to_contain_text(_("return"))
    expect(leader.asked).to_contain_text("不属我单位")
    leader.do("approve")
    assert leader.stored(case, "state", "pending", "returns") == (State.TO_DISPATCH, "", 1)
    liaison.lacks("/terminal/", case)
    dispatcher.queue("to_dispatch", case)
    expect(dispatcher.log).to_contain_text("不属我单位")
    dispatcher.do("dispatch", department=cast.street_office.code)
    assert dispatcher.stored(case, "state", "department", "wrong_dispatch") == (
        State.TO_DISPOSE, cast.street_office, True,
    )  # fmt: skip
    at("street_liaison").lane(case)


def test_another_reason_is_passed_on_with_its_form_and_decided_above(cast, begun, at):
    case = begun(State.TO_DISPOSE)
    liaison, dispatcher, leader = at("liaison"), at("dispatcher"), at("leader")
    liaison.lane(case)
    liaison.do("return_", return_kind="other", opinion="缺少条件", photo="white")
    expect(at("shift_leader").see(case)).to_contain_text("派遣员")
    expect(at("shift_leader").button("approve")).to_have_count(0)
    leader.see(case)
    expect(leader.button("approve")).to_have_count(0)
    dispatcher.queue("to_forward", case)
    expect(dispatcher.asked).to_contain_text(_("Other reason"))
    expect(dispatcher.page.locator("#work .photos img")).to_have_count(2)
    dispatcher.do("forward", opinion="情况属实")
    assert dispatcher.stored(case, "pending", "to_forward") == ("return_", False)
    leader.queue("requests", case)
    expect(leader.asked).to_contain_text(_("passed on by the dispatch section"))
    leader.do("approve")
    assert leader.stored(case, "state", "returns") == (State.TO_DISPATCH, 1)
    dispatcher.queue("to_dispatch", case)


# --- more time ------------------------------------------------------------------------------
def test_the_first_extension_is_the_shift_leaders(cast, begun, at):
    case = begun(State.DISPOSING)
    due = case.due_at
    liaison, leader = at("liaison"), at("shift_leader")
    liaison.lane(case)
    liaison.do("extend", opinion="备件在途")
    expect(liaison.lane(case)).to_contain_text(_("extension"))
    leader.queue("requests", case)
    expect(leader.asked).to_contain_text("备件在途")
    leader.do("approve")
    assert leader.stored(case, "pending", "extensions", "state") == ("", 1, State.DISPOSING)
    assert case.due_at > due
    at("handler").lane(case)
    expect(at("handler").page.locator("#work .facts").first).to_contain_text("延期 1 次")


def test_a_further_extension_goes_by_the_dispatch_section(cast, begun, at, apart):
    case = begun(State.TO_DISPOSE)
    for action, who, given in (("extend", "liaison", {"opinion": "备件"}),
                               ("approve", "shift_leader", {})):  # fmt: skip
        apart(act, cast, case, action, who, at=timezone.now(), **given)
    due = case.due_at
    liaison, dispatcher, leader = at("liaison"), at("dispatcher"), at("leader")
    liaison.lane(case)
    liaison.do("extend", opinion="需要定制")
    at("shift_leader").see(case)
    expect(at("shift_leader").button("approve")).to_have_count(0)
    dispatcher.queue("to_forward", case)
    dispatcher.do("forward", opinion="情况属实")
    dispatcher.lacks("/desk/?queue=to_forward", case)
    leader.queue("requests", case)
    leader.do("approve")
    assert leader.stored(case, "pending", "extensions") == ("", 2)
    assert case.due_at > due
    liaison.lane(case)
    expect(liaison.button("extend")).to_have_count(0)  # two are the most


def granted(at, case, kind, until):
    """Liaison, dispatch section, leader: a suspension as it is asked for and approved."""
    at("liaison").lane(case)
    at("liaison").do(kind, until=f"{until:%Y-%m-%d}", opinion="待规划")
    at("dispatcher").queue("to_forward", case)
    at("dispatcher").do("forward")
    at("leader").queue("requests", case)
    expect(at("leader").asked).to_contain_text(f"{until:%Y-%m-%d}")
    at("leader").do("approve")


def test_a_suspension_stands_until_a_day_and_is_resumed_by_hand(begun, at):
    case = begun(State.TO_DISPOSE)
    until = timezone.localdate() + 10 * DAY
    granted(at, case, "suspend", until)
    said, liaison, leader = _("until %(day)s") % {"day": until}, at("liaison"), at("leader")
    assert liaison.stored(case, "state", "suspensions") == (State.SUSPENDED, 1)
    liaison.lane(case)
    expect(liaison.head).to_contain_text(said)
    expect(liaison.page.locator(".lane-grey .count")).to_have_text("1")
    leader.see(case)
    leader.do("resume")
    assert leader.stored(case, "state", "suspended_until") == (State.TO_DISPOSE, None)
    assert case.due_at > timezone.now()
    liaison.lane(case)
    expect(liaison.button("suspend")).to_have_count(0)  # once only


def _two_months_later(case):
    """The timer comes now to a case that has been hard for so long."""
    moments = {"hard_since": timezone.now() - 61 * DAY, "next_at": timezone.now() - DAY}
    Case.objects.filter(pk=case.pk).update(**moments)
    actions.strike()


def test_a_hard_case_is_stockpiled_and_taken_out(begun, at, apart):
    case = begun(State.TO_DISPOSE)
    granted(at, case, "suspend_hard", timezone.localdate() + 90 * DAY)
    apart(_two_months_later, case)
    leader = at("leader")
    assert leader.stored(case, "state", "stockpiled_at")[0] == State.SUSPENDED
    assert case.stockpiled_at
    leader.queue("stockpiled", case)
    expect(leader.head).to_contain_text(_("Stockpiled"))
    leader.do("resume")
    assert leader.stored(case, "state", "handler") == (State.TO_DISPOSE, None)
    expect(at("liaison").lane(case)).to_contain_text(case.get_state_display())


# --- ends before disposal -------------------------------------------------------------------
def test_voiding_is_asked_for_and_decided(begun, at):
    case = begun(State.TO_DISPATCH)
    dispatcher, leader = at("dispatcher"), at("shift_leader")
    dispatcher.queue("to_dispatch", case)
    dispatcher.do("void", opinion="现场已无此物")
    expect(leader.queue("requests", case)).to_contain_text(_("void"))
    leader.refused("refuse")  # no reason given
    expect(leader.page.locator("[data-action-form] .errorlist")).not_to_have_count(0)
    leader.queue("requests", case)
    leader.do("approve")
    assert leader.stored(case, "state", "void_origin", "pending") == (State.VOID, "void", "")
    dispatcher.queue("done", case)


def test_declining_is_reviewed_by_the_city(begun, at):
    switch("two_level", True)
    case = begun(State.TO_FILE)
    leader, city = at("shift_leader"), at("leader")
    leader.queue("to_file", case)
    leader.do("decline", opinion="不属城管")
    city.queue("reviews", case)
    expect(city.log).to_contain_text("不属城管")
    city.do("refuse", opinion="应当立案")
    assert city.stored(case, "state") == (State.TO_FILE,)
    leader.queue("to_file", case)
    expect(leader.log).to_contain_text("应当立案")
    leader.do("decline", opinion="补充材料后仍不属城管")
    city.queue("reviews", case)
    city.do("approve")
    assert city.stored(case, "state", "void_origin") == (State.VOID, "decline")


def test_a_report_is_rejected_with_a_reason(begun, at):
    case = begun(State.REGISTERED)
    acceptor = at("acceptor")
    acceptor.queue("accept", case)
    acceptor.do("reject", reject_reason="out_of_scope", opinion="小区内部事务")
    assert acceptor.stored(case, "state", "void_origin") == (State.VOID, "reject")
    acceptor.queue("done", case)
    expect(acceptor.log).to_contain_text(_("Out of scope"))


def test_a_merger_is_undone(cast, begun, at, apart):
    main, case = begun(State.TO_FILE), begun(State.REGISTERED, cell=1)
    apart(act, cast, case, "merge", "acceptor", at=timezone.now(), main_case=main.number)
    acceptor = at("acceptor")
    acceptor.queue("done", case)
    expect(acceptor.log).to_contain_text(main.number)
    acceptor.do("unmerge", opinion="不是一件")
    assert acceptor.stored(case, "state", "merged_into") == (State.REGISTERED, None)
    acceptor.queue("accept", case)


def test_what_the_collector_put_right_is_archived(begun, at):
    case = begun(State.REGISTERED, self_disposed=True, photos=[photo("before"), photo("after")])
    acceptor = at("acceptor")
    acceptor.queue("accept", case)
    expect(acceptor.head).to_contain_text(_("Self-disposed"))
    expect(acceptor.button("accept")).to_have_count(0)
    acceptor.do("archive")
    assert acceptor.stored(case, "state", "closed_kind") == (State.CLOSED, "normal")
    ledger = at("shift_leader").go("/ledgers/self-disposed/")
    expect(ledger.locator("tbody tr")).to_contain_text(case.number[14:])


# --- the end --------------------------------------------------------------------------------
def test_a_late_department_appeals_and_is_exempted(cast, begun, at):
    case = begun(State.CLOSED, ago=20 * 60 * MINUTE, minutes=100, filing_condition=cast.cover_open)
    liaison, dispatcher, acceptor = at("liaison"), at("dispatcher"), at("acceptor")
    liaison.go(f"/cases/?q={case.number}")
    liaison.do("appeal", opinion="现场封闭")
    expect(dispatcher.queue("to_forward", case)).to_contain_text(_("appeal"))
    dispatcher.do("forward")
    acceptor.queue("appeals", case)
    expect(acceptor.asked).to_contain_text("现场封闭")
    acceptor.do("approve")
    assert acceptor.stored(case, "exempt", "disposal_overdue", "pending") == (True, True, "")
    expect(liaison.see(case)).to_contain_text(_("Exempt"))
    expect(liaison.head).to_contain_text(case.get_closed_kind_display())
    expect(liaison.button("appeal")).to_have_count(0)


@pytest.mark.parametrize("direct", [False, True])
def test_a_failed_check_sends_it_out_again(cast, begun, at, direct):
    switch("rework_direct", direct)
    case = begun(State.TO_CLOSE, check_result="fail")
    leader, dispatcher = at("shift_leader"), at("dispatcher")
    leader.queue("failed", case)
    expect(leader.button("close")).to_have_count(0)
    leader.do("rework", opinion="井盖仍松动")
    if not direct:
        dispatcher.queue("to_dispatch", case)
        expect(dispatcher.log).to_contain_text("井盖仍松动")
        dispatcher.do("dispatch", department=cast.water.code)
    assert leader.stored(case, "state", "round", "department") == (State.TO_DISPOSE, 2, cast.water)
    at("liaison").lane(case)
    expect(at("liaison").head).to_contain_text(_("round %(n)s") % {"n": 2})


def test_closing_is_reviewed_by_the_city(begun, at):
    switch("two_level", True)
    case = begun(State.TO_CLOSE)
    leader, city = at("shift_leader"), at("leader")
    leader.queue("to_close", case)
    leader.refused("close")  # the closing condition is not ticked
    leader.queue("to_close", case)
    leader.do("close", closing_met=True)
    assert leader.stored(case, "state") == (State.CLOSE_REVIEW,)
    city.queue("reviews", case)
    city.do("send_back", opinion="照片不清")
    assert city.stored(case, "state", "closed_kind") == (State.TO_CLOSE, "")
    leader.queue("to_close", case)
    expect(leader.log).to_contain_text("照片不清")
    leader.do("close", closing_met=True)
    city.queue("reviews", case)
    city.do("approve")
    assert city.stored(case, "state", "closed_kind") == (State.CLOSED, "normal")


def test_a_leader_closes_by_force_and_the_shift_leader_in_a_special_way(begun, at):
    forced, special = begun(State.DISPOSING), begun(State.TO_CLOSE, check_result="fail", cell=1)
    leader, shift = at("leader"), at("shift_leader")
    leader.see(forced)
    leader.refused("force_close")
    leader.see(forced)
    leader.do("force_close", opinion="道路整体改造")
    assert leader.stored(forced, "state", "forced") == (State.CLOSED, True)
    at("handler").lacks("/terminal/", forced)
    shift.queue("failed", special)
    shift.do("special_close", opinion="已移交法院")
    assert shift.stored(special, "state", "closed_kind") == (State.CLOSED, "special")
    expect(shift.see(special)).to_contain_text(special.get_closed_kind_display())
