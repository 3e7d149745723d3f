"""What a ledger is, and which there are."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from citymgmt.lib.sheets import Column


@dataclass(frozen=True)
class Ledger:
    """Rows of one kind, each about one case.

    `rows()` is the queryset of all rows; `at` the field with the moment of a row. `case`,
    `department` and `status` are look-ups from a row, empty where there is none ("" as `case`:
    the rows are cases themselves). `strict`: the share is to be kept down (workflow §16).
    """

    code: str
    label: str
    note: str
    rows: Callable[[], QuerySet]
    at: str
    columns: tuple[Column, ...]
    case: str = "case"
    department: str = ""
    status: str = ""
    statuses: tuple[tuple[str, str], ...] = field(default=())
    strict: bool = False
    order: int = 50

    def lookup(self, name: str) -> str:
        """`name` of the case as a look-up from a row."""
        return f"{self.case}__{name}" if self.case else name

    def case_of(self, row):
        return getattr(row, self.case) if self.case else row


_ledgers: dict[str, Ledger] = {}


def register(*ledgers: Ledger) -> None:
    """For `AppConfig.ready`; the same code again replaces the definition."""
    for ledger in ledgers:
        _ledgers[ledger.code] = ledger


def every() -> list[Ledger]:
    return sorted(_ledgers.values(), key=lambda ledger: (ledger.order, ledger.code))


def named(code: str) -> Ledger | None:
    return _ledgers.get(code)
