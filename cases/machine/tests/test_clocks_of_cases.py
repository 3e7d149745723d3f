"""Which clock runs in which state, when it is late, and what the timer does about it."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from cases.machine import actions
from cases.models import AreaLimit, Case, StageLimit
from cases.states import FINAL, STAGE_OF, Stage, State
from cases.tests.cast import AFTER, MORNING, act, bring, make_city, photo, report
from cases.tests.scenes import new_report, stand
from cases.time import clock as clocks

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def clock_of(case, stage):
    return clocks.from_json(case.clocks[stage])


def running(case):
    return {stage for stage in Stage if stage in case.clocks and clock_of(case, stage).running}


def marks(case):
    """The rows of the timer, in order."""
    return list(case.events.filter(action__in=("warn", "overdue")).values_list("action", flat=True))


def rework(city, case, at, department=None):
    """A failed check sends the case to a department again; the round begins at `at`."""
    act(city, case, "rework", "shift_leader", at=at, opinion="未修好")
    return act(city, case, "dispatch", "dispatcher", at=at, department=department or city.water)


def feed_back(city, case, at, by="liaison"):
    return act(city, case, "feedback", by, at=at, opinion="已修复", photos=AFTER)


def check_fails(city, case, at):
    act(city, case, "pass_check", "dispatcher", at=at)
    act(city, case, "send_check", "acceptor", at=at, collector=city.collector)
    return act(city, case, "check", "collector", at=at, check_result="fail", photos=[photo()])


# --- which clock ----------------------------------------------------------------------------
@pytest.mark.parametrize("state", State, ids=str)
def test_one_clock_runs_in_every_state_in_which_somebody_has_a_turn(cast, state):
    case = stand(cast, state)
    expected = {STAGE_OF[state]} if state in STAGE_OF else set()
    assert running(case) == expected
    assert (case.due_at is not None) == bool(expected)
    assert (case.next_at is None) == (state in FINAL)


def test_verification_pauses_acceptance(cast):
    StageLimit.objects.update_or_create(
        stage=Stage.ACCEPT, area_class="", urgency="",
        defaults={"limit_value": 15, "limit_unit": "minutes"},
    )  # fmt: skip
    case = new_report(cast)
    assert case.due_at == MORNING + 15 * MINUTE
    act(cast, case, "send_verify", "acceptor", at=MORNING + 5 * MINUTE, collector=cast.collector)
    assert running(case) == {Stage.VERIFY}
    back = MORNING + 25 * MINUTE
    act(cast, case, "verify", "collector", at=back, verify_result="exists", photos=[photo()])
    assert case.due_at == back + 10 * MINUTE
    assert clock_of(case, Stage.ACCEPT).used == 5 * 60


def test_a_second_verification_resumes_the_new_acceptance_too(cast):
    """Also after the case was filed once and sent back."""
    case = new_report(cast)
    for moment in (MORNING, MORNING + DAY):
        act(cast, case, "send_verify", "acceptor", at=moment + 3 * MINUTE, collector=cast.collector)
        used = clock_of(case, Stage.ACCEPT).used
        act(
            cast, case, "verify", "collector", at=moment + 9 * MINUTE,
            verify_result="exists", photos=[photo()],
        )  # fmt: skip
        assert clock_of(case, Stage.ACCEPT).used == used == 3 * 60
        if moment == MORNING:
            act(cast, case, "accept", "acceptor", at=moment + 9 * MINUTE)
            act(cast, case, "file", "shift_leader", at=moment + 9 * MINUTE,
                filing_condition=cast.cover_worn)  # fmt: skip
            act(cast, case, "send_back", "dispatcher", at=MORNING + DAY, opinion="位置不清")
            assert clock_of(case, Stage.ACCEPT).used == 0


def test_each_step_has_the_limit_of_its_row(cast):
    StageLimit.objects.all().delete()
    assert report(cast).due_at == MORNING + 30 * MINUTE  # where no row says otherwise
    rows = {("", ""): 40, ("A", ""): 30, ("", "urgent"): 20, ("A", "urgent"): 10, ("B", ""): 5}
    for (area_class, urgency), value in rows.items():
        StageLimit.objects.create(
            stage=Stage.ACCEPT, area_class=area_class, urgency=urgency, limit_value=value,
            limit_unit="minutes",
        )  # fmt: skip
    assert report(cast).due_at == MORNING + 30 * MINUTE
    assert report(cast, urgent=True).due_at == MORNING + 10 * MINUTE
    StageLimit.objects.filter(area_class="A").delete()
    assert report(cast).due_at == MORNING + 40 * MINUTE
    assert report(cast, urgent=True).due_at == MORNING + 20 * MINUTE


# --- the bundled deadline -------------------------------------------------------------------
def test_rework_with_the_same_department_buys_no_time(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)  # two hours
    start = case.state_since
    feed_back(cast, case, start + 90 * MINUTE)
    check_fails(cast, case, start + 3 * HOUR)
    rework(cast, case, start + 5 * HOUR)
    assert case.round == 2
    assert case.due_at == start + 5 * HOUR + 30 * MINUTE
    feed_back(cast, case, start + 5 * HOUR + 30 * MINUTE)
    assert case.disposal_overdue is False
    row = case.events.latest("seq")
    assert (row.used_seconds, row.limit_seconds, row.overdue) == (7200, 7200, False)


def test_rework_with_another_department_starts_anew(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    start = case.state_since
    feed_back(cast, case, start + 90 * MINUTE)
    check_fails(cast, case, start + 2 * HOUR)
    rework(cast, case, start + 5 * HOUR, cast.street_office)
    assert case.due_at == start + 7 * HOUR


def test_redispatch_starts_the_other_department_with_the_full_limit(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    at = case.state_since + HOUR
    act(
        cast, case, "redispatch", "dispatcher", at=at, department=cast.street_office, opinion="错派"
    )
    assert case.due_at == at + 2 * HOUR


def test_a_late_department_leaves_no_mark_on_the_next(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    at = case.due_at + HOUR
    actions.strike(at=at)
    act(
        cast, case, "redispatch", "dispatcher", at=at, department=cast.street_office, opinion="错派"
    )
    assert (case.overdue_at, case.disposal_overdue) == (None, False)


def test_return_pauses_disposal_and_starts_dispatching(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    start = case.state_since
    act(cast, case, "return_", "liaison", at=start + 30 * MINUTE, opinion="不属我单位")
    act(cast, case, "approve", "shift_leader", at=start + 30 * MINUTE)
    assert running(case) == {Stage.DISPATCH}
    act(cast, case, "dispatch", "dispatcher", at=start + 9 * HOUR, department=cast.water)
    assert case.due_at == start + 9 * HOUR + 90 * MINUTE


def test_assigning_does_not_touch_the_deadline(cast):
    case = bring(cast, State.TO_DISPOSE)
    due = case.due_at
    act(cast, case, "assign", "liaison", at=MORNING + HOUR, handler=cast.handler)
    act(cast, case, "unassign", "liaison", at=MORNING + 2 * HOUR)
    assert case.due_at == due


def test_filed_anew_under_another_condition_the_new_promise_counts(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    at = case.state_since
    act(cast, case, "return_", "liaison", at=at, opinion="不属我单位")
    act(cast, case, "approve", "shift_leader", at=at)
    act(cast, case, "send_back", "dispatcher", at=at, opinion="条件不对")
    case = bring(cast, State.TO_DISPOSE, case=case, at=at, filing_condition=cast.cover_worn)
    assert (case.limit_value, case.limit_unit) == (2, "working_days")
    assert case.due_at == case.state_since + 2 * DAY


# --- on time or late ------------------------------------------------------------------------
@pytest.mark.parametrize(("late", "kind"), [(0, "normal"), (1, "overdue")])
def test_exactly_at_the_deadline_is_on_time(cast, late, kind):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    at = case.due_at + late * SECOND
    feed_back(cast, case, at)
    assert case.disposal_overdue is bool(late)
    case = bring(cast, State.CLOSED, case=case, at=at)
    assert case.closed_kind == kind


@pytest.mark.parametrize("late", [0, 1])
def test_the_timer_agrees_with_the_judgement(cast, late):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    Case.objects.update(warned_at=MORNING, next_at=case.due_at)
    actions.strike(at=case.due_at + late * SECOND)
    case.refresh_from_db()
    assert (case.overdue_at is not None) is bool(late)
    assert marks(case) == ["overdue"] * late


def test_late_steps_of_the_center_are_in_the_log_not_on_the_department(cast):
    case = bring(cast, State.FEEDBACK_IN)
    actions.strike(at=MORNING + 9 * DAY)
    act(cast, case, "pass_check", "dispatcher", at=MORNING + 9 * DAY)
    row = case.events.get(action="pass_check")
    assert (row.stage, row.overdue, case.disposal_overdue) == ("review", True, False)


# --- the promise ----------------------------------------------------------------------------
def test_the_promise_is_kept_when_the_standard_changes(cast):
    case = bring(cast, State.TO_DISPATCH, filing_condition=cast.cover_open)
    cast.cover_open.limit_value, cast.cover_open.limit_unit = Decimal(99), "working_days"
    cast.cover_open.save()
    act(cast, case, "dispatch", "dispatcher", at=MORNING + HOUR, department=cast.water)
    assert (case.limit_value, case.limit_unit) == (2, "urgent_hours")
    assert case.due_at == MORNING + 3 * HOUR
    value, unit = case.events.get(action="file").data["limit"]
    assert (Decimal(value), unit) == (2, "urgent_hours")


@pytest.mark.parametrize(("area_class", "hours"), [("A", 1), ("B", 2)])
def test_a_limit_of_the_area_class_goes_before_the_conditions_own(cast, area_class, hours):
    AreaLimit.objects.create(
        condition=cast.cover_open, area_class=area_class, limit_value=1, limit_unit="urgent_hours"
    )
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    assert case.due_at == case.state_since + hours * HOUR


# --- warn and overdue, once each ------------------------------------------------------------
def test_warn_and_overdue_once_each(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    start = case.state_since
    warn = start + 96 * MINUTE  # 80 % of two hours
    assert case.next_at == warn
    assert actions.strike(at=warn - SECOND) == 0
    assert [actions.strike(at=warn), actions.strike(at=warn), actions.strike(at=warn)] == [1, 0, 0]
    assert actions.strike(at=start + 2 * HOUR) == 0
    late = start + 2 * HOUR + SECOND
    assert [actions.strike(at=late), actions.strike(at=late + SECOND)] == [1, 0]
    # Long overdue is a mark of its own, once.
    assert [actions.strike(at=late + DAY), actions.strike(at=late + 2 * DAY)] == [1, 0]
    case.refresh_from_db()
    assert marks(case) == ["warn", "overdue"]
    assert (case.warned_at, case.overdue_at) == (warn, start + 2 * HOUR)
    assert (case.disposal_overdue, case.next_at) == (True, None)


def test_marks_are_not_repeated_by_later_steps_of_the_same_clock(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    late = case.due_at + SECOND
    actions.strike(at=case.due_at)
    actions.strike(at=late)
    act(cast, case, "assign", "liaison", at=late, handler=cast.handler)
    act(cast, case, "dispose", "handler", at=late, opinion="已修复", photos=AFTER)
    act(cast, case, "feedback", "liaison", at=late)
    check_fails(cast, case, late)
    rework(cast, case, late)
    actions.strike(at=late + DAY)
    case.refresh_from_db()
    assert marks(case) == ["warn", "overdue"]
    assert case.overdue_at is not None


def test_an_extension_warns_anew(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    actions.strike(at=case.next_at)
    at = case.next_at
    act(cast, case, "extend", "liaison", at=at, opinion="待料")
    act(cast, case, "approve", "shift_leader", at=at)
    while case.next_at:
        actions.strike(at=case.next_at)
        case.refresh_from_db()
    assert marks(case) == ["warn", "warn", "overdue"]


def test_a_timer_that_was_away_writes_overdue_at_once_and_no_warning(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    assert actions.strike(at=case.due_at + MINUTE) == 1
    assert actions.strike(at=case.due_at + 2 * MINUTE) == 0
    assert marks(case) == ["overdue"]


def test_one_case_that_fails_does_not_hold_up_the_others(cast, caplog):
    broken, sound = (bring(cast, State.TO_DISPOSE) for _ in range(2))
    Case.objects.filter(pk=broken.pk).update(clocks={})
    assert actions.strike(at=MORNING + 9 * DAY) == 1
    assert str(broken.pk) in caplog.text
    assert (marks(broken), marks(sound)) == ([], ["overdue"])


@pytest.mark.django_db(transaction=True)
def test_two_timers_at_once_mark_each_case_once():
    city = make_city()
    cases = [bring(city, State.TO_DISPOSE, filing_condition=city.cover_open) for _ in range(4)]
    late = MORNING + 3 * HOUR
    barrier, done, failed = threading.Barrier(2, timeout=30), [], []

    def timer():
        try:
            barrier.wait()
            done.append(actions.strike(at=late))
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=timer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert sum(done) == len(cases)
    assert [marks(case) for case in cases] == [["overdue"]] * len(cases)
