"""What the rooms of dispatch keep of the branches: rows, suggestions, queues, a shift's end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from cases.machine import actions
from cases.states import State
from cases.tests.cast import MORNING, act, bring, person, report
from cases.tests.scenes import stand
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from dispatch.models import Assist, HandOver, Ruling, Supervision
from dispatch.routing.queries import suggestions_for
from dispatch.shifts.actions import hand_over, tasks_of
from dispatch.terminal.queries import assisting_for

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = MORNING + HOUR / 2


def assisted(cast, at=MORNING):
    case = bring(cast, State.TO_DISPATCH, at=at)
    return act(cast, case, "dispatch", "dispatcher", at=at + HOUR / 2, department=cast.water,
               assist=[cast.street_office], opinion="请配合断电")  # fmt: skip


def test_branches_return_of_both_kinds_is_one_request(cast):
    case = bring(cast, State.TO_DISPOSE)
    act(cast, case, "return_", "liaison", at=LATER, opinion="缺少条件", return_kind="other")
    assert case.work_items.open().get().due_at is None
    act(cast, case, "forward", "dispatcher", at=LATER, opinion="属实")
    row = case.requests.get()
    assert (row.status, row.return_kind, row.forwarded_by) == ("open", "other", cast.dispatcher)
    act(cast, case, "refuse", "leader", at=LATER, opinion="不准")
    row.refresh_from_db()
    assert (row.status, row.decided_by, row.forward_opinion) == ("refused", cast.leader, "属实")
    assert case.work_items.open().get().due_at == case.due_at


def test_branches_appeals_and_hard_cases_are_requests(cast):
    case = bring(cast, State.CLOSED, minutes=100, filing_condition=cast.cover_open)
    at = case.closed_at
    act(cast, case, "appeal", "liaison", at=at, opinion="封路")
    act(cast, case, "forward", "dispatcher", at=at)
    act(cast, case, "approve", "shift_leader", at=at)
    row = case.requests.get()
    assert (row.kind, row.status, row.forwarded_at) == ("appeal", "approved", at)
    hard = bring(cast, State.TO_DISPOSE)
    act(cast, hard, "suspend_hard", "liaison", at=LATER, opinion="规划", until=LATER + DAY)
    assert (hard.requests.get().kind, hard.requests.get().until) == ("suspend_hard", LATER + DAY)


def test_branches_assistance_is_asked_for_and_fed_back_once(cast):
    case = assisted(cast)
    row = Assist.objects.open().get()
    assert (row.department, row.note) == (cast.street_office, "请配合断电")
    assert list(assisting_for(cast.street_liaison)) == [case]
    assert not assisting_for(cast.liaison).exists()
    act(cast, case, "assist_feedback", "street_liaison", at=LATER, opinion="已断电")
    row.refresh_from_db()
    assert (row.done_by, row.opinion) == (cast.street_liaison, "已断电")
    assert not assisting_for(cast.street_liaison).exists()
    with pytest.raises(NotNow):
        act(cast, case, "assist_feedback", "street_liaison", at=LATER, opinion="又")
    act(cast, case, "redispatch", "dispatcher", at=LATER, department=cast.gas, opinion="错派",
        assist=[cast.street_office])  # fmt: skip
    assert case.assists.count() == 2


def test_branches_the_terminal_has_a_queue_for_those_who_assist(cast, client):
    case = assisted(cast, at=timezone.now() - HOUR)
    for who, there in ((cast.street_liaison, True), (cast.outsider, False)):
        client.force_login(who)
        assert (case.number in client.get("/terminal/").content.decode()) is there


def test_branches_no_assistance_is_waited_for_once_the_case_is_over(cast):
    case = assisted(cast)
    act(cast, case, "force_close", "leader", at=LATER, opinion="已拆除")
    assert not Assist.objects.open().exists()


def test_branches_supervision_with_reply_urge_and_end(cast):
    case = bring(cast, State.DISPOSING)
    act(cast, case, "supervise", "leader", at=LATER, supervise_type="important", opinion="今日办结",
        reply_by=LATER + HOUR)  # fmt: skip
    actions.strike(at=LATER + 2 * HOUR)
    act(cast, case, "reply", "liaison", at=LATER + 3 * HOUR, opinion="已安排")
    act(cast, case, "urge", "inspector", at=LATER + 4 * HOUR, opinion="抓紧")
    act(cast, case, "instruct", "leader", at=LATER + 4 * HOUR, opinion="举一反三")
    row = Supervision.objects.get()
    assert (row.kind, row.requirement, row.department) == ("important", "今日办结", cast.water)
    assert (row.reply, row.replied_by, row.resolved_at) == ("已安排", cast.liaison, None)
    by_hand, late = case.urges.all()
    assert (late.by, late.supervision, by_hand.text) == (None, row, "抓紧")
    assert case.instructions.get().text == "举一反三"
    act(cast, case, "force_close", "leader", at=LATER + 5 * HOUR, opinion="办结")
    row.refresh_from_db()
    assert (row.resolved_by, row.resolved_at) == (cast.leader, LATER + 5 * HOUR)


def ruled(cast, **rest):
    """A case ruled to be the street office's after two returns."""
    case = bring(cast, State.TO_DISPOSE, case=report(cast, **rest))
    for _ in range(2):
        act(cast, case, "return_", "liaison", at=LATER, opinion="不属")
        act(cast, case, "approve", "shift_leader", at=LATER)
        if case.returns < 2:
            act(cast, case, "dispatch", "dispatcher", at=LATER, department=cast.water)
    return act(cast, case, "arbitrate", "leader", at=LATER, department=cast.street_office,
               opinion="会议纪要：井盖归街道")  # fmt: skip


@pytest.mark.parametrize("on_component", [True, False])
def test_branches_a_ruling_is_cited_by_later_suggestions(cast, on_component):
    part = cast.component if on_component else None
    case = ruled(cast, component=part)
    assert Ruling.objects.get().record == "会议纪要：井盖归街道"
    later = bring(cast, State.TO_DISPATCH, case=report(cast, component=part, cell=2))
    first = suggestions_for(later)[0]
    assert (first.department, first.reason.key) == (cast.street_office, "ruling")
    with translation.override("en"):
        said = f"was ruled responsible in case {case.number} on 2026-03-02."
        assert said in str(first.reason)
    other = bring(cast, State.TO_DISPATCH,
                  case=report(cast, component=None if part else cast.component))  # fmt: skip
    assert suggestions_for(other)[0].reason.key != "ruling"
    Ruling.objects.update(active=False)
    assert suggestions_for(later)[0].reason.key != "ruling"


def test_branches_a_shift_hands_over_all_its_tasks(cast):
    first, second = stand(cast, State.CHECKING), stand(cast, State.VERIFYING)
    bring(cast, State.DISPOSING)
    row = hand_over(by=cast.collector, giver=cast.collector, receiver=cast.collector2,
                    note="交班", at=LATER)  # fmt: skip
    assert (row.tasks, list(tasks_of(cast.collector2))) == (2, [first, second])
    assert first.work_items.open().get().user == cast.collector2
    row = hand_over(by=cast.shift_leader, giver=cast.collector2, receiver=cast.collector, at=LATER)
    assert (row.tasks, row.by) == (2, cast.shift_leader)


def test_branches_a_shift_is_handed_over_whole_or_not_at_all(cast):
    stand(cast, State.CHECKING)
    both = person(cast, "both", ["collector", "handler"], cast.water)
    case = bring(cast, State.DISPOSING, handler=both)
    act(cast, stand(cast, State.CHECKING), "hand_over", "collector", at=LATER, receiver=both)
    with pytest.raises(BadInput):  # a collector does not take a handler's task
        hand_over(by=both, giver=both, receiver=cast.collector2, at=LATER)
    assert next(iter(tasks_of(both))) == case
    assert not HandOver.objects.exists()
    with pytest.raises(NotYours):
        hand_over(by=cast.collector2, giver=both, receiver=cast.liaison, at=LATER)
    with pytest.raises(NotYours):
        hand_over(by=cast.leader, giver=both, receiver=cast.liaison, at=LATER)
    with pytest.raises(BadInput):
        hand_over(by=both, giver=both, receiver=both, at=LATER)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Supervision, {"resolved_at": MORNING - DAY}),
        (Supervision, {"replied_at": MORNING}),
        (HandOver, {}),
    ],
)
def test_branches_constraints(cast, model, values):
    case = report(cast)
    row = {"case": case, "kind": "leader", "requirement": "办", "asked_by": cast.leader,
           "asked_at": MORNING}  # fmt: skip
    if model is HandOver:
        row = dict.fromkeys(("giver", "receiver", "by"), cast.leader) | {"at": MORNING, "tasks": 0}
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**row | values)


def test_branches_a_person_is_found_by_typing_and_told_from_a_namesake(cast, client):
    client.force_login(cast.shift_leader)
    page = client.get("/hand-over/").content.decode()
    select = page[page.index("<select") : page.index("</select>")]
    assert "data-choose" in select
    assert "---" not in select
    held = cast.collector.current_memberships[0]
    assert f">{cast.collector} · {held.post} · {held.department}</option>" in select


def test_branches_the_page_that_hands_over(cast, client):
    stand(cast, State.CHECKING, at=timezone.now() - HOUR)
    client.force_login(cast.collector)
    assert client.get("/hand-over/").status_code == 200
    sent = {"giver": cast.collector.pk, "receiver": cast.handler.pk}
    assert client.post("/hand-over/", sent).status_code == 422  # no collector
    sent["receiver"] = cast.collector2.pk
    assert client.post("/hand-over/", sent).status_code == 302
    assert tasks_of(cast.collector2).count() == 1
    assert client.post("/hand-over/", {**sent, "giver": cast.handler.pk}).status_code == 422
    client.force_login(cast.dispatcher)
    assert client.get("/hand-over/").status_code == 403
