"""Clocks over the whole way of a case, repeats, sight, constraints, the record and the timer."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from cases.machine import actions
from cases.models import Case, CaseEvent
from cases.record import chain as record
from cases.states import Action, State
from cases.tests.cast import AFTER, MORNING, act, bring, photo, report
from citymgmt.lib.errors import BadInput, NotNow, NotYours

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# --- clocks ---------------------------------------------------------------------------------
def test_flow_return_to_another_department_starts_the_limit_anew(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    act(cast, case, "return_", "liaison", at=MORNING + HOUR, opinion="非本单位")
    act(cast, case, "approve", "shift_leader", at=MORNING + HOUR)
    sent = MORNING + 3 * HOUR
    act(cast, case, "dispatch", "dispatcher", at=sent, department=cast.street_office)
    case.refresh_from_db()
    assert case.due_at == sent + 2 * HOUR
    assert case.returns == 1


def test_flow_return_to_the_same_department_goes_on(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    received = case.state_since
    act(cast, case, "return_", "liaison", at=received + HOUR, opinion="非本单位")
    act(cast, case, "approve", "shift_leader", at=received + HOUR)
    act(cast, case, "dispatch", "dispatcher", at=received + 3 * HOUR, department=cast.water)
    case.refresh_from_db()
    assert case.due_at == received + 4 * HOUR


def test_flow_rework_buys_no_time(cast):
    case = bring(cast, State.CHECKING, filing_condition=cast.cover_open)
    at = MORNING + 5 * HOUR
    act(cast, case, "check", "collector", at=at, check_result="fail", photos=[photo()])
    act(cast, case, "rework", "shift_leader", at=at, opinion="未通过")
    act(cast, case, "dispatch", "dispatcher", at=at, department=cast.water)
    case.refresh_from_db()
    # assign, dispose and feedback of the first round took a minute each
    assert (case.round, case.due_at) == (2, at + 2 * HOUR - timedelta(minutes=3))


def test_flow_extension_adds_the_limit_once_more_and_only_twice(cast):
    case = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    due, at = case.due_at, MORNING + HOUR
    for number, who in enumerate(("shift_leader", "leader"), 1):
        act(cast, case, "extend", "liaison", at=at, opinion="待料")
        if number > 1:
            act(cast, case, "forward", "dispatcher", at=at)
        act(cast, case, "approve", who, at=at)
        case.refresh_from_db()
        assert case.due_at == due + number * 2 * HOUR
    with pytest.raises(NotNow):
        act(cast, case, "extend", "liaison", at=at, opinion="待料")


def test_flow_suspension_moves_the_deadline_by_its_length(cast):
    case = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    due, at = case.due_at, MORNING + HOUR
    act(cast, case, "suspend", "liaison", at=at, until=at + 3 * DAY, opinion="缺件")
    act(cast, case, "forward", "dispatcher", at=at)
    act(cast, case, "approve", "leader", at=at)
    assert actions.strike(at=at + 3 * DAY - HOUR) == 0
    assert actions.strike(at=at + 3 * DAY) == 1
    case.refresh_from_db()
    assert (case.state, case.due_at) == (State.TO_DISPOSE, due + 3 * DAY)
    resumed = case.events.last()
    assert (resumed.action, resumed.received_at) == (Action.RESUME, at)


def test_flow_late_disposal_is_closed_as_overdue(cast):
    case = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    at = case.due_at + timedelta(seconds=1)
    case = act(cast, case, "dispose", "handler", at=at, opinion="已修复", photos=AFTER)
    case = bring(cast, State.CLOSED, case=case, at=at)
    assert (case.closed_kind, case.disposal_overdue) == (Case.ClosedKind.OVERDUE, True)


def test_flow_done_at_the_deadline_is_on_time(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    case = act(cast, case, "feedback", "liaison", at=case.due_at, opinion="已修复", photos=AFTER)
    assert not case.disposal_overdue


# --- the timer ------------------------------------------------------------------------------
def test_flow_strikes_once_per_clock_whatever_the_department_does(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    late = case.due_at + HOUR
    for at in (case.due_at - timedelta(minutes=10), late, late):
        actions.strike(at=at)
    act(cast, case, "assign", "liaison", at=late, handler=cast.handler)
    actions.strike(at=late + HOUR)
    act(cast, case, "dispose", "handler", at=late + HOUR, opinion="已修复", photos=AFTER)
    actions.strike(at=late + 2 * HOUR)
    struck = case.events.filter(stage="dispose", by=None).values_list("action", flat=True)
    assert list(struck.order_by("seq")) == [Action.WARN, Action.OVERDUE, Action.ESCALATE]
    case.refresh_from_db()
    assert case.overdue_at is not None


def test_flow_one_broken_case_does_not_hold_up_the_timer(cast):
    broken, sound = report(cast), report(cast)
    Case.objects.filter(pk=broken.pk).update(clocks={})
    assert actions.strike(at=MORNING + HOUR) == 1
    sound.refresh_from_db()
    assert sound.overdue_at is not None


# --- repeats --------------------------------------------------------------------------------
def test_flow_the_same_identifier_is_the_same_report(cast):
    key = uuid.uuid4()
    first, again = report(cast, client_uuid=key), report(cast, client_uuid=str(key))
    assert first == again
    assert Case.objects.count() == 1
    with pytest.raises(NotNow):
        report(cast, client_uuid=key, by="collector2")
    with pytest.raises(BadInput):
        report(cast, client_uuid="not-a-uuid")


def test_flow_the_same_identifier_is_the_same_step(cast):
    case, key = report(cast), uuid.uuid4()
    steps = [
        actions.perform(case, "accept", by=cast.acceptor, client_uuid=key, at=MORNING)
        for _ in range(2)
    ]
    assert steps[0] == steps[1]
    other = report(cast)
    with pytest.raises(NotNow):
        actions.perform(other, "accept", by=cast.acceptor, client_uuid=key, at=MORNING)


def test_flow_what_was_read_before_the_case_changed_is_not_carried_out(cast):
    stale = bring(cast, State.TO_DISPOSE)
    act(cast, stale, "assign", "liaison", handler=cast.handler)
    act(cast, stale, "dispose", "handler", opinion="已修复", photos=AFTER)
    before = Case.objects.get(pk=stale.pk)
    before.state = State.TO_DISPOSE  # what another screen still shows
    with pytest.raises(NotNow) as refused:
        actions.perform(
            before, "feedback", by=cast.liaison, given={"opinion": "好"}, photos=AFTER, at=MORNING
        )
    assert refused.value.code == "changed"


# --- sight ----------------------------------------------------------------------------------
def test_flow_who_may_know_of_a_case(cast):
    case = bring(cast, State.DISPOSING)
    knows = {
        name: Case.objects.visible_to(getattr(cast, name)).filter(pk=case.pk).exists()
        for name in ("collector", "collector2", "acceptor", "liaison", "handler", "leader",
                     "street_liaison", "street_handler", "evaluator", "sysadmin", "outsider")
    }  # fmt: skip
    assert {name for name, sees in knows.items() if sees} == {
        "collector", "acceptor", "liaison", "handler", "leader",
    }  # fmt: skip


def test_flow_outsider_can_do_nothing_though_he_holds_every_post(cast):
    case = report(cast)
    with pytest.raises(NotYours):
        act(cast, case, "accept", "outsider")


# --- constraints ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "lost"},
        {"number": "2026"},
        {"state": "closed"},
        {"state": "void"},
        {"state": "to_dispose"},
        {"state": "verifying"},
        {"filed_at": MORNING},
        {"client_uuid": "same"},
    ],
    ids=str,
)
def test_flow_database_refuses_a_case_that_cannot_be(cast, wrong):
    case, key = report(cast), uuid.uuid4()
    report(cast, client_uuid=key)
    wrong = {name: key if value == "same" else value for name, value in wrong.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**wrong)


@pytest.mark.parametrize("wrong", [{"seq": 1}, {"at": MORNING - DAY}], ids=str)
def test_flow_database_refuses_a_log_row_that_cannot_be(cast, wrong):
    case = bring(cast, State.TO_FILE)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.events.filter(seq=2).update(**wrong)


# --- the record -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "tamper",
    [
        lambda case: case.events.filter(seq=2).update(opinion="改写"),
        lambda case: case.events.filter(seq=2).update(at=MORNING + DAY),
        lambda case: case.events.filter(seq=2).update(by=None),
        lambda case: case.events.filter(seq=case.events_count).delete(),
        lambda case: CaseEvent.objects.create(
            case=case, seq=case.events_count + 1, action="warn", state_to="to_dispose", at=MORNING
        ),
    ],
)
def test_flow_tampering_shows(cast, tamper, capsys):
    sound, case = bring(cast, State.TO_DISPOSE), bring(cast, State.TO_DISPOSE)
    assert list(record.broken_cases()) == []
    tamper(case)
    assert [number for number, _reason in record.broken_cases()] == [case.number]
    assert sound.number != case.number
    with pytest.raises(CommandError):
        call_command("verify_record", "--json")
    assert '"cases": 2' in capsys.readouterr().out.splitlines()[-1]
