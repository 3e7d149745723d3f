"""Cases that may be the same problem as a report: open or recently closed, near the place.

The query finds what the person may see; the order is pure (`ranked`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.models.duplicates import DuplicateReach
from cases.states import FINAL, State
from grid.geometry import STORED, degrees_box, distance_m
from inventory.models import Component, MatterClass

SHOWN = 8
LOOKED_AT = 400  # rows compared at most; a radius is a few dozen metres
COMPARED = (
    "point", "state", "reported_at", "component_id",
    "matter_class__kind", "matter_class__code", "matter_class__major",
)  # fmt: skip


class Kin(IntEnum):
    """What a case has in common with the report; the more, the likelier it is the same."""

    NEAR = 0
    MAJOR = 1
    SAME_CLASS = 2
    COMPONENT = 3


KIN_WORDS = {
    Kin.COMPONENT: _("same component"),
    Kin.SAME_CLASS: _("same class"),
    Kin.MAJOR: _("same group of classes"),
    Kin.NEAR: _("nearby"),
}


@dataclass(frozen=True)
class Reach:
    """Metres around the report, and days after closing."""

    radius_m: int = 100
    days: int = 30


@dataclass(frozen=True)
class Likeness:
    """One candidate as the order looks at it."""

    kin: Kin
    open: bool
    away_m: float
    age: timedelta


@dataclass(frozen=True)
class Candidate:
    case: Case
    likeness: Likeness
    photo: str | None  # uuid of its newest picture

    @property
    def why(self):
        return KIN_WORDS[self.likeness.kin]

    @property
    def likely(self) -> bool:
        return self.likeness.kin >= Kin.SAME_CLASS

    @property
    def open(self) -> bool:
        """Whether another report could be merged into it."""
        return self.likeness.open

    @property
    def away(self) -> int:
        return round(self.likeness.away_m)


def ranked(found: Iterable[tuple[Likeness, object]]) -> list:
    """The second of each pair: most in common first, then open, then the nearest, the newest."""
    pairs = sorted(found, key=lambda pair: _place(pair[0]))
    return [thing for _likeness, thing in pairs]


def _place(likeness: Likeness):
    return -likeness.kin, not likeness.open, round(likeness.away_m), likeness.age


def kin_of(case, matter_class, component) -> Kin:
    """`matter_class` and `component` of the report, either may be None."""
    if component and case.component_id == component.pk:
        return Kin.COMPONENT
    if matter_class is None:
        return Kin.NEAR
    other = case.matter_class
    if (other.kind, other.code) == (matter_class.kind, matter_class.code):
        return Kin.SAME_CLASS
    alike = (other.kind, other.major) == (matter_class.kind, matter_class.major)
    return Kin.MAJOR if alike else Kin.NEAR


def reach_of(matter_class: MatterClass | None) -> Reach:
    """The row of the class, else of its kind, else the default row, else `Reach()`; one query."""
    keys = Q(matter_class__isnull=True, kind="")
    if matter_class:
        keys |= Q(matter_class=matter_class)
        keys |= Q(matter_class__isnull=True, kind=matter_class.kind)
    rows = DuplicateReach.objects.filter(keys).order_by()
    best = max(rows, key=lambda row: (bool(row.matter_class_id), bool(row.kind)), default=None)
    return Reach(best.radius_m, best.days) if best else Reach()


def nearby(
    user, lon: float, lat: float, now: datetime, *,
    matter_class: MatterClass | None = None, component: Component | None = None,
    without: Case | None = None, limit: int = SHOWN,
) -> list[Candidate]:  # fmt: skip
    """What the person may see around a place (degrees), likeliest first; a fixed query count."""
    rows = Case.objects.visible_to(user)
    if without:
        rows = rows.exclude(pk=without.pk)
    return among(rows, lon, lat, now, matter_class, component, limit=limit)


def among(
    rows, lon, lat, now, matter_class=None, component=None, *, limit: int = SHOWN
) -> list[Candidate]:
    """Of these cases the candidates around a place, likeliest first."""
    reach = reach_of(matter_class)
    rows = around(rows, lon, lat, now, reach).select_related("matter_class").order_by("-id")
    here, found = shapely.Point(lon, lat), []
    for row in rows.only(*COMPARED)[:LOOKED_AT]:
        away = distance_m(here, shapely.Point(row.point.x, row.point.y))
        if away > reach.radius_m:
            continue
        kin = kin_of(row, matter_class, component)
        likeness = Likeness(kin, row.state not in FINAL, away, now - row.reported_at)
        found.append((likeness, (row.pk, likeness)))
    best = ranked(found)[:limit]
    whole = Case.objects.for_lists().prefetch_related("attachments")
    whole = whole.in_bulk([pk for pk, _likeness in best])
    return [Candidate(whole[pk], likeness, _picture(whole[pk])) for pk, likeness in best]


def around(rows, lon, lat, now, reach: Reach):
    """Of these cases the open and recently closed ones in the box around a place."""
    box = Polygon.from_bbox(degrees_box(lon, lat, reach.radius_m))
    box.srid = STORED
    return lasting(rows, now, reach).filter(point__bboverlaps=box)


def lasting(rows, now, reach: Reach):
    """Of these cases the open ones, and those closed not longer ago than the reach goes."""
    recent = Q(state=State.CLOSED, closed_at__gte=now - timedelta(days=reach.days))
    return rows.filter(recent | ~Q(state__in=FINAL))


def _picture(case):
    photos = list(case.attachments.all())
    return str(photos[-1].uuid) if photos else None


def of_case(user, case, now) -> list[Candidate]:
    """The candidates for a case that is registered already."""
    return nearby(
        user, case.point.x, case.point.y, now, matter_class=case.matter_class,
        component=case.component, without=case,
    )  # fmt: skip
