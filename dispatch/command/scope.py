"""Whose cases are counted: the areas that a person oversees, or one of them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from cases.models import Case, CaseEvent
from cases.states import OPEN
from grid.models import Area


@dataclass(frozen=True)
class Scope:
    """The areas whose cases are counted (ids of districts, streets or communities), and the
    level of area they are compared by."""

    areas: frozenset[int]
    parts: str = "street"

    def of(self, prefix: str = "") -> Q:
        return (
            Q(**{f"{prefix}district__in": self.areas})
            | Q(**{f"{prefix}street__in": self.areas})
            | Q(**{f"{prefix}community__in": self.areas})
        )

    @property
    def cases(self) -> QuerySet[Case]:
        return Case.objects.filter(self.of())

    @property
    def open(self) -> QuerySet[Case]:
        return self.cases.filter(state__in=OPEN)

    def events(self, seq: int, since: datetime) -> QuerySet[CaseEvent]:
        return CaseEvent.objects.filter(self.of("case__"), feed__lte=seq, at__gte=since)


def overseen(user) -> list[Area]:
    """The areas granted to a person, without their shapes."""
    return list(Area.objects.overseen_by(user).defer("geometry").order_by("code"))


def scope_of(user, code: str = "") -> Scope | None:
    """All that the person oversees, or one area of it; None for one that is not theirs."""
    areas = overseen(user)
    if not code:
        return Scope(frozenset(area.pk for area in areas))
    # The code of an area starts with the codes of those above it.
    if not any(code.startswith(area.code) for area in areas):
        return None
    area = Area.objects.filter(code=code).only("id", "level").first()
    if area is None:
        return None
    below = area.level in (Area.Level.STREET, Area.Level.COMMUNITY)
    return Scope(frozenset({area.pk}), "community" if below else "street")
