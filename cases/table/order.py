"""Sorting by a column, and pages that stay steady while cases come and go (keyset)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case as Either
from django.db.models import F, IntegerField, Q, QuerySet, Value, When

from cases.models import Case
from cases.states import State
from cases.table.columns import with_columns
from citymgmt.lib.addresses import key_of
from citymgmt.lib.dates import instant_of

PAGE = 50
# Name in the address → look-up; what has no value comes last, whichever way round.
SORTS = {
    "number": "pk", "class": "matter_class__code", "state": "step", "street": "street__code",
    "source": "source__code", "department": "department__path", "reported": "reported_at",
    "due": "due_at", "closed": "closed_at",
}  # fmt: skip
MOMENTS = {"reported_at", "due_at", "closed_at"}
NUMBERS = {"pk", "step"}
# The states in the order of the way of a case.
STEP = Either(
    *(When(state=state, then=Value(at)) for at, state in enumerate(State.values)),
    default=Value(len(State.values)), output_field=IntegerField(),
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """`name` is one of `SORTS`; `falling`: the largest first."""

    name: str
    falling: bool = False

    @classmethod
    def named(cls, text: str, default: "Order") -> "Order":
        """ "due", "-due"; anything else is the default."""
        name = text.removeprefix("-")
        return cls(name, text.startswith("-")) if name in SORTS else default

    def __str__(self) -> str:
        return f"-{self.name}" if self.falling else self.name

    @property
    def path(self) -> str:
        return SORTS[self.name]

    def sorted(self, rows: QuerySet) -> QuerySet:
        rows = rows.annotate(step=STEP) if self.path == "step" else rows
        if self.falling:
            return rows.order_by(F(self.path).desc(nulls_last=True), "-pk")
        return rows.order_by(F(self.path).asc(nulls_last=True), "pk")

    def page(self, rows: QuerySet, after: str = "", size: int = PAGE) -> tuple[list[Case], str]:
        """(cases, mark of the last or "" at the end) of a query without an order."""
        rows = self.sorted(rows)
        if after:
            rows = rows.filter(self._beyond(after))
        keys = list(rows.values_list("pk", self.path)[: size + 1])
        shown = [key for key, _value in keys[:size]]
        known = with_columns(Case.objects.all()).in_bulk(shown)
        mark = self._mark(keys[size - 1]) if len(keys) > size else ""
        return [known[key] for key in shown if key in known], mark

    def _mark(self, key) -> str:
        pk, value = key
        written = value.isoformat() if isinstance(value, datetime) else value
        return f"{'' if written is None else written}~{pk}"

    def _beyond(self, after: str) -> Q:
        """What comes after the mark; one that cannot be read starts from the beginning."""
        text, _sep, pk = after.rpartition("~")
        key = key_of(pk)
        if key is None:
            return Q()
        further = Q(**{"pk__lt" if self.falling else "pk__gt": key})
        if self.path == "pk":
            return further
        if text == "":
            return Q(**{f"{self.path}__isnull": True}) & further
        value = self._value(text)
        if value is None:
            return Q()
        beyond = Q(**{f"{self.path}__{'lt' if self.falling else 'gt'}": value})
        beyond |= Q(**{self.path: value}) & further
        return beyond | Q(**{f"{self.path}__isnull": True})

    def _value(self, text: str) -> Any:
        if self.path in NUMBERS:
            return key_of(text)
        return instant_of(text) if self.path in MOMENTS else text


NEWEST = Order("number", falling=True)
DUE_FIRST = Order("due")
