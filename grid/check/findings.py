"""The check of the stored grid: what does not hold, where, and how large (import check of the
domain: closed rings, no self-crossing, no overlap or gap above 1 m², one community, codes, areas).

Duplicate codes cannot be stored (`UnitGrid.code` is unique), so there is nothing to look for.
"""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.utils import timezone

from grid import dependants
from grid.check import faults
from grid.geometry import from_geos, to_degrees, to_metres, zone_of
from grid.models import Area, DutyMembership, UnitGrid

AREA_DIFFERS = 0.01  # share of the stored area
# Kind of a finding → key of its count in the figures.
KINDS = {
    "gap": "gaps",
    "overlap": "overlaps",
    "crossing": "crossing",
    "bad_code": "bad_codes",
    "invalid": "invalid",
    "wrong_area": "wrong_areas",
    "no_duty_grid": "no_duty_grid",
    "several_duty_grids": "several_duty_grids",
    "duty_grid_differs": "duty_grid_differs",
    "outside": "outside",
}


@dataclass(frozen=True)
class Finding:
    """One fault, with a point in it. `code`: of the cell (a gap: of the community; what lies
    outside: its own); `other`: the second cell of an overlap, the duty grids, what lies outside."""

    kind: str
    code: str
    lon: float
    lat: float
    size_m2: float = 0.0
    other: str = ""


@dataclass(frozen=True)
class Report:
    cells: int
    findings: list[Finding] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """`cells` and one count for every kind of finding."""
        found = Counter(finding.kind for finding in self.findings)
        return {"cells": self.cells, **{key: found[kind] for kind, key in KINDS.items()}}

    def as_json(self) -> dict[str, Any]:
        return {**self.figures(), "findings": [asdict(finding) for finding in self.findings]}


@dataclass(frozen=True)
class _Stored:
    """The valid cells as arrays, in metres of one zone."""

    zone: int
    codes: list[str]
    homes: list[str]
    duty: list[int | None]
    sizes: np.ndarray
    shapes: np.ndarray

    def place(self, ground) -> tuple[float, float]:
        point = to_degrees(ground.representative_point(), self.zone)
        return round(point.x, 7), round(point.y, 7)


def check(*, on: date | None = None, district: str = "") -> Report:
    """Everything, of the cells valid on a day (today unless told) whose codes begin with
    `district`. What stands on cells and duty grids is looked at for the whole city."""
    day = on or timezone.localdate()
    stored = _stored(day, district)
    sound = shapely.is_valid(stored.shapes)
    findings = [*_codes(stored), *_invalid(stored, sound), *_areas(stored, sound)]
    findings += _topology(stored, sound, district)
    findings += _duty(stored, day)
    if not on or on == timezone.localdate():
        findings += _outside(district)
    return Report(len(stored.codes), findings)


def _stored(day, district):
    rows = UnitGrid.objects.valid(day).filter(code__startswith=district).order_by("code")
    rows = list(rows.values_list("code", "community__code", "area_m2", "geometry", "duty_grid"))
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [from_geos(row[3]) for row in rows]
    zone = zone_of(float(np.mean(shapely.bounds(shapes)[:, [0, 2]]))) if rows else 105
    return _Stored(
        zone=zone,
        codes=[row[0] for row in rows],
        homes=[row[1] for row in rows],
        duty=[row[4] for row in rows],
        sizes=np.array([float(row[2]) for row in rows]),
        shapes=to_metres(shapes, zone) if rows else shapes,
    )


# --- cells by themselves ----------------------------------------------------------------------
def _codes(stored):
    """Codes that do not begin with those of their community, or end in 000."""
    for code, home, shape in zip(stored.codes, stored.homes, stored.shapes, strict=True):
        if not code.startswith(home) or code.endswith("000"):
            yield Finding("bad_code", code, *stored.place(shape), round(shape.area, 2))


def _invalid(stored, sound):
    for n in np.flatnonzero(~sound):
        shape = stored.shapes[n]
        yield Finding("invalid", stored.codes[n], *stored.place(shape), round(shape.area, 2))


def _areas(stored, sound):
    sizes = shapely.area(stored.shapes)
    for n in np.flatnonzero(sound & (np.abs(sizes - stored.sizes) > AREA_DIFFERS * stored.sizes)):
        place = stored.place(stored.shapes[n])
        yield Finding("wrong_area", stored.codes[n], *place, round(float(sizes[n]), 2))


# --- cells together ---------------------------------------------------------------------------
def _topology(stored, sound, district):
    whole = (
        shapely.make_valid(stored.shapes, method="structure") if not sound.all() else stored.shapes
    )
    areas = _communities(district, stored.zone)
    for overlap in faults.overlaps(whole):
        yield _finding("overlap", stored, overlap.one, overlap.ground, stored.codes[overlap.other])
    for crossing in faults.crossings(whole, stored.homes, areas):
        yield _finding("crossing", stored, crossing.shape, crossing.ground)
    for gap in faults.gaps(whole, stored.homes, areas):
        yield Finding("gap", gap.area, *stored.place(gap.ground), round(gap.ground.area, 2))


def _finding(kind, stored, n, ground, other=""):
    place = stored.place(ground)
    return Finding(kind, stored.codes[n], *place, round(ground.area, 2), other)


def _communities(district, zone):
    """Ground of the communities that have an outline, in metres, sound."""
    rows = Area.objects.filter(level="community", geometry__isnull=False)
    rows = list(rows.filter(code__startswith=district).values_list("code", "geometry"))
    if not rows:
        return {}
    shapes = np.array([from_geos(geometry) for _code, geometry in rows], dtype=object)
    shapes = shapely.make_valid(to_metres(shapes, zone), method="structure")
    return {code: shape for (code, _g), shape in zip(rows, shapes, strict=True)}


# --- who stands on them -----------------------------------------------------------------------
def _duty(stored, day):
    """Cells not in exactly one duty grid by the dated record, or whose own field says another:
    the rule of `duty.queries.faults`, told with places and fit for a whole city."""
    held = defaultdict(list)
    rows = DutyMembership.objects.on(day).order_by("duty_grid__code")
    for code, pk, name in rows.values_list("unit_grid__code", "duty_grid", "duty_grid__name"):
        held[code].append((pk, name))
    today = day == timezone.localdate()
    for n, code in enumerate(stored.codes):
        ids = [pk for pk, _name in held[code]]
        kind = _duty_kind(ids, differs=today and ids != [stored.duty[n]])
        if kind:
            names = ", ".join(name for _pk, name in held[code])
            yield _finding(kind, stored, n, stored.shapes[n], names)


def _duty_kind(held, differs):
    if not held:
        return "no_duty_grid"
    if len(held) > 1:
        return "several_duty_grids"
    return "duty_grid_differs" if differs else ""


def _outside(district):
    """Told by whoever registered in `grid.dependants`; codes begin with the district as well."""
    for dependant in dependants.registered():
        if dependant.outside:
            for code, lon, lat in dependant.outside():
                if code.startswith(district[:6]):
                    place = round(lon, 7), round(lat, 7)
                    yield Finding("outside", code, *place, other=str(dependant.label))
