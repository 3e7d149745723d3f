"""Tasks and requests say what the log says."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases.machine import actions
from cases.states import State
from cases.tests.cast import AFTER, MORNING, act, bring, photo, report
from dispatch.models import Request, WorkItem

LATER = MORNING + timedelta(minutes=30)


def items(case):
    return list(case.work_items.order_by("id").values_list("kind", "user__username", "result"))


def test_receivers_tasks_of_a_whole_case(cast):
    case = report(cast)
    act(cast, case, "send_verify", "acceptor", collector=cast.collector2)
    item = case.work_items.get()
    assert (item.kind, item.user, item.done_at) == ("verify", cast.collector2, None)
    assert item.due_at == MORNING + timedelta(minutes=30)
    act(cast, case, "verify", "collector2", verify_result="exists", photos=[photo()])
    case = bring(cast, State.CLOSED, case=case)
    assert items(case) == [
        ("verify", "collector2", "exists"),
        ("dispose", "handler", "feedback"),
        ("check", "collector", "pass"),
    ]


def test_receivers_disposal_task_follows_the_department(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(
        cast,
        case,
        "redispatch",
        "dispatcher",
        at=LATER,
        department=cast.street_office,
        opinion="属街道",
    )
    first, second = case.work_items.order_by("id")
    assert (first.department, first.result) == (cast.water, "redispatch")
    assert (second.department, second.done_at) == (cast.street_office, None)


def test_receivers_deadline_of_the_task_moves_with_an_extension(cast):
    case = bring(cast, State.DISPOSING)
    before = case.work_items.get().due_at
    act(cast, case, "extend", "liaison", at=LATER, opinion="待料")
    act(cast, case, "approve", "shift_leader", at=LATER)
    case.refresh_from_db()
    assert case.work_items.get().due_at == case.due_at > before
    asked = case.requests.get()
    assert (asked.kind, asked.status, asked.seconds) == ("extend", "approved", 2 * 8 * 3600)
    assert (asked.asked_by, asked.decided_by) == (cast.liaison, cast.shift_leader)


def test_receivers_refused_and_returned(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "return_", "liaison", at=LATER, opinion="非本单位")
    act(cast, case, "refuse", "shift_leader", at=LATER, opinion="属你单位")
    act(cast, case, "return_", "liaison", at=LATER, opinion="确非本单位")
    act(cast, case, "approve", "shift_leader", at=LATER)
    kinds = case.requests.order_by("id").values_list("status", flat=True)
    assert list(kinds) == ["refused", "approved"]
    assert items(case) == [("dispose", None, "approve")]


def test_receivers_suspension_ends_the_task_and_resuming_begins_one(cast):
    case = bring(cast, State.DISPOSING)
    until = LATER + timedelta(days=3)
    act(cast, case, "suspend", "liaison", at=LATER, opinion="冬季", until=until)
    act(cast, case, "forward", "dispatcher", at=LATER)
    act(cast, case, "approve", "leader", at=LATER)
    assert case.requests.get().until == until
    assert not case.work_items.open().exists()
    actions.strike(at=until)
    assert case.work_items.open().get().department == cast.water


def test_receivers_request_lapses_when_the_case_is_forced_to_end(cast):
    case = bring(cast, State.DISPOSING)
    act(cast, case, "extend", "liaison", at=LATER, opinion="待料")
    act(cast, case, "force_close", "leader", at=LATER, opinion="指挥长决定")
    assert case.requests.get().status == Request.Status.LAPSED
    assert items(case) == [("dispose", "handler", "force_close")]


def test_receivers_undo_the_move_when_they_fail(cast, monkeypatch):
    case = bring(cast, State.TO_DISPATCH)
    monkeypatch.setattr(WorkItem.objects, "create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        act(cast, case, "dispatch", "dispatcher", department=cast.water, at=LATER)
    case.refresh_from_db()
    assert (case.state, case.department) == (State.TO_DISPATCH, None)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "dispose"},
        {"kind": "check", "user": None, "department": None},
        {"kind": "check", "done_at": LATER},
        {"kind": "check", "done_at": MORNING - timedelta(days=1), "result": "pass"},
    ],
)
def test_receivers_constraints_of_tasks(cast, change):
    case = bring(cast, State.TO_DISPOSE)
    row = {"case": case, "user": cast.collector, "sent_at": MORNING, **change}
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.create(**row)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "extend", "status": "open"},
        {"kind": "void", "status": "approved"},
        {"kind": "void", "status": "open", "decided_at": LATER},
        {"kind": "suspend", "status": "refused", "decided_at": LATER},
    ],
)
def test_receivers_constraints_of_requests(cast, change):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "return_", "liaison", at=LATER, opinion="非本单位")
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.create(case=case, asked_by=cast.liaison, asked_at=MORNING, **change)


def test_receivers_direct_feedback_ends_the_task(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "feedback", "liaison", at=LATER, opinion="已修复", photos=AFTER)
    assert items(case) == [("dispose", None, "feedback")]
