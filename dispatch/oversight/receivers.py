"""Keeps supervision, urging, instructions and rulings true to the log, inside the transaction of
each move."""

from django.dispatch import receiver

from cases.models import Case
from cases.signals import moved
from cases.states import FINAL, Action
from dispatch.models import Instruction, Notice, Ruling, Supervision, Urge, WorkItem


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
