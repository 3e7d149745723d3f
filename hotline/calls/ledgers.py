"""The ledger of call-backs: who was told the result, and how satisfied they were."""

from django.db.models import Case as Either
from django.db.models import CharField, Value, When
from django.utils.translation import gettext_lazy as _

from cases.ledgers.registry import Ledger, register
from citymgmt.lib.sheets import LONG, NUMBER, Column
from hotline.models import CallBack

STATUSES = (("reached", _("Reached")), ("missed", _("Not reached")))


def _rows():
    reached = Either(
        When(reached=True, then=Value("reached")), default=Value("missed"), output_field=CharField()
    )
    return CallBack.objects.annotate(outcome=reached).select_related("citizen", "by")


CALL_BACKS = Ledger(
    code="call-back", label=_("Call-back"), at="at", rows=_rows, order=40,
    note=_("Attempts to tell somebody the result, and the answers."),
    status="outcome", statuses=STATUSES,
    columns=(
        Column(_("Phone"), lambda row: row.citizen.masked),
        Column(_("Outcome"), lambda row: dict(STATUSES)[row.outcome]),
        Column(_("Satisfied with the service"), lambda row: row.get_service_display()),
        Column(_("Satisfied with the result"), lambda row: row.get_result_display()),
        Column(_("Score of the result"), lambda row: row.result, NUMBER),
        Column(_("Note"), lambda row: row.note, LONG),
        Column(_("By"), lambda row: row.by),
    ),
)  # fmt: skip


def enter():
    register(CALL_BACKS)
