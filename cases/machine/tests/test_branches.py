"""The branches of the way: returns, appeals, merging, special ways, oversight, the switches."""

from datetime import timedelta

import pytest

from cases.machine import actions
from cases.machine.moves import MOVES
from cases.machine.tests.test_requests import refused
from cases.models import Case
from cases.states import DISPATCHED, Action, Stage, State, stage_of
from cases.tests.cast import AFTER, MORNING, act, bring, person, photo, report
from cases.tests.scenes import stand, switch
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.models import Area

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = MORNING + 30 * MINUTE


def clock_running(case):
    case.refresh_from_db()
    return [stage for stage in Stage if stage in case.clocks
            and not case.clocks[stage]["spans"][-1]["stop"]]  # fmt: skip


def open_case(cast, **rest):
    """With the water company since 09:03, due after two hours."""
    return bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open, **rest)


def late_case(cast, state=State.CLOSED):
    return bring(cast, state, minutes=100, filing_condition=cast.cover_open)


# --- return ---------------------------------------------------------------------------------
def test_an_open_return_stops_the_disposal_clock_and_starts_dispatching(cast):
    case = open_case(cast)
    at = case.state_since + 30 * MINUTE
    act(cast, case, "return_", "liaison", at=at, opinion="不属我单位")
    assert clock_running(case) == [Stage.DISPATCH]
    assert case.due_at == at + 15 * MINUTE
    assert stage_of(case.state, case.pending) == Stage.DISPATCH
    actions.strike(at=at + 20 * MINUTE)
    case.refresh_from_db()
    assert (case.overdue_at, case.disposal_overdue) == (at + 15 * MINUTE, False)


def test_a_refused_return_resumes_where_the_clock_stopped(cast):
    case = open_case(cast)
    due, at = case.due_at, case.state_since + 30 * MINUTE
    act(cast, case, "return_", "liaison", at=at, opinion="不属我单位")
    act(cast, case, "refuse", "shift_leader", at=at + 3 * HOUR, opinion="属你单位")
    assert clock_running(case) == [Stage.DISPOSE]
    assert (case.due_at, case.overdue_at) == (due + 3 * HOUR, None)
    row = case.events.latest("seq")
    assert (row.stage, row.used_seconds, row.overdue) == ("dispatch", 3 * 3600, True)
    refused(cast, case, "return_", "liaison", at=case.due_at, opinion="仍不属")


@pytest.mark.parametrize(("to", "left"), [("water", 90 * MINUTE), ("street_office", 2 * HOUR)])
def test_dispatched_anew_to_the_same_it_resumes_to_another_it_starts_in_full(cast, to, left):
    case = open_case(cast)
    at = case.state_since + 30 * MINUTE
    act(cast, case, "return_", "liaison", at=at, opinion="不属我单位")
    act(cast, case, "approve", "shift_leader", at=at + HOUR)
    assert case.due_at == at + HOUR + 15 * MINUTE
    act(cast, case, "dispatch", "dispatcher", at=at + 5 * HOUR, department=getattr(cast, to))
    assert case.due_at == at + 5 * HOUR + left
    assert case.wrong_dispatch is (to != "water")


def test_a_granted_return_opens_the_window_again_a_refused_one_does_not(cast):
    case = open_case(cast)
    at = case.state_since
    for answer, given in (("refuse", {"opinion": "属"}), ("approve", {})):
        act(cast, case, "return_", "liaison", at=at + HOUR, opinion="不属")
        act(cast, case, answer, "shift_leader", at=at + HOUR, **given)
    act(cast, case, "dispatch", "dispatcher", at=at + 5 * HOUR, department=cast.water)
    act(cast, case, "return_", "liaison", at=at + 5 * HOUR + 55 * MINUTE, opinion="还是不属")


def test_a_return_for_another_reason_goes_by_the_dispatch_section_to_the_deputy_head(cast):
    case = open_case(cast)
    form = [photo("reference")]
    act(cast, case, "return_", "liaison", at=NOW, opinion="缺少条件", return_kind="other",
        photos=form)  # fmt: skip
    assert case.attachments.filter(event__action="return_").count() == 1
    refused(cast, case, "approve", "leader")
    refused(cast, case, "approve", "shift_leader", why=NotYours)
    act(cast, case, "forward", "dispatcher", at=NOW, opinion="情况属实")
    refused(cast, case, "approve", "shift_leader", why=NotYours)
    act(cast, case, "approve", "leader", at=NOW)
    assert (case.state, case.returns, case.to_forward) == (State.TO_DISPATCH, 1, False)


def test_the_dispatch_section_may_turn_a_return_down(cast):
    case = open_case(cast)
    act(cast, case, "return_", "liaison", at=NOW, opinion="缺少条件", return_kind="other")
    act(cast, case, "refuse", "dispatcher", at=NOW, opinion="材料不全")
    assert (case.pending, clock_running(case)) == ("", [Stage.DISPOSE])


@pytest.mark.parametrize("state", [State.TO_DISPOSE, State.DISPOSING])
def test_the_dispatch_section_may_turn_a_suspension_down_and_the_clock_runs_on(cast, state):
    case = bring(cast, state)
    due = case.due_at
    act(cast, case, "suspend", "liaison", at=NOW, opinion="缺件", until=NOW + DAY)
    act(cast, case, "refuse", "dispatcher", at=NOW + MINUTE, opinion="材料不全")
    assert (case.state, case.pending, case.to_forward, case.suspended_until) == (
        state, "", False, None,
    )  # fmt: skip
    assert (case.due_at, clock_running(case)) == (due, [Stage.DISPOSE])


def test_whoever_received_a_return_cannot_push_it_past_disposal():
    """Workflow §7.1: from dispatch the way leads to a department, back, or out, not to closing."""
    on = {row.target for row in MOVES if State.TO_DISPATCH in row.sources and row.target}
    assert on == {State.TO_DISPOSE, State.REGISTERED, State.VOID, State.CLOSED}
    closing = {row.action for row in MOVES
               if State.TO_DISPATCH in row.sources and row.target == State.CLOSED}  # fmt: skip
    assert closing == {Action.FORCE_CLOSE}


# --- appeal ---------------------------------------------------------------------------------
def test_an_appeal_exempts_and_leaves_the_fact(cast):
    case = late_case(cast)
    assert (case.disposal_overdue, case.closed_kind) == (True, "overdue")
    act(cast, case, "appeal", "liaison", at=case.closed_at, opinion="现场封闭")
    refused(cast, case, "approve", "acceptor", at=case.closed_at)
    act(cast, case, "forward", "dispatcher", at=case.closed_at)
    act(cast, case, "approve", "acceptor", at=case.closed_at)
    assert (case.exempt, case.disposal_overdue, case.closed_kind) == (True, True, "overdue")
    assert (case.state, case.pending, case.next_at) == (State.CLOSED, "", None)
    refused(cast, case, "appeal", "liaison", at=case.closed_at, opinion="再")


@pytest.mark.parametrize("again", [False, True])
def test_an_appeal_once_or_a_second_time_after_a_refusal(cast, again):
    switch("appeal_again", again)
    case = late_case(cast)
    given = {"at": case.closed_at, "opinion": "现场封闭"}
    act(cast, case, "appeal", "liaison", **given)
    act(cast, case, "refuse", "dispatcher", **given)
    if again:
        act(cast, case, "appeal", "liaison", **given)
        act(cast, case, "refuse", "dispatcher", **given)
    refused(cast, case, "appeal", "liaison", **given)
    assert case.exempt is False


def test_an_appeal_only_against_an_overdue_disposal(cast):
    refused(cast, bring(cast, State.CLOSED), "appeal", "liaison", opinion="不服")


# --- merging --------------------------------------------------------------------------------
@pytest.mark.parametrize("state", [State.REGISTERED, State.TO_FILE, State.TO_DISPATCH])
def test_a_duplicate_is_merged_and_taken_out_again(cast, state):
    main, case = report(cast, cell=1), bring(cast, state)
    act(cast, case, "merge", "acceptor", at=NOW, main_case=main.number)
    assert (case.state, case.void_origin, case.main) == (State.VOID, "merge", main)
    assert case.next_at is None
    act(cast, case, "unmerge", "shift_leader", at=NOW + HOUR, opinion="不是一件")
    assert (case.state, case.void_origin, case.merged_into) == (State.REGISTERED, "", None)
    assert case.events.latest("seq").data["main_case"] == main.number


def test_the_end_of_the_main_case_names_the_merged(cast):
    main = bring(cast, State.TO_CLOSE)
    case = report(cast, cell=1)
    act(cast, case, "merge", "acceptor", main_case=main.number)
    act(cast, main, "close", "shift_leader", closing_met=True)
    assert main.events.latest("seq").data["merged"] == [case.number]


def test_a_case_is_merged_into_another_open_one_of_the_district(cast):
    case, ended = report(cast), bring(cast, State.CLOSED)
    for wrong in (case.number, ended.number, "0" * 20):
        refused(cast, case, "merge", "acceptor", why=BadInput, main_case=wrong)
    main = report(cast, cell=1)
    act(cast, report(cast, cell=2), "merge", "acceptor", main_case=case.number)
    refused(cast, case, "merge", "acceptor", main_case=main.number)
    other = stand(cast, State.VOID)
    refused(cast, other, "unmerge", "acceptor", opinion="误并")


# --- special ways of dispatch ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("action", "flag"), [("no_party", "no_party"), ("proxy_dispose", "proxy_disposal")]
)
def test_without_a_known_party_the_locality_acts(cast, action, flag):
    case = bring(cast, State.TO_DISPATCH)
    given = {"opinion": "权属不清"}
    refused(cast, case, action, "dispatcher", why=BadInput, locality=cast.water, **given)
    act(cast, case, action, "dispatcher", at=NOW, locality=cast.street_office, **given)
    assert (case.state, case.department) == (State.TO_DISPOSE, cast.street_office)
    assert getattr(case, flag) is True
    assert case.events.latest("seq").data[flag] is True


def test_arbitration_after_two_returns_ends_the_returning(cast):
    case = open_case(cast)
    for _ in range(2):
        act(cast, case, "return_", "liaison", at=NOW, opinion="不属")
        act(cast, case, "approve", "shift_leader", at=NOW)
        ruling = {"department": cast.water, "opinion": "会议纪要：归供水单位"}
        if case.returns < 2:
            refused(cast, case, "arbitrate", "leader", **ruling)
            act(cast, case, "dispatch", "dispatcher", at=NOW, department=cast.water)
    act(cast, case, "arbitrate", "leader", at=NOW, **ruling)
    assert (case.state, case.arbitrated) == (State.TO_DISPOSE, True)
    refused(cast, case, "return_", "liaison", opinion="不服")
    act(cast, case, "redispatch", "dispatcher", at=NOW, department=cast.street_office, opinion="改")
    assert case.arbitrated is False


# --- on site --------------------------------------------------------------------------------
def test_what_the_collector_put_right_is_archived_or_rejected(cast):
    photos = [photo("before"), *AFTER]
    done = report(cast, self_disposed=True, photos=photos)
    refused(cast, done, "accept", "acceptor")
    act(cast, done, "archive", "acceptor", at=NOW)
    assert (done.state, done.closed_kind, done.self_disposed) == (State.CLOSED, "normal", True)
    invalid = report(cast, self_disposed=True, photos=photos, cell=1)
    act(cast, invalid, "reject", "acceptor", at=NOW, reject_reason="invalid", opinion="无效")
    assert (invalid.state, invalid.void_origin) == (State.VOID, "reject")
    refused(cast, report(cast, cell=2), "archive", "acceptor")


def test_putting_right_needs_both_photos_and_a_collector(cast):
    with pytest.raises(BadInput):
        report(cast, self_disposed=True)
    with pytest.raises(BadInput):
        report(cast, self_disposed=True, on_guard=True, photos=[photo("before"), *AFTER])
    with pytest.raises(NotYours):
        report(cast, by="acceptor", source="video", self_disposed=True, photos=AFTER)


def test_the_collector_stays_until_somebody_takes_over(cast):
    case = report(cast, on_guard=True)
    assert (case.urgent, case.on_guard) == (True, True)
    case = bring(cast, State.TO_DISPOSE, case=case)
    act(cast, case, "hand_over_site", "handler", at=NOW, photos=[photo()])
    assert case.handed_over_at == NOW
    refused(cast, case, "hand_over_site", "liaison")
    with pytest.raises(NotYours):
        report(cast, by="acceptor", source="video", on_guard=True)


def test_a_task_is_handed_over_by_its_holder_or_the_shift_leader(cast):
    case = stand(cast, State.CHECKING)
    refused(cast, case, "hand_over", "collector2", why=NotYours, receiver="collector2")
    refused(cast, case, "hand_over", "collector", receiver="collector")
    refused(cast, case, "hand_over", "collector", why=BadInput, receiver="handler")
    due = case.due_at
    act(cast, case, "hand_over", "collector", at=NOW, receiver="collector2", opinion="交班")
    assert (case.collector, case.due_at) == (cast.collector2, due)
    act(cast, case, "hand_over", "shift_leader", at=NOW, receiver="collector")
    assert case.events.latest("seq").receiver == cast.collector


# --- joint handling -------------------------------------------------------------------------
def test_assisting_departments_know_the_case_and_feed_back(cast):
    case = bring(cast, State.TO_DISPATCH)
    given = {"department": cast.water, "assist": [cast.street_office.code, cast.water.code]}
    act(cast, case, "dispatch", "dispatcher", at=NOW, **given)
    assert list(case.assisting.all()) == [cast.street_office]
    assert case in Case.objects.visible_to(cast.street_liaison)
    assert case not in Case.objects.visible_to(cast.outsider)
    due = case.due_at
    refused(cast, case, "assist_feedback", "liaison", why=NotYours, opinion="好")
    act(cast, case, "assist_feedback", "street_liaison", at=NOW + HOUR, opinion="已清障")
    assert (case.due_at, case.state) == (due, State.TO_DISPOSE)
    refused(cast, case, "assign", "street_liaison", why=NotYours, handler="handler")


# --- hard cases -----------------------------------------------------------------------------
def test_a_hard_case_is_the_commanders_and_is_stockpiled_after_sixty_days(cast):
    case = bring(cast, State.TO_DISPOSE)
    until = NOW + 90 * DAY
    act(cast, case, "suspend_hard", "liaison", at=NOW, opinion="规划未定", until=until)
    refused(cast, case, "approve", "leader")
    act(cast, case, "forward", "dispatcher", at=NOW)
    refused(cast, case, "approve", "shift_leader", why=NotYours)
    act(cast, case, "approve", "leader", at=NOW)
    assert (case.state, case.hard_since, case.next_at) == (State.SUSPENDED, NOW, NOW + 60 * DAY)
    assert actions.strike(at=NOW + 60 * DAY) == 1
    case.refresh_from_db()
    assert (case.state, case.stockpiled_at) == (State.SUSPENDED, NOW + 60 * DAY)
    assert (case.events.latest("seq").action, case.next_at) == ("stockpile", until)
    actions.strike(at=until)
    case.refresh_from_db()
    assert case.state == State.TO_DISPOSE


def test_a_case_is_stockpiled_once_even_when_it_runs_again(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "suspend_hard", "liaison", at=NOW, opinion="规划未定", until=NOW + DAY)
    act(cast, case, "forward", "dispatcher", at=NOW)
    act(cast, case, "approve", "leader", at=NOW)
    act(cast, case, "resume", "leader", at=NOW + HOUR)
    for _ in range(6):
        actions.strike(at=NOW + 61 * DAY)
    assert case.events.filter(action="stockpile").count() == 1


# --- supervision ----------------------------------------------------------------------------
def test_supervision_is_answered_and_ended(cast):
    case = bring(cast, State.DISPOSING)
    given = {"supervise_type": "timeout", "opinion": "限今日办结"}
    refused(cast, case, "supervise", "inspector", reply_by=NOW, **given)
    act(cast, case, "supervise", "inspector", at=NOW, reply_by=NOW + HOUR, **given)
    assert (case.supervised, case.reply_due_at) == ("to_reply", NOW + HOUR)
    refused(cast, case, "supervise", "leader", **given)
    act(cast, case, "reply", "liaison", at=NOW, opinion="已安排")
    assert case.supervised == "replied"
    act(cast, case, "resolve", "leader", at=NOW)
    assert (case.supervised, case.reply_due_at) == ("", None)
    refused(cast, case, "reply", "liaison", opinion="又")


def test_a_late_reply_is_urged_once_by_the_timer(cast):
    case = bring(cast, State.DISPOSING)
    given = {"supervise_type": "leader", "opinion": "速办", "reply_by": NOW + HOUR}
    act(cast, case, "supervise", "leader", at=NOW, **given)
    assert case.next_at == NOW + HOUR + timedelta(seconds=1)
    for _ in range(3):
        actions.strike(at=NOW + 2 * HOUR)
    case.refresh_from_db()
    urged = case.events.get(action="urge")
    assert (urged.by, case.supervised) == (None, "late")
    act(cast, case, "reply", "liaison", at=NOW + 3 * HOUR, opinion="已安排")
    assert case.supervised == "replied"


def test_the_end_of_the_case_ends_supervision(cast):
    case = bring(cast, State.DISPOSING)
    given = {"supervise_type": "leader", "opinion": "速办", "reply_by": NOW + HOUR}
    act(cast, case, "supervise", "leader", at=NOW, **given)
    act(cast, case, "force_close", "leader", at=NOW, opinion="已拆除")
    assert (case.supervised, case.next_at) == ("", None)


# --- closing --------------------------------------------------------------------------------
def failed(cast):
    return bring(cast, State.TO_CLOSE, check_result="fail")


def test_special_and_defective_closing(cast):
    case = failed(cast)
    act(cast, case, "special_close", "shift_leader", at=NOW, opinion="无法整改，转专项")
    assert (case.closed_kind, case.forced) == ("special", False)
    case = bring(cast, State.TO_CLOSE)
    act(cast, case, "close", "shift_leader", at=NOW, closing_met=True, defective=True)
    assert case.closed_kind == "defective"


def test_the_kind_of_closing_waits_for_the_city(cast):
    switch("two_level", True)
    case = failed(cast)
    act(cast, case, "special_close", "shift_leader", at=NOW, opinion="转专项")
    assert case.state == State.CLOSE_REVIEW
    act(cast, case, "send_back", "leader", at=NOW, opinion="不可")
    assert (case.state, case.closed_kind) == (State.TO_CLOSE, "")
    act(cast, case, "special_close", "shift_leader", at=NOW, opinion="转专项")
    act(cast, case, "approve", "leader", at=NOW)
    assert (case.state, case.closed_kind) == (State.CLOSED, "special")


@pytest.mark.parametrize("action", ["force_close", "special_close"])
def test_closing_without_a_passed_check_can_be_switched_off(cast, action):
    switch(action, False)
    by = "leader" if action == "force_close" else "shift_leader"
    refused(cast, failed(cast), action, by, opinion="特殊")


def test_rework_straight_to_the_department_writes_the_dispatch_all_the_same(cast):
    switch("rework_direct", True)
    case = failed(cast)
    act(cast, case, "rework", "shift_leader", at=NOW, opinion="未修好")
    rows = list(case.events.order_by("seq"))[-2:]
    assert [(row.action, row.by, row.post) for row in rows] == [
        ("rework", cast.shift_leader, "shift_leader"),
        ("dispatch", cast.shift_leader, "shift_leader"),
    ]
    assert (case.state, case.department, case.round) == (State.TO_DISPOSE, cast.water, 2)
    assert clock_running(case) == [Stage.DISPOSE]


@pytest.mark.parametrize(("direct", "state"), [(True, "to_dispose"), (False, "to_dispatch")])
def test_rework_follows_a_failed_check_of_itself(cast, direct, state):
    switch("auto_rework", True)
    switch("rework_direct", direct)
    case = stand(cast, State.CHECKING)
    act(cast, case, "check", "collector", at=NOW, check_result="fail", photos=[photo()])
    assert (case.state, case.round) == (state, 2)
    assert case.events.get(action="rework").post == "system"
    assert case.attachments.get(event__action="check").round == 1
    passed = stand(cast, State.CHECKING)
    act(cast, passed, "check", "collector", at=NOW, check_result="pass", photos=[photo()])
    assert passed.state == State.TO_CLOSE


# --- the levels of a city -------------------------------------------------------------------
@pytest.fixture
def city(cast):
    """A city above the district, with a shift leader, an acceptor and a dispatcher of its own."""
    from guardian.shortcuts import assign_perm

    top = Area.objects.create(code="6201", name="兰州", level="city")
    Area.objects.filter(pk__in=[cast.district.pk, cast.elsewhere.pk]).update(parent=top)
    for post in ("acceptor", "shift_leader", "dispatcher"):
        assign_perm("grid.oversee_area", person(cast, f"city_{post}", post, cast.center), top)
    return cast


LEVELS = [
    ("accepts", State.REGISTERED, "accept", "acceptor", {}),
    ("accepts", State.TO_FILE, "decline", "shift_leader", {"opinion": "不属"}),
    ("dispatches", State.TO_DISPATCH, "dispatch", "dispatcher", {"department": "water_supply"}),
    ("dispatches", State.FEEDBACK_IN, "pass_check", "dispatcher", {}),
    ("sends_checks", State.TO_CHECK, "send_check", "acceptor", {"collector": "collector"}),
]


@pytest.mark.parametrize(("key", "state", "action", "post", "given"), LEVELS)
def test_a_step_of_the_city_is_for_those_who_oversee_the_city(
    city, key, state, action, post, given
):
    case = bring(city, state)
    switch(key, "city")
    refused(city, case, action, post, why=NotYours, **given)
    act(city, case, action, f"city_{post}", at=NOW, **given)


@pytest.mark.parametrize(("key", "state", "action", "post", "given"), LEVELS)
def test_a_step_of_the_district_is_for_whoever_oversees_the_place(
    city, key, state, action, post, given
):
    for who in (post, f"city_{post}"):
        act(city, bring(city, state), action, who, at=NOW, **given)


def test_the_city_approves_declining_and_closing(city):
    switch("approves", "city")
    case = bring(city, State.TO_CLOSE)
    act(city, case, "close", "shift_leader", at=NOW, closing_met=True)
    assert case.state == State.CLOSE_REVIEW
    refused(city, case, "approve", "shift_leader", why=NotYours)
    act(city, case, "approve", "city_shift_leader", at=NOW)
    assert case.state == State.CLOSED
    case = bring(city, State.TO_FILE)
    act(city, case, "decline", "shift_leader", at=NOW, opinion="不属")
    refused(city, case, "refuse", "shift_leader", why=NotYours, opinion="属")
    act(city, case, "refuse", "city_shift_leader", at=NOW, opinion="属")
    assert case.state == State.TO_FILE


def test_reply_is_possible_wherever_a_department_was_named():
    assert State.REGISTERED not in DISPATCHED
    assert {State.TO_DISPOSE, State.CLOSE_REVIEW, State.TO_DISPATCH} <= DISPATCHED


def test_a_merge_into_a_case_that_has_just_ended_is_refused(cast, monkeypatch):
    main, case = bring(cast, State.TO_CLOSE), report(cast, cell=1)
    stale = Case.objects.get(pk=main.pk)
    act(cast, main, "close", "shift_leader", closing_met=True)
    with pytest.raises(NotNow):
        act(cast, case, "merge", "acceptor", main_case=stale)
