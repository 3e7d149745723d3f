"""The ledgers of requests, a kind each."""

from django.utils.translation import gettext_lazy as _

from cases.ledgers.registry import Ledger, register
from cases.presenting.words import words
from citymgmt.lib.sheets import LONG, MOMENT, Column
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
    Kind.SUSPEND_HARD: (Column(_("Suspended until"), lambda row: row.until, MOMENT),),
    Kind.RETURN: (Column(_("Kind of return"), lambda row: row.get_return_kind_display()),),
}
NOTES = {
    Kind.RETURN: _("Tasks that a department handed back, and what was decided."),
    Kind.VOID: _("Cases that the dispatcher asked to cancel."),
    Kind.EXTEND: _("More time asked for, given or refused."),
    Kind.SUSPEND: _("Clocks stopped until a date, asked for, approved or refused."),
    Kind.SUSPEND_HARD: _("Hard cases that the commander let wait."),
    Kind.APPEAL: _("Overdue marks that a department contested after closing."),
}
CODES = {
    Kind.RETURN: "return", Kind.VOID: "void", Kind.EXTEND: "extension",
    Kind.SUSPEND: "suspension", Kind.SUSPEND_HARD: "hard-suspension", Kind.APPEAL: "appeal",
}  # fmt: skip
STRICT = {Kind.RETURN, Kind.VOID, Kind.EXTEND, Kind.SUSPEND}


def _requests(order, kind):
    return Ledger(
        code=CODES[kind], label=kind.label, note=NOTES[kind], at="asked_at",
        rows=lambda: Request.objects.filter(kind=kind).select_related("asked_by", "decided_by"),
        department="department", status="status", statuses=tuple(Request.Status.choices),
        columns=(*ASKED, *EXTRA.get(kind, ())), strict=kind in STRICT, order=order,
    )  # fmt: skip


def enter():
    register(*(_requests(order, kind) for order, kind in enumerate(CODES, start=1)))
