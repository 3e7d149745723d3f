"""From what an officer wishes to a plan: dates, codes, drawings and stored cells, checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput, NotNow
from grid.change import drawings
from grid.change.ground import Ground, load_ground
from grid.change.surgery import (
    Limits,
    Numbers,
    Plan,
    check_ground,
    merge,
    redraw,
    refuse_two_communities,
    reimport,
    renumber,
    retire,
    split,
)
from grid.closed_periods import last_closed_day
from grid.models import Area, UnitGrid

FAR = 0.02  # degrees, about 2 km: beyond, a drawing is not of this community


@dataclass(frozen=True)
class Wish:
    """What is wanted of which cells from which day on; see `grid.change.actions`."""

    kind: str
    on: date
    codes: tuple[str, ...] = ()
    community: str = ""
    drawn: Any = None


def plan_of(wish: Wish) -> tuple[Plan, Ground]:
    """The plan and the ground it was made on; BadInput or NotNow where there is none."""
    if wish.kind not in DEEDS:
        raise BadInput(_("Unknown kind of change: %s.") % wish.kind, "unknown_kind")
    check_day(wish.on)
    chosen, community = _chosen(wish)
    shapes, notes = _drawn(wish)
    ground = load_ground(community, wish.on, _extent(shapes))
    _refuse_elsewhere(shapes, ground)
    plan = DEEDS[wish.kind](ground, chosen, _on_ground(shapes, ground), notes)
    _refuse_ending(plan, ground)
    ends = {cell.code for cell in plan.ending}
    check_ground(plan, [cell for code, cell in ground.cells.items() if code not in ends])
    return plan, ground


def check_day(day: date) -> None:
    """Frozen figures stand on the grid of their month: it is not changed under them."""
    closed = last_closed_day() if settings.GRID_KEEP_CLOSED_PERIODS else None
    if closed and day <= closed:
        raise BadInput(
            _("The figures up to %(closed)s are closed; choose a later day than %(day)s.")
            % {"closed": closed, "day": day},
            "closed_period",
            {"on": [_("Choose a day after %s.") % closed]},
        )


# --- cells ----------------------------------------------------------------------------------
def _chosen(wish) -> tuple[list[str], Area]:
    if wish.kind in WHOLE:
        community = Area.objects.filter(code=wish.community, level="community").first()
        if community is None:
            raise BadInput(_("There is no community %s.") % wish.community, "unknown_community")
        return [], community
    codes = list(dict.fromkeys(wish.codes))
    if not codes:
        raise BadInput(_("Choose a unit grid."), "too_few")
    if wish.kind in SINGLE and len(codes) > 1:
        raise BadInput(_("Choose one unit grid, not %d.") % len(codes), "too_many")
    rows = UnitGrid.objects.select_related("community").defer("geometry", "community__geometry")
    found = {row.code: row for row in rows.filter(code__in=codes)}
    for code in codes:
        _refuse_not_valid(found.get(code), code, wish.on)
    refuse_two_communities(found[code].community.code for code in codes)
    return codes, found[codes[0]].community


def _refuse_not_valid(row, code, day):
    if row is None:
        raise BadInput(_("There is no unit grid %s.") % code, "unknown_cell")
    if row.start_date > day:
        raise BadInput(
            _("Unit grid %(code)s begins on %(start)s only, after %(day)s.")
            % {"code": code, "start": row.start_date, "day": day},
            "before_start",
            {"on": [_("Choose %s or a later day.") % row.start_date]},
        )
    if row.end_date and row.end_date <= day:
        raise NotNow(
            _("Unit grid %(code)s has ended on %(end)s.") % {"code": code, "end": row.end_date},
            "cell_ended",
        )


def _refuse_ending(plan, ground):
    """A cell that a later change ends already cannot end twice."""
    for cell in plan.ending:
        row = ground.rows[cell.code]
        if row.end_date:
            raise NotNow(
                _("Unit grid %(code)s is to end on %(end)s by another change.")
                % {"code": cell.code, "end": row.end_date},
                "ends_already",
            )


# --- drawings -------------------------------------------------------------------------------
def _drawn(wish):
    if wish.kind == "split":
        return drawings.lines(wish.drawn), []
    if wish.kind == "redraw":
        return [drawings.polygon(wish.drawn)], []
    if wish.kind == "reimport":
        return drawings.polygons(wish.drawn)
    return [], []


def _extent(shapes):
    return tuple(shapely.total_bounds(shapes)) if shapes else None


def _refuse_elsewhere(shapes, ground):
    """A wrong reference system, or another place: not a matter of a border."""
    cells = [row.geometry.extent for row in ground.rows.values()
             if row.community_id == ground.community.pk]  # fmt: skip
    if not shapes or not cells:
        return
    here = shapely.box(*np.min(np.array(cells)[:, :2], axis=0), *np.max(cells, axis=0)[2:])
    if shapely.distance(here, shapely.box(*_extent(shapes))) > FAR:
        raise BadInput(
            _("The drawing lies far from community %s; is its reference system right?")
            % ground.community.code,
            "elsewhere",
        )


def _on_ground(shapes, ground):
    found = ground.metres(shapes) if shapes else []
    for shape in found:
        if not shape.is_valid:
            raise BadInput(_("The drawing is too fine to be ground."), "too_fine")
    return found


# --- deeds ----------------------------------------------------------------------------------
def limits() -> Limits:
    return Limits(settings.GRID_SLIVER_M2, settings.GRID_DRAWING_TOLERANCE_M)


def numbers(community: Area) -> Numbers:
    """Every code ever used counts, whatever became of the cell."""
    used = UnitGrid.objects.filter(code__startswith=community.code).aggregate(last=Max("code"))
    return Numbers(community.code, int(used["last"][-3:]) if used["last"] else 0)


def _cells(ground: Ground, codes: Iterable[str]):
    return [ground.cells[code] for code in codes]


def _split(ground, codes, shapes, notes):
    return split(ground.cells[codes[0]], shapes, numbers(ground.community), limits())


def _merge(ground, codes, shapes, notes):
    return merge(_cells(ground, codes), numbers(ground.community), limits())


def _redraw(ground, codes, shapes, notes):
    cell = ground.cells[codes[0]]
    fellows = [fellow for fellow in ground.fellows if fellow.code != cell.code]
    return redraw(cell, shapes[0], fellows, numbers(ground.community), limits())


def _renumber(ground, codes, shapes, notes):
    return renumber(ground.fellows, numbers(ground.community))


def _retire(ground, codes, shapes, notes):
    return retire(_cells(ground, codes))


def _reimport(ground, codes, shapes, notes):
    return reimport(
        ground.fellows, shapes, ground.others, numbers(ground.community), limits(), notes
    )


DEEDS = {
    "split": _split,
    "merge": _merge,
    "redraw": _redraw,
    "renumber": _renumber,
    "retire": _retire,
    "reimport": _reimport,
}
SINGLE = {"split", "redraw"}  # one cell is named
WHOLE = {"renumber", "reimport"}  # a community is named
