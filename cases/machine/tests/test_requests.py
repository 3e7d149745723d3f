"""Return, extension, suspension, void; and the switches of the process."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.machine import actions
from cases.machine.moves import MOVES
from cases.machine.process import process
from cases.models import Case
from cases.states import Scope, State
from cases.tests.cast import AFTER, MORNING, act, bring, photo, report
from cases.tests.scenes import switch
from citymgmt.lib.errors import BadInput, NotNow, NotYours

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = MORNING + timedelta(minutes=30)


def refused(city, case, action, by, *, at=NOW, why=NotNow, **given):
    """The detail of the refusal; nothing was written."""
    before = Case.objects.filter(pk=case.pk).values().get()
    with pytest.raises(why) as refusal:
        act(city, case, action, by, at=at, **given)
    assert Case.objects.filter(pk=case.pk).values().get() == before
    return str(refusal.value.detail)


def suspend(city, case, *, at=NOW, until=MORNING + 10 * DAY):
    act(city, case, "suspend", "liaison", at=at, opinion="待春季", until=until)
    act(city, case, "forward", "dispatcher", at=at)
    return act(city, case, "approve", "leader", at=at)


def extend(city, case, by, *, at=NOW):
    act(city, case, "extend", "liaison", at=at, opinion="待料")
    if case.extensions:
        act(city, case, "forward", "dispatcher", at=at)
    return act(city, case, "approve", by, at=at)


# --- return ---------------------------------------------------------------------------------
def test_return_goes_back_to_dispatch_and_is_counted(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "return_", "liaison", at=NOW, opinion="不属我单位")
    assert (case.state, case.pending) == (State.TO_DISPOSE, "return_")
    act(cast, case, "approve", "shift_leader", at=NOW)
    assert (case.state, case.pending, case.returns) == (State.TO_DISPATCH, "", 1)
    act(cast, case, "dispatch", "dispatcher", at=NOW, department=cast.street_office)
    assert case.department == cast.street_office


def test_return_refused_leaves_the_case_where_it_was(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "return_", "liaison", at=NOW, opinion="不属我单位")
    assert refused(cast, case, "refuse", "shift_leader", why=BadInput)
    act(cast, case, "refuse", "shift_leader", at=NOW, opinion="权属明确")
    assert (case.state, case.pending, case.returns) == (State.TO_DISPOSE, "", 0)
    act(cast, case, "assign", "liaison", at=NOW, handler=cast.handler)


def test_return_only_before_somebody_is_assigned(cast):
    case = bring(cast, State.DISPOSING)
    refused(cast, case, "return_", "liaison", opinion="不属我单位")
    act(cast, case, "unassign", "liaison", at=NOW)
    act(cast, case, "return_", "liaison", at=NOW, opinion="不属我单位")


@pytest.mark.parametrize(
    ("condition", "window"),
    [("cover_worn", DAY), ("cover_open", 2 * HOUR)],  # a working day; shorter limits in full
)
def test_return_within_one_working_day_or_the_limit(cast, condition, window):
    case = bring(cast, State.TO_DISPOSE, filing_condition=getattr(cast, condition))
    received = case.state_since
    late = {"at": received + window + timedelta(seconds=1), "opinion": "不属我单位"}
    assert refused(cast, case, "return_", "liaison", **late)
    act(cast, case, "return_", "liaison", at=received + window, opinion="不属我单位")


def test_return_window_is_not_opened_again_by_assigning_and_taking_back(cast):
    case = bring(cast, State.TO_DISPOSE)
    received = case.state_since
    act(cast, case, "assign", "liaison", at=received + 2 * HOUR, handler=cast.handler)
    act(cast, case, "unassign", "liaison", at=received + 7 * HOUR)
    refused(cast, case, "return_", "liaison", at=received + DAY + MINUTE, opinion="不属我单位")
    act(cast, case, "return_", "liaison", at=received + DAY, opinion="不属我单位")


def test_return_window_opens_again_with_a_new_round(cast):
    case = bring(cast, State.TO_CLOSE, check_result="fail")
    act(cast, case, "rework", "shift_leader", at=MORNING + DAY, opinion="未修好")
    act(cast, case, "dispatch", "dispatcher", at=MORNING + 2 * DAY, department=cast.water)
    act(cast, case, "return_", "liaison", at=MORNING + 2 * DAY + HOUR, opinion="不属我单位")


def test_return_window_is_a_setting(cast):
    switch("return_window_minutes", 10)
    case = bring(cast, State.TO_DISPOSE)
    refused(cast, case, "return_", "liaison", at=case.state_since + 11 * MINUTE, opinion="不属")


# --- extension ------------------------------------------------------------------------------
def test_extension_first_by_the_shift_leader_further_by_the_commander(cast):
    case = bring(cast, State.DISPOSING)  # due two working days after 09:03 on Monday
    due = case.due_at
    extend(cast, case, "shift_leader")
    assert (case.extensions, case.due_at, case.state) == (1, due + 2 * DAY, State.DISPOSING)
    act(cast, case, "extend", "liaison", at=NOW, opinion="再待料")
    refused(cast, case, "approve", "shift_leader", why=NotYours)
    refused(cast, case, "refuse", "shift_leader", why=NotYours, opinion="不")
    refused(cast, case, "approve", "leader")
    act(cast, case, "forward", "dispatcher", at=NOW)
    refused(cast, case, "approve", "dispatcher", why=NotYours)
    act(cast, case, "approve", "leader", at=NOW)
    assert (case.extensions, case.due_at) == (2, due + 6 * DAY)  # over a weekend
    assert refused(cast, case, "extend", "liaison", opinion="三")


def test_extension_the_commander_may_decide_on_the_first_too(cast):
    assert extend(cast, bring(cast, State.TO_DISPOSE), "leader").extensions == 1


def test_extension_a_refusal_does_not_count(cast):
    case = bring(cast, State.TO_DISPOSE)
    due = case.due_at
    for _ in range(3):
        act(cast, case, "extend", "liaison", at=NOW, opinion="待料")
        act(cast, case, "refuse", "shift_leader", at=NOW, opinion="抓紧")
    assert (case.extensions, case.due_at) == (0, due)
    extend(cast, case, "shift_leader")
    extend(cast, case, "leader")
    assert case.extensions == 2


def test_extension_not_once_overdue_neither_asked_nor_approved(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    due = case.due_at
    late = due + timedelta(seconds=1)
    refused(cast, case, "extend", "liaison", at=late, opinion="待料")
    act(cast, case, "extend", "liaison", at=due, opinion="待料")
    refused(cast, case, "approve", "shift_leader", at=late)
    act(cast, case, "refuse", "shift_leader", at=late, opinion="已超时")


def test_extension_an_open_request_does_not_stop_the_clock(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    due = case.due_at
    act(cast, case, "extend", "liaison", at=NOW, opinion="待料")
    assert case.due_at == due
    assert actions.strike(at=due + timedelta(seconds=1)) == 1
    case.refresh_from_db()
    assert case.overdue_at == due


def test_extension_their_number_is_a_setting(cast):
    switch("max_extensions", 0)
    refused(cast, bring(cast, State.TO_DISPOSE), "extend", "liaison", opinion="待料")


# --- suspension -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("until", "fits"),
    [
        (NOW, False), (NOW - DAY, False), (NOW + MINUTE, True), (NOW + 366 * DAY, True),
        (NOW + 366 * DAY + MINUTE, False), (date(2026, 3, 2), True), ("2026-03-03", True),
        ("2026-03-01", False), ("2027-03-02", True), ("2027-03-05", False),
    ],
)  # fmt: skip
def test_suspension_ends_after_now_and_within_a_year(cast, until, fits):
    case = bring(cast, State.TO_DISPOSE)
    if fits:
        assert suspend(cast, case, until=until).state == State.SUSPENDED
    else:
        refused(cast, case, "suspend", "liaison", opinion="待", until=until)


@pytest.mark.parametrize("until", ["", "soon", "2026-02-30", "2026-13-01T00:00", "9999", 7])
def test_suspension_needs_a_real_date(cast, until):
    case = bring(cast, State.TO_DISPOSE)
    refused(cast, case, "suspend", "liaison", why=BadInput, opinion="待", until=until)


def test_suspension_a_date_means_its_end_of_day_in_shanghai(cast):
    case = suspend(cast, bring(cast, State.TO_DISPOSE), until="2026-03-05")
    assert case.suspended_until == datetime(2026, 3, 5, 15, 59, 59, tzinfo=UTC)


def test_suspension_is_the_commanders_and_stops_the_clock_until_it_ends_by_itself(cast):
    case = bring(cast, State.DISPOSING)
    due, until = case.due_at, MORNING + 7 * DAY  # Monday to Monday: five working days
    act(cast, case, "suspend", "liaison", at=MORNING + HOUR, opinion="待春季", until=until)
    said = refused(cast, case, "approve", "leader", at=MORNING + HOUR)
    assert "派遣" in said
    act(cast, case, "forward", "dispatcher", at=MORNING + HOUR)
    refused(cast, case, "approve", "shift_leader", at=MORNING + HOUR, why=NotYours)
    act(cast, case, "approve", "leader", at=MORNING + HOUR)
    assert (case.state, case.due_at, case.next_at) == (State.SUSPENDED, None, until)
    assert (case.handler, case.suspensions) == (None, 1)
    assert actions.strike(at=until - timedelta(seconds=1)) == 0
    assert actions.strike(at=until) == 1
    case.refresh_from_db()
    assert (case.state, case.suspended_until) == (State.TO_DISPOSE, None)
    # Stopped at 10:00, running again from 09:00: seven days later, less the hour since 09:00.
    assert case.due_at == due + 7 * DAY - HOUR
    last = case.events.latest("seq")
    assert (last.action, last.by, last.post) == ("resume", None, "system")


def test_suspension_once_only(cast):
    case = suspend(cast, bring(cast, State.TO_DISPOSE))
    act(cast, case, "resume", "leader", at=NOW + HOUR)
    refused(cast, case, "suspend", "liaison", opinion="再", until=NOW + DAY)


def test_suspension_refused_may_be_asked_again(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "suspend", "liaison", at=NOW, opinion="待", until=NOW + DAY)
    act(cast, case, "forward", "dispatcher", at=NOW)
    act(cast, case, "refuse", "leader", at=NOW, opinion="不行")
    assert (case.suspended_until, case.suspensions) == (None, 0)
    assert suspend(cast, case).state == State.SUSPENDED


def test_suspension_not_once_overdue_nor_approved_after_its_date(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    late = case.due_at + timedelta(seconds=1)
    refused(cast, case, "suspend", "liaison", at=late, opinion="待", until=late + DAY)
    act(cast, case, "suspend", "liaison", at=NOW, opinion="待", until=NOW + MINUTE)
    act(cast, case, "forward", "dispatcher", at=NOW)
    refused(cast, case, "approve", "leader", at=NOW + MINUTE)


def test_suspension_a_forced_close_ends_it(cast):
    case = suspend(cast, bring(cast, State.TO_DISPOSE))
    act(cast, case, "force_close", "leader", at=NOW + HOUR, opinion="已拆除")
    assert (case.closed_kind, case.forced, case.next_at) == ("special", True, None)
    assert actions.strike(at=MORNING + 30 * DAY) == 0


# --- void and what an open request blocks ---------------------------------------------------
def test_void_asked_by_the_dispatcher_decided_by_the_shift_leader(cast):
    case = bring(cast, State.TO_DISPATCH)
    act(cast, case, "void", "dispatcher", at=NOW, opinion="重复")
    assert refused(cast, case, "dispatch", "dispatcher", department=cast.water)
    act(cast, case, "refuse", "shift_leader", at=NOW, opinion="不重复")
    assert case.state == State.TO_DISPATCH
    act(cast, case, "void", "dispatcher", at=NOW, opinion="重复")
    act(cast, case, "approve", "shift_leader", at=NOW)
    assert (case.state, case.void_origin, case.next_at) == (State.VOID, "void", None)


TIMER = {str(row.action) for row in MOVES if row.scope == Scope.SYSTEM}
GIVEN = {
    "assign": lambda c: {"handler": c.handler},
    "dispose": lambda c: {"opinion": "好", "photos": AFTER},
    "feedback": lambda c: {"opinion": "好", "photos": AFTER},
    "redispatch": lambda c: {"opinion": "错", "department": c.gas},
    "unassign": lambda c: {},
    "return_": lambda c: {"opinion": "错"},
    "extend": lambda c: {"opinion": "待"},
    "suspend": lambda c: {"opinion": "待", "until": NOW + DAY},
    "suspend_hard": lambda c: {"opinion": "待", "until": NOW + DAY},
}
WHO = {"dispose": "handler", "redispatch": "dispatcher"}


@pytest.mark.parametrize("state", [State.TO_DISPOSE, State.DISPOSING])
def test_requests_one_at_a_time_and_no_way_forward_beside_them(cast, state):
    case = bring(cast, state)
    act(cast, case, "extend", "liaison", at=NOW, opinion="待料")
    possible = {str(row.action) for row in MOVES if state in row.sources}
    blocked = possible & set(GIVEN)
    deciding = {"approve", "refuse", "forward", "withdraw", "force_close"}
    aside = {"supervise", "reply", "resolve", "urge", "instruct", "hand_over", "hand_over_site",
             "assist_feedback", "arrive"}  # fmt: skip
    assert possible - blocked - aside == deciding | TIMER
    for action in sorted(blocked):
        said = refused(cast, case, action, WHO.get(action, "liaison"), **GIVEN[action](cast))
        assert "申请" in said, action
    act(cast, case, "force_close", "leader", at=NOW, opinion="特殊")
    assert case.pending == ""


# --- the switches ---------------------------------------------------------------------------
def test_two_levels_review_closing_and_declining(cast):
    switch("two_level", True)
    case = bring(cast, State.TO_CLOSE)
    act(cast, case, "close", "shift_leader", at=NOW, closing_met=True)
    assert (case.state, case.closed_at) == (State.CLOSE_REVIEW, None)
    act(cast, case, "send_back", "leader", at=NOW, opinion="照片不清")
    assert case.state == State.TO_CLOSE
    act(cast, case, "close", "shift_leader", at=NOW, closing_met=True)
    act(cast, case, "approve", "leader", at=NOW)
    assert (case.state, case.closed_kind, case.closed_at) == (State.CLOSED, "normal", NOW)

    other = bring(cast, State.TO_FILE)
    act(cast, other, "decline", "shift_leader", at=NOW, opinion="不属")
    act(cast, other, "refuse", "leader", at=NOW, opinion="属")
    assert other.state == State.TO_FILE
    act(cast, other, "decline", "shift_leader", at=NOW, opinion="不属")
    act(cast, other, "approve", "leader", at=NOW)
    assert (other.state, other.void_origin) == (State.VOID, "decline")


def test_one_level_closes_and_declines_at_once(cast):
    assert bring(cast, State.CLOSED).state == State.CLOSED
    case = bring(cast, State.TO_FILE)
    act(cast, case, "decline", "shift_leader", at=NOW, opinion="不属")
    assert (case.state, case.void_origin) == (State.VOID, "decline")


def test_without_department_review_the_work_goes_straight_back(cast):
    switch("dept_review", False)
    case = bring(cast, State.DISPOSING)
    act(cast, case, "dispose", "handler", at=NOW, opinion="已修复", photos=AFTER)
    assert (case.state, case.disposed_at) == (State.FEEDBACK_IN, NOW)


def test_with_department_review_the_time_runs_until_the_liaison_passes_it_on(cast):
    case = bring(cast, State.DISPOSING)
    act(cast, case, "dispose", "handler", at=NOW, opinion="已修复", photos=AFTER)
    assert (case.state, case.disposed_at) == (State.DEPT_REVIEW, None)
    act(cast, case, "feedback", "liaison", at=NOW + HOUR)
    assert case.disposed_at == NOW + HOUR


def test_photos_required_from_collectors_is_a_setting(cast):
    with pytest.raises(BadInput):
        report(cast, photos=())
    switch("photo_required_from_collectors", False)
    assert report(cast, photos=()).attachments.count() == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [("two_level", "yes"), ("two_level", 1), ("max_extensions", "2"), ("max_extensions", True),
     ("warn_share", "0.8"), ("unknown", True)],
)  # fmt: skip
def test_a_switch_of_the_wrong_kind_is_named(db, key, value):
    switch(key, value)
    with pytest.raises(ValueError, match=key):
        process()


def test_switches_have_their_values(db):
    for key, value in {"two_level": True, "warn_share": 0.5, "max_extensions": 3}.items():
        switch(key, value)
    read = process()
    assert (read.two_level, str(read.warn_share), read.max_extensions) == (True, "0.5", 3)


def test_a_check_that_cannot_tell_is_sent_again(cast):
    case = bring(cast, State.CHECKING)
    act(cast, case, "check", "collector", at=NOW, check_result="cannot_tell", photos=[photo()])
    assert case.state == State.TO_CHECK
    act(cast, case, "send_check", "acceptor", at=NOW, collector=cast.collector2)
    assert case.collector == cast.collector2


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_reason_of_spaces_is_no_reason(cast, reason):
    case = bring(cast, State.TO_FILE)
    refused(cast, case, "send_back", "shift_leader", why=BadInput, opinion=reason)
