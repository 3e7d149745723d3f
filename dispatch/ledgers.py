"""The ledgers of requests and of deeds that leave a row in the log."""

from django.utils.translation import gettext_lazy as _

from cases.ledgers.registry import LONG, MOMENT, NUMBER, Column, Ledger, register
from cases.models import CaseEvent
from cases.presenting import words
from cases.states import Action
from dispatch.models import Request

Kind = Request.Kind


def _hours(row):
    return words(row.seconds) if row.seconds else ""


ASKED = (
    Column(_("Asked by"), lambda row: row.asked_by),
    Column(_("Reason"), lambda row: row.reason, LONG),
    Column(_("Status"), lambda row: row.get_status_display()),
    Column(_("Decided by"), lambda row: row.decided_by),
    Column(_("Decided"), lambda row: row.decided_at, MOMENT),
    Column(_("Opinion"), lambda row: row.opinion, LONG),
)
EXTRA = {
    Kind.EXTEND: (Column(_("Added time"), _hours),),
    Kind.SUSPEND: (Column(_("Suspended until"), lambda row: row.until, MOMENT),),
}
NOTES = {
    Kind.RETURN: _("Tasks that a department handed back, and what was decided."),
    Kind.VOID: _("Cases that the dispatcher asked to cancel."),
    Kind.EXTEND: _("More time asked for, given or refused."),
    Kind.SUSPEND: _("Clocks stopped until a date, asked for, approved or refused."),
}
CODES = {Kind.RETURN: "return", Kind.VOID: "void", Kind.EXTEND: "extension",
         Kind.SUSPEND: "suspension"}  # fmt: skip


def _requests(order, kind):
    return Ledger(
        code=CODES[kind], label=kind.label, note=NOTES[kind], at="asked_at",
        rows=lambda: Request.objects.filter(kind=kind).select_related("asked_by", "decided_by"),
        department="department", status="status", statuses=tuple(Request.Status.choices),
        columns=(*ASKED, *EXTRA.get(kind, ())), strict=True, order=order,
    )  # fmt: skip


DEED = (
    Column(_("By"), lambda row: row.by),
    Column(_("Opinion"), lambda row: row.opinion, LONG),
    Column(_("Step of the log"), lambda row: row.seq, NUMBER),
)


def _deeds(order, code, label, note, *actions):
    """A ledger of rows of the log. The department is the one responsible after the step."""
    return Ledger(
        code=code, label=label, note=note, at="at", department="department", columns=DEED,
        rows=lambda: CaseEvent.objects.filter(action__in=actions).select_related("by"),
        order=order,
    )  # fmt: skip


LEDGERS = (
    *(_requests(order, kind) for order, kind in enumerate(CODES, start=1)),
    _deeds(20, "rework", _("Rework"), _("Checks that failed and sent the case out again."),
           Action.REWORK),
    _deeds(21, "forced-close", _("Forced close"), _("Cases closed without a passed check."),
           Action.FORCE_CLOSE),
)  # fmt: skip


def enter():
    register(*LEDGERS)
