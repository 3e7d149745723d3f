"""A ledger as a table for spreadsheet programs."""

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.ledgers.registry import MOMENT, Ledger

MOST = 50_000  # rows of one file; more is asked for by shorter periods


def head(ledger: Ledger) -> list[str]:
    common = [_("Number"), _("Class"), _("Street"), _("Place"), _("Department"), _("Time")]
    return [*common, *(str(column.label) for column in ledger.columns)]


def cells(ledger: Ledger, row) -> list:
    """Values of one line in the order of `head`; instants in local time without a zone."""
    case = ledger.case_of(row)
    common = [
        case.number, str(case.matter_class), case.street.name, case.address,
        str(case.department or ""), _local(getattr(row, ledger.at)),
    ]  # fmt: skip
    return [*common, *(_plain(column, row) for column in ledger.columns)]


def lines(ledger: Ledger, rows: Iterable) -> Iterator[list]:
    yield head(ledger)
    for row in rows:
        yield cells(ledger, row)


def _plain(column, row):
    value = column.value(row)
    if column.kind == MOMENT:
        return _local(value)
    return value if isinstance(value, int | float) else str(value or "")


def _local(moment):
    return timezone.localtime(moment).replace(tzinfo=None) if moment else ""
