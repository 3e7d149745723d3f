"""The ledgers of words from above, of rulings, and of steps that leave a row in the log."""

from django.db.models import Case as Either
from django.db.models import CharField, Exists, OuterRef, Value, When
from django.utils.translation import gettext_lazy as _

from cases.ledgers.registry import Ledger, register
from cases.models import CaseEvent
from cases.states import Action
from citymgmt.lib.sheets import LONG, MOMENT, NUMBER, Column
from dispatch.models import Instruction, Ruling, Supervision, Urge

DEED = (
    Column(_("By"), lambda row: row.by or _("System")),
    Column(_("Opinion"), lambda row: row.opinion, LONG),
    Column(_("Step of the log"), lambda row: row.seq, NUMBER),
)


def _deeds(order, code, label, *actions, note):
    """A ledger of rows of the log. The department is the one responsible after the step."""
    return Ledger(
        code=code, label=label, note=note, at="at", department="department", columns=DEED,
        rows=lambda: CaseEvent.objects.filter(action__in=actions).select_related("by"),
        order=order,
    )  # fmt: skip


SUPERVISION_STATUS = (
    ("waiting", _("Waiting")), ("replied", _("Replied")), ("late", _("Reply late")),
    ("resolved", _("Ended")),
)  # fmt: skip


def _supervisions():
    status = Either(
        When(resolved_at__isnull=False, then=Value("resolved")),
        When(replied_at__isnull=False, then=Value("replied")),
        When(Exists(Urge.objects.filter(supervision=OuterRef("pk"))), then=Value("late")),
        default=Value("waiting"), output_field=CharField(),
    )  # fmt: skip
    return Supervision.objects.annotate(status=status).select_related("asked_by", "replied_by")


SUPERVISION = Ledger(
    code="supervision", label=_("Supervision"), at="asked_at", rows=_supervisions, order=10,
    note=_("Formal demands to departments, replies and ends."), department="department",
    status="status", statuses=SUPERVISION_STATUS,
    columns=(
        Column(_("Kind"), lambda row: row.get_kind_display()),
        Column(_("By"), lambda row: row.asked_by),
        Column(_("Requirement"), lambda row: row.requirement, LONG),
        Column(_("Status"), lambda row: dict(SUPERVISION_STATUS)[row.status]),
        Column(_("Reply due"), lambda row: row.reply_due_at, MOMENT),
        Column(_("Reply"), lambda row: row.reply, LONG),
        Column(_("Replied"), lambda row: row.replied_at, MOMENT),
        Column(_("Ended"), lambda row: row.resolved_at, MOMENT),
    ),
)  # fmt: skip
SAID = (
    Column(_("By"), lambda row: row.by or _("System")),
    Column(_("Words"), lambda row: row.text, LONG),
)
URGES = Ledger(
    code="urge", label=_("Urging"), at="at", order=11, department="department", columns=SAID,
    note=_("Reminders to whoever holds a case, by hand or because a reply is late."),
    rows=lambda: Urge.objects.select_related("by"),
)  # fmt: skip
INSTRUCTIONS = Ledger(
    code="instruction", label=_("Instruction"), at="at", order=12, columns=SAID,
    note=_("Written orders of leaders on cases."),
    rows=lambda: Instruction.objects.select_related("by"),
)  # fmt: skip
RULINGS = Ledger(
    code="arbitration", label=_("Arbitration"), at="at", order=13, department="department",
    note=_("Who was ruled responsible when departments could not agree."),
    rows=lambda: Ruling.objects.select_related("by", "community").defer("community__geometry"),
    columns=(
        Column(_("Community"), lambda row: row.community.name),
        Column(_("Meeting record"), lambda row: row.record, LONG),
        Column(_("By"), lambda row: row.by),
        Column(_("In force"), lambda row: _("yes") if row.active else _("no")),
    ),
)  # fmt: skip


LEDGERS = (
    SUPERVISION, URGES, INSTRUCTIONS, RULINGS,
    _deeds(20, "proxy-disposal", _("Proxy disposal"), Action.PROXY_DISPOSE,
           note=_("Cases that another unit made safe before the owner was settled.")),
    _deeds(21, "no-party", _("No responsible party"), Action.NO_PARTY,
           note=_("Cases without an owner, given to the government of the place.")),
    _deeds(22, "stockpile", _("Stockpile"), Action.STOCKPILE,
           note=_("Hard cases that have waited so long that they are counted apart.")),
    _deeds(23, "merged", _("Merge"), Action.MERGE,
           note=_("Duplicates that were joined to a main case.")),
    _deeds(24, "self-disposed", _("Self-disposal"), Action.ARCHIVE,
           note=_("Trivial matters that a collector put right on the spot.")),
    _deeds(25, "rework", _("Rework"), Action.REWORK,
           note=_("Checks that failed and sent the case out again.")),
    _deeds(26, "forced-close", _("Forced close"), Action.FORCE_CLOSE,
           note=_("Cases closed without a passed check.")),
)  # fmt: skip


def enter():
    register(*LEDGERS)
