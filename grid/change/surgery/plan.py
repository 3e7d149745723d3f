"""What a deed on cells amounts to: which end, which begin, and what must be true of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from citymgmt.lib.errors import BadInput
from grid.build.builder.cells import SNAP
from grid.build.builder.measure import FAULT_M2
from grid.build.builder.numbering import reading_order

from .faces import array
from .numbers import Numbers


@dataclass(frozen=True)
class Limits:
    """No cell below `sliver_m2` may come about, unless one it comes from was smaller already.

    A strip nowhere wider than twice `tolerance_m` beside an existing border is the inaccuracy of
    drawing: the existing border stays.
    """

    sliver_m2: float = 500.0
    tolerance_m: float = 0.5


@dataclass(frozen=True)
class Standing:
    """A cell in force. `community`: 12 digits; `polygon`: metres of the zone."""

    code: str
    community: str
    polygon: Polygon
    built_up: bool = True


@dataclass(frozen=True)
class Beginning:
    """A cell to come. `shares`: code of a predecessor → m² of its ground."""

    code: str
    polygon: Polygon
    built_up: bool
    shares: Mapping[str, float]

    @property
    def main_predecessor(self) -> str | None:
        """The one with the largest shared area (the lower code where two are equal)."""
        return min(self.shares, key=lambda code: (-self.shares[code], code), default=None)


@dataclass(frozen=True)
class Plan:
    """Cells that end and cells that begin on the same day.

    moved_m2: ground that ends up in another cell than the largest part of its old one.
    notes: what was repaired on the way, for people.
    """

    kind: str
    ending: tuple[Standing, ...]
    beginning: tuple[Beginning, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def moved_m2(self) -> float:
        kept = {
            cell.code: max((new.shares.get(cell.code, 0.0) for new in self.beginning), default=0.0)
            for cell in self.ending
        }
        return float(sum(max(cell.polygon.area - kept[cell.code], 0.0) for cell in self.ending))


def make_plan(
    kind: str,
    ending: Sequence[Standing],
    polygons: Sequence[BaseGeometry],
    numbers: Numbers,
    limits: Limits,
    notes: Sequence[str] = (),
) -> Plan:
    """Number the new polygons in reading order, trace where their ground comes from, and refuse
    slivers and pieces that are not one polygon."""
    polygons = [_whole(polygon) for polygon in polygons]
    order = reading_order(polygons)
    codes = numbers.fresh(len(polygons))
    parents = {cell.code: cell for cell in ending}
    shares = _shares(polygons, ending)
    beginning = []
    for code, n in zip(codes, order, strict=True):
        _refuse_sliver(polygons[n], [parents[c].polygon.area for c in shares[n]], limits)
        beginning.append(
            Beginning(code, polygons[n], _built_up(polygons[n], shares[n], parents), shares[n])
        )
    return Plan(kind, tuple(ending), tuple(beginning), tuple(notes))


def _whole(shape: BaseGeometry) -> Polygon:
    if shape.geom_type == "Polygon" and not shape.is_empty:
        return shapely.orient_polygons(shapely.normalize(shape))
    sizes = ", ".join(f"{part.area:,.0f} m²" for part in shapely.get_parts(shape))
    raise BadInput(
        _("A cell would fall apart into pieces that do not touch: %s.") % (sizes or "0 m²"),
        "falls_apart",
    )


def _shares(polygons: Sequence[BaseGeometry], ending: Sequence[Standing]) -> list[dict[str, float]]:
    """Per polygon the ground it takes from each cell that ends, m²; arithmetic is left out."""
    old, new = array(cell.polygon for cell in ending), array(polygons)
    found: list[dict[str, float]] = [{} for _polygon in polygons]
    if not len(old) or not len(new):
        return found
    n, m = shapely.STRtree(old).query(new, predicate="intersects")
    common = shapely.area(shapely.intersection(new[n], old[m], grid_size=SNAP))
    for row in np.flatnonzero(common > FAULT_M2):
        found[n[row]][ending[m[row]].code] = float(common[row])
    return [dict(sorted(shares.items())) for shares in found]


def _built_up(
    polygon: BaseGeometry, shares: Mapping[str, float], parents: Mapping[str, Standing]
) -> bool:
    """As most of its ground was; ground new to the city is taken as built-up."""
    open_land = sum(m2 for code, m2 in shares.items() if not parents[code].built_up)
    return bool(open_land <= polygon.area / 2)


def _refuse_sliver(polygon: BaseGeometry, parents: Sequence[float], limits: Limits) -> None:
    least = FAULT_M2 if any(m2 < limits.sliver_m2 for m2 in parents) else limits.sliver_m2
    if polygon.area < least:
        raise BadInput(
            _("A cell of %(size).1f m² would come about; the least is %(least).0f m².")
            % {"size": polygon.area, "least": least},
            "sliver",
        )


def check_ground(plan: Plan, around: Sequence[Standing]) -> None:
    """The promise of every plan, measured: BadInput `broken_ground` where it does not hold.

    around: cells that stay. It can only fail where the stored cells already overlap or cross.
    """
    old = shapely.union_all(array(c.polygon for c in plan.ending), grid_size=SNAP)
    new = shapely.union_all(array(c.polygon for c in plan.beginning), grid_size=SNAP)
    faults = {"overlap": sum(c.polygon.area for c in plan.beginning) - new.area}
    if plan.kind != "retire":
        faults["gap"] = shapely.difference(old, new, grid_size=SNAP).area
    gained = shapely.difference(new, old, grid_size=SNAP)
    if plan.kind != "reimport":
        faults["new ground"] = gained.area
    near = array(c.polygon for c in around)
    common = shapely.area(shapely.intersection(near, gained, grid_size=SNAP))
    faults["taken"] = float(common.sum())
    if any(m2 > FAULT_M2 for m2 in faults.values()):
        raise BadInput(
            _("The stored cells do not fit together here; run the check of the grid first."),
            "broken_ground",
        )
