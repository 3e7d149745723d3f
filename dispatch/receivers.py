"""Keeps tasks and requests true to the log, inside the transaction of each move.

The open task of a case follows from where the case stands; what no longer follows is ended with
the answer, or with the action that ended it.
"""

from django.dispatch import receiver
from django.utils.translation import gettext as _

from cases.models import Case
from cases.signals import moved
from cases.states import FINAL, REQUESTS, WITH_DEPARTMENT, Action, State
from citymgmt.accounts.rules import handled_departments
from citymgmt.lib.errors import NotNow
from dispatch.models import (
    Assist,
    Instruction,
    Notice,
    Request,
    Ruling,
    Supervision,
    Urge,
    WorkItem,
)

TASK_OF = {
    State.VERIFYING: WorkItem.Kind.VERIFY,
    State.CHECKING: WorkItem.Kind.CHECK,
    **dict.fromkeys(WITH_DEPARTMENT, WorkItem.Kind.DISPOSE),
}
TIMER = (
    Action.WARN,
    Action.OVERDUE,
    Action.ESCALATE,
    Action.STOCKPILE,
    Action.ARRIVAL_LATE,
    Action.TAKE_BACK,
)
DECIDED = {
    Action.APPROVE: Request.Status.APPROVED,
    Action.REFUSE: Request.Status.REFUSED,
    Action.WITHDRAW: Request.Status.WITHDRAWN,
}


@receiver(moved, sender=Case)
def keep_tasks(*, case, event, **_rest):
    """End the task that was left, begin the one that was entered, follow holder and deadline."""
    before, now = TASK_OF.get(event.state_from), TASK_OF.get(case.state)
    if event.action in TIMER or not (before or now):
        return
    another = now != before or event.action == Action.REDISPATCH
    tasks = WorkItem.objects.open().filter(case=case)
    if before and another:
        tasks.filter(kind=before).update(done_at=event.at, result=_result(case, event))
    if now and another:
        WorkItem.objects.create(
            case=case, kind=now, user_id=_user(case, now), department_id=_department(case, now),
            sent_at=event.at, due_at=case.due_at,
        )  # fmt: skip
    elif now:
        # While a return waits, the clock that runs is the center's.
        due_at = None if case.pending == "return_" else case.due_at
        tasks.filter(kind=now).update(user_id=_user(case, now), due_at=due_at)


def _user(case, kind):
    return case.handler_id if kind == WorkItem.Kind.DISPOSE else case.collector_id


def _department(case, kind):
    return case.department_id if kind == WorkItem.Kind.DISPOSE else None


def _result(case, event):
    answers = {Action.VERIFY: case.verify_result, Action.CHECK: case.check_result}
    return answers.get(event.action) or event.action


@receiver(moved, sender=Case)
def keep_requests(*, case, event, **_rest):
    """One row per request: opened, decided, or lapsed when the case ended without a decision."""
    if event.action in REQUESTS:
        _open_request(case, event)
    elif event.action == Action.FORWARD:
        Request.objects.open().filter(case=case).update(
            forwarded_by=event.by, forwarded_at=event.at, forward_opinion=event.opinion
        )
    elif event.action in DECIDED and "request" in event.data:
        _decide(case, event, DECIDED[event.action])
    elif event.action == Action.FORCE_CLOSE:
        _decide(case, event, Request.Status.LAPSED)


def _open_request(case, event):
    kind = event.data["request"]
    Request.objects.create(
        case=case, kind=kind, asked_by=event.by, department=event.by_department,
        asked_at=event.at, reason=event.opinion, return_kind=event.data.get("return_kind", ""),
        until=case.suspended_until if kind.startswith("suspend") else None,
    )  # fmt: skip


def _decide(case, event, status):
    Request.objects.open().filter(case=case).update(
        status=status, decided_by=event.by, decided_at=event.at, opinion=event.opinion,
        seconds=event.data.get("seconds"),
    )  # fmt: skip


@receiver(moved, sender=Case)
def take_words_back(*, case, event, **_rest):
    """What was told of marks that do not count is settled: read, never sent, never urged. The task
    that began with the end of a suspension was none."""
    if event.action != Action.TAKE_BACK:
        return
    rows = case.events.filter(seq__in=event.data["marks"])
    told = Notice.objects.filter(event__in=rows)
    told.filter(read_at__isnull=True).update(read_at=event.at, next_try_at=None)
    moments = rows.filter(action=Action.URGE).values("at")
    Urge.objects.filter(case=case, by=None, at__in=moments).delete()
    begun = rows.filter(action=Action.RESUME).values("at")
    WorkItem.objects.open().filter(case=case, sent_at__in=begun).delete()


# --- joint handling -------------------------------------------------------------------------
@receiver(moved, sender=Case)
def keep_assists(*, case, event, inputs, **_rest):
    """A row for each department asked to assist, done with its feedback."""
    if "assist" in event.data:
        _ask_assistance(case, event, inputs)
    elif event.action == Action.ASSIST_FEEDBACK:
        rows = Assist.objects.filter(case=case, done_at__isnull=True)
        rows = rows.filter(department__in=handled_departments(event.by))
        if not rows.update(done_by=event.by, done_at=event.at, opinion=event.opinion):
            raise NotNow(_("Your department has fed back already."), "refused")


def _ask_assistance(case, event, inputs):
    asked = set(case.assists.filter(done_at__isnull=True).values_list("department_id", flat=True))
    Assist.objects.bulk_create(
        Assist(case=case, department=row, asked_by=event.by, asked_at=event.at, note=event.opinion)
        for row in inputs["assist"]
        if row.code in event.data["assist"] and row.pk not in asked
    )


# --- oversight ------------------------------------------------------------------------------
@receiver(moved, sender=Case)
def keep_oversight(*, case, event, **_rest):
    """Supervision with its reply and its end; urging; instructions; rulings."""
    if keep := OVERSIGHT.get(event.action):
        keep(case, event)
    if event.state_to in FINAL and event.state_from != event.state_to:
        _resolve(case, event)


def _supervise(case, event):
    Supervision.objects.create(
        case=case, kind=event.data["supervise_type"], requirement=event.opinion,
        department=case.department, asked_by=event.by, asked_at=event.at,
        reply_due_at=case.reply_due_at,
    )  # fmt: skip


def _reply(case, event):
    case.supervisions.open().update(reply=event.opinion, replied_by=event.by, replied_at=event.at)


def _resolve(case, event):
    case.supervisions.open().update(resolved_by=event.by, resolved_at=event.at)


def _urge(case, event):
    """By the timer when a reply is late, else by a person."""
    late = case.supervisions.open().first() if event.by is None else None
    Urge.objects.create(
        case=case, supervision=late, department=case.department, by=event.by, at=event.at,
        text=event.opinion,
    )  # fmt: skip


def _instruct(case, event):
    Instruction.objects.create(case=case, by=event.by, at=event.at, text=event.opinion)


def _rule(case, event):
    Ruling.objects.create(
        case=case, matter_class_id=case.matter_class_id, community_id=case.community_id,
        component_id=case.component_id, department=case.department, record=event.opinion,
        by=event.by, at=event.at,
    )  # fmt: skip


OVERSIGHT = {
    Action.SUPERVISE: _supervise, Action.REPLY: _reply, Action.RESOLVE: _resolve,
    Action.URGE: _urge, Action.INSTRUCT: _instruct, Action.ARBITRATE: _rule,
}  # fmt: skip
