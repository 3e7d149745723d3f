"""A grid from files: road centre lines, barriers and areas, or stand-in areas where none are."""

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import shapely
from django.db import transaction
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading.cells import compact
from grid.build.base_map import CLASS_FIELDS, NAME_FIELDS, road_rows, store_features
from grid.build.builder import Sizes, block_areas, voronoi_areas
from grid.build.store import (
    LEVEL_BY_DIGITS,
    AreaRow,
    compose_duty_grids,
    make_cells,
    parent_code,
    refuse_existing,
    store_areas,
    store_cells,
)
from grid.files.layers import Layer, cells, check_texts, read_lines, read_polygons
from grid.geometry import to_degrees, to_metres, zone_of
from grid.models import Area

COMMUNITY_M2 = 1_000_000  # a stand-in community holds about a hundred unit grids
COMMUNITIES_PER_STREET = 10
MOST = 999  # three digits number streets, and communities in a street


@dataclass(frozen=True)
class Plan:
    """What to build from: paths of files. `areas` None: communities are stood in for."""

    roads: str
    areas: str | None = None
    barriers: str | None = None
    compounds: str | None = None  # polygons kept whole
    buildings: str | None = None  # outlines that no split cuts
    district: str = ""
    name: str = ""
    code_field: str = "code"
    name_field: str = "name"
    roads_layer: str | None = None  # of a file with several
    encoding: str | None = None  # of the text of all files, where they do not tell
    crs: str | None = None  # of all files, believed more than what they say
    sizes: Sizes = field(default_factory=Sizes)
    since: date | None = None  # first day of the grid: today unless told


@dataclass(frozen=True)
class Draft:
    """A grid that is built but not stored: cells in metres of `zone`, areas in stored degrees."""

    roads: Layer
    areas: list[AreaRow]
    cells: list
    zone: int
    figures: dict
    since: date | None = None

    @property
    def districts(self):
        return {row.code[:6] for row in self.areas if len(row.code) == 12}


def build_grid(plan: Plan, *, dry_run: bool = False, progress=None) -> dict:
    """Build, measure and (unless `dry_run`) store areas, grids and roads, all or none.

    Answers the figures of `make_cells`. BadInput for files that cannot be used. `progress` hears
    (step, done, total) as `builder.build` tells it, and the steps "read", "measure", "store".
    """
    tell = progress or (lambda step, done, total: None)
    draft = draft_grid(plan, dry_run=dry_run, progress=tell)
    if not dry_run:
        store_draft(draft, progress=tell)
    return draft.figures


def draft_grid(plan: Plan, *, dry_run: bool, progress) -> Draft:
    """Everything but the storing. A district that has a grid is refused unless `dry_run`."""
    progress("read", 0, 1)
    roads = _read(read_lines, plan.roads, plan, (*NAME_FIELDS, *CLASS_FIELDS), plan.roads_layer)
    barriers = _shapes(read_lines, plan.barriers, plan)
    lines = np.r_[roads.shapes, barriers]
    if not len(lines):
        raise BadInput(_("%(file)s holds no lines.") % {"file": _name(plan.roads)}, "empty")
    rows = _areas_of_file(plan) if plan.areas else _stand_ins(plan, lines)
    communities = {row.code: row.geometry for row in rows if len(row.code) == 12}
    if not communities:
        raise BadInput(_("No area has a community code of 12 digits."), "no_communities")
    if not dry_run:
        for district in {code[:6] for code in communities}:
            refuse_existing(district)
    more = {
        "compounds": _shapes(read_polygons, plan.compounds, plan),
        "buildings": _shapes(read_polygons, plan.buildings, plan),
    }
    progress("read", 1, 1)
    made = make_cells(lines, communities, **more, sizes=plan.sizes, progress=progress)
    cells, figures, zone = made
    return Draft(roads, rows, cells, zone, figures, plan.since)


def store_draft(draft: Draft, *, progress) -> None:
    """Areas, unit grids, duty grids and the road lines of the base map, in one transaction."""
    for district in draft.districts:
        refuse_existing(district)
    total = len(draft.cells)
    progress("store", 0, total)
    with transaction.atomic():
        store_areas(draft.areas)
        store_cells(draft.cells, draft.zone, since=draft.since)
        compose_duty_grids()
        store_features(road_rows(draft.roads))
    progress("store", total, total)


def _read(reader, path, plan, texts=(), layer=None):
    try:
        found = reader(path, layer=layer, crs=plan.crs or None, encoding=plan.encoding or None)
        check_texts(found, texts)
    except ValueError as error:
        raise BadInput(f"{_name(path)}: {error}", "bad_file") from error
    return found


def _shapes(reader, path, plan):
    return _read(reader, path, plan).shapes if path else np.array([], dtype=object)


def _name(path):
    return Path(path).name


# --- areas from a file ----------------------------------------------------------------------
def _areas_of_file(plan):
    layer = _read(read_polygons, plan.areas, plan, (plan.code_field, plan.name_field))
    for name in (plan.code_field, plan.name_field):
        if name not in layer.fields:
            raise BadInput(
                _("%(file)s has no field %(field)s.") % {"file": _name(plan.areas), "field": name}
            )
    codes = [compact(cell.text) for cell in cells(layer.fields[plan.code_field])]
    names = [cell.text for cell in cells(layer.fields[plan.name_field])]
    for index, reason in enumerate(map(_wrong_area, codes, names)):
        if reason:
            file, row = _name(plan.areas), layer.row(index)
            raise BadInput(
                _("%(file)s, row %(row)d: %(reason)s")
                % {"file": file, "row": row, "reason": reason},
                "bad_area",
            )
    if twice := [code for code, count in Counter(codes).items() if count > 1]:
        raise BadInput(_("An area code appears twice: %s.") % twice[0])
    rows = [AreaRow(c, n, g) for c, n, g in zip(codes, names, layer.shapes, strict=True)]
    return _with_parents(rows, plan)


def _wrong_area(code, name):
    if len(code) not in LEVEL_BY_DIGITS or not (code.isascii() and code.isdigit()):
        return _("area codes of 4, 6, 9 or 12 digits are needed, not “%s”") % code
    most = Area._meta.get_field("name").max_length
    if not name or len(name) > most:
        return _("the area needs a name of at most %d characters") % most
    return ""


def _with_parents(rows, plan):
    """Streets and districts that the file leaves out are the union of what lies in them."""
    known = {row.code: row for row in rows}
    for digits in (12, 9):
        parts = {}
        for row in list(known.values()):
            if len(row.code) == digits and parent_code(row.code) not in known:
                parts.setdefault(parent_code(row.code), []).append(row.geometry)
        for code, shapes in parts.items():
            name = plan.name if code == plan.district and plan.name else code
            known[code] = AreaRow(code, name, shapely.union_all(shapes))
    return list(known.values())


# --- stand-ins ------------------------------------------------------------------------------
def _stand_ins(plan, lines):
    """District, streets and communities of whole blocks, of about equal size."""
    if len(plan.district) != 6 or not plan.district.isdigit():
        raise BadInput(_("Without areas a district code of 6 digits is needed."), "no_district")
    zone = zone_of(float(np.mean(shapely.bounds(lines)[:, [0, 2]])))
    grounds = list(block_areas(to_metres(lines, zone), COMMUNITY_M2).values())
    if not grounds:
        raise BadInput(_("The lines enclose no ground."), "no_ground")
    extent = shapely.union_all(grounds)
    streets = _grouped(extent, grounds)
    if len(streets) > MOST or max(map(len, streets)) > MOST:
        raise BadInput(_("The network is too large for one district."), "too_large")
    rows = [AreaRow(plan.district, plan.name or plan.district, to_degrees(extent, zone))]
    for number, members in enumerate(streets, start=1):
        rows += _street(f"{plan.district}{number:03d}", members, zone)
    return rows


def _grouped(extent, grounds):
    """Communities by the street whose seed is nearest: compact, and every border shared."""
    count = math.ceil(len(grounds) / COMMUNITIES_PER_STREET)
    seeds = shapely.centroid(np.array(list(voronoi_areas(extent, count).values()), dtype=object))
    centres = shapely.centroid(np.array(grounds, dtype=object))
    nearest = shapely.STRtree(seeds).nearest(centres)
    groups = [[g for g, s in zip(grounds, nearest, strict=True) if s == n] for n in range(count)]
    return [group for group in groups if group]


def _street(code, members, zone):
    name = _("Street %s") % code[6:]
    yield AreaRow(code, name, to_degrees(shapely.union_all(members), zone))
    for number, ground in enumerate(members, start=1):
        yield AreaRow(
            f"{code}{number:03d}", _("Community %s") % f"{code[6:]}-{number:03d}",
            to_degrees(ground, zone),
        )  # fmt: skip
