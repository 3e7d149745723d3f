"""Areas, unit grids and duty grids into the database, in bulk.

Unit grids are never deleted or written over: a district that has some is refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import shapely
from django.contrib.gis.geos import MultiPolygon
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from citymgmt.lib.errors import BadInput
from grid.build.builder import Cell, Progress, Sizes, build, measure, number_cells
from grid.build.builder.measure import FAULT_M2
from grid.geometry import from_geos, to_degrees, to_geos, to_metres, zone_of
from grid.models import Area, DutyGrid, DutyMembership, UnitGrid

BATCH = 1_000
LEVEL_BY_DIGITS = {4: "city", 6: "district", 9: "street", 12: "community"}
DISTRICT_DIGITS = 6


class AreaRow(NamedTuple):
    """An area before it is stored: geometry in stored degrees, or None where not known."""

    code: str
    name: str
    geometry: BaseGeometry | None = None


# --- areas ----------------------------------------------------------------------------------
def parent_code(code: str) -> str:
    """The code one level up; a city has none."""
    digits = {12: 9, 9: 6, 6: 4}.get(len(code), 0)
    return code[:digits]


def store_areas(rows: Iterable[AreaRow]) -> dict[str, Area]:
    """Create or update areas, parents before children; answers all stored areas by code."""
    by_level = defaultdict(list)
    for row in rows:
        if len(row.code) not in LEVEL_BY_DIGITS or not row.code.isdigit():
            raise BadInput(_("An area code has 4, 6, 9 or 12 digits, not “%s”.") % row.code)
        by_level[len(row.code)].append(row)
    with transaction.atomic():
        for digits in sorted(by_level):
            parents = dict(Area.objects.values_list("code", "id"))
            Area.objects.bulk_create(
                [_area(row, parents) for row in by_level[digits]],
                update_conflicts=True,
                unique_fields=["code"],
                update_fields=["name", "level", "parent", "geometry"],
                batch_size=BATCH,
            )
    return {area.code: area for area in Area.objects.defer("geometry")}


def _area(row, parents):
    parent = parent_code(row.code)
    if len(row.code) > DISTRICT_DIGITS and parent not in parents:
        raise BadInput(
            _("Area %(code)s has no parent %(parent)s.") % {"code": row.code, "parent": parent}
        )
    return Area(
        code=row.code,
        name=row.name,
        level=LEVEL_BY_DIGITS[len(row.code)],
        parent_id=parents.get(parent),
        geometry=multi(row.geometry),
    )


def multi(shape: BaseGeometry | None):
    """A polygon or multipolygon in stored degrees as GeoDjango's multipolygon."""
    if shape is None:
        return None
    geos = to_geos(shape)
    return geos if isinstance(geos, MultiPolygon) else MultiPolygon(geos, srid=geos.srid)


# --- unit grids -----------------------------------------------------------------------------
def make_cells(
    lines: Sequence[BaseGeometry],
    communities: Mapping[str, BaseGeometry],
    *,
    compounds: Sequence[BaseGeometry] = (),
    buildings: Sequence[BaseGeometry] = (),
    sizes: Sizes | None = None,
    progress: Progress | None = None,
) -> tuple[list[Cell], dict, int]:
    """Build and measure: stored degrees in; cells in metres, figures, and their zone out.

    The figures are those of `measure` and `blocks`: built-up blocks between the given lines.
    `progress` hears (step, done, total), at last of the step "measure".
    """
    shapes = np.array(list(communities.values()), dtype=object)
    zone = zone_of(float(np.mean(shapely.bounds(shapes)[:, [0, 2]])))
    areas = dict(zip(communities, to_metres(shapes, zone), strict=True))
    tell = progress or (lambda step, done, total: None)
    given = (to_metres(np.asarray(g, dtype=object), zone) for g in (lines, compounds, buildings))
    ways, whole, outlines = given
    built = build(ways, areas, compounds=whole, buildings=outlines, sizes=sizes, progress=tell)
    # A crumb cut off where a border grazes a road is arithmetic, not ground.
    cells = [cell for cell in built.cells if cell.polygon.area > FAULT_M2]
    tell("measure", 0, len(cells))
    figures = measure(cells, areas) | {"blocks": built.blocks}
    tell("measure", len(cells), len(cells))
    return cells, figures, zone


def store_cells(cells: Sequence[Cell], zone: int, since: date | None = None) -> int:
    """Number the cells of each community (key of a cell: its 12-digit code) and insert them,
    valid from a day (today unless told)."""
    start = since or timezone.localdate()
    areas = dict(Area.objects.filter(level=Area.Level.COMMUNITY).values_list("code", "id"))
    by_community = defaultdict(list)
    for cell in cells:
        by_community[cell.community].append(cell)
    numbered = [pair for code, members in by_community.items() for pair in _numbered(members, code)]
    shapes = to_degrees(np.array([cell.polygon for _code, cell in numbered], dtype=object), zone)
    rows = (
        UnitGrid(
            code=code,
            community_id=areas[cell.community],
            geometry=to_geos(shape),
            area_m2=round(cell.polygon.area, 2),
            built_up=cell.built_up,
            start_date=start,
        )
        for (code, cell), shape in zip(numbered, shapes, strict=True)
    )
    with transaction.atomic():
        return len(UnitGrid.objects.bulk_create(rows, batch_size=BATCH))


def _numbered(cells, code):
    try:
        return number_cells(cells, code)
    except ValueError as error:
        raise BadInput(str(error), "too_many_cells") from error


def refuse_existing(district: str) -> None:
    """Unit grids are changed by dated succession, never built over."""
    if UnitGrid.objects.filter(code__startswith=district).exists():
        raise BadInput(
            _("District %s already has unit grids; they are never built over.") % district,
            "grid_exists",
        )


def compose_duty_grids() -> int:
    """One duty grid for every community whose unit grids have none; answers how many.

    A duty grid is the union of its unit grids. Where the ground of a community falls apart, the
    parts stay one patrol: its collectors know the community.
    """
    by_community = defaultdict(list)
    free = UnitGrid.objects.valid().filter(duty_grid=None, memberships=None)
    for community, cell, geometry in free.values_list("community_id", "id", "geometry"):
        by_community[community].append((cell, from_geos(geometry)))
    areas = Area.objects.in_bulk(by_community)
    with transaction.atomic():
        for pk, cells in by_community.items():
            _compose(areas[pk], cells)
    return len(by_community)


def _compose(community, cells):
    ground = shapely.coverage_union_all([shape for _pk, shape in cells])
    taken = DutyGrid.objects.filter(code__startswith=community.code).count()
    duty_grid = DutyGrid.objects.create(
        code=f"{community.code}{taken + 1:02d}",
        name=community.name,
        street_id=community.parent_id,
        geometry=multi(ground),
    )
    keys = [pk for pk, _shape in cells]
    UnitGrid.objects.filter(pk__in=keys).update(duty_grid=duty_grid)
    begun = dict(UnitGrid.objects.filter(pk__in=keys).values_list("pk", "start_date"))
    DutyMembership.objects.bulk_create(
        (DutyMembership(unit_grid_id=pk, duty_grid=duty_grid, valid_from=begun[pk]) for pk in keys),
        batch_size=BATCH,
    )


# --- what is stored -------------------------------------------------------------------------
def check_stored(district: str = "") -> dict:
    """Measure the valid unit grids as stored against their communities.

    Answers the figures of `measure` and bad_codes: cells whose code does not begin with that of
    their community.
    """
    rows = list(
        UnitGrid.objects.valid()
        .filter(code__startswith=district)
        .values_list("code", "community__code", "geometry", "built_up")
    )
    homes = Area.objects.filter(code__in={row[1] for row in rows}, geometry__isnull=False)
    communities = {c: from_geos(g) for c, g in homes.values_list("code", "geometry")}
    if not rows:
        return {**measure([], {}), "bad_codes": 0}
    zone = zone_of(from_geos(rows[0][2]).centroid.x)
    shapes = to_metres(np.array([from_geos(row[2]) for row in rows], dtype=object), zone)
    cells = [
        Cell(code, shape, built) for (_c, code, _g, built), shape in zip(rows, shapes, strict=True)
    ]
    areas = {code: to_metres(shape, zone) for code, shape in communities.items()}
    bad = sum(not code.startswith(community) for code, community, _g, _b in rows)
    return {**measure(cells, areas), "bad_codes": bad}
