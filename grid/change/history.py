"""What was here on that day, what became of a cell, and old figures on today's cells."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from grid.build.builder.measure import FAULT_M2
from grid.geometry import from_geos, to_metres, zone_of
from grid.models import GridChange, UnitGrid, UnitGridQuerySet

Link = UnitGrid.predecessors.through
FORWARD = ("to_unitgrid_id", "from_unitgrid_id")  # from a predecessor to its successors
BACK = FORWARD[::-1]


# --- on a day -------------------------------------------------------------------------------
def cells_on(day: date) -> UnitGridQuerySet:
    """The grid as it was (or is to be) on a day."""
    return UnitGrid.objects.valid(day)


# --- what became of it ------------------------------------------------------------------------
@dataclass(frozen=True)
class Lineage:
    """All cells that `cell` came from and that came from it, with their community and changes.

    links: (code of a predecessor, code of its successor); changes: newest first.
    """

    cell: UnitGrid
    ancestors: list[UnitGrid]
    descendants: list[UnitGrid]
    links: list[tuple[str, str]]
    changes: list[GridChange]


def lineage(code: str) -> Lineage:
    """BadInput `unknown_cell` where no cell ever had the code. A query per generation and four."""
    cell = UnitGrid.objects.filter(code=code).first()
    if cell is None:
        raise BadInput(_("There is no unit grid %s.") % code, "unknown_cell")
    before, after = _walk({cell.pk}, BACK), _walk({cell.pk}, FORWARD)
    rows = UnitGrid.objects.in_bulk(before | after)
    kin = {cell.pk, *before, *after}
    links = Link.objects.filter(from_unitgrid__in=kin, to_unitgrid__in=kin)
    links = links.values_list("to_unitgrid__code", "from_unitgrid__code")
    keys = {key for row in (cell, *rows.values()) for key in (row.begun_by_id, row.ended_by_id)}
    changes = GridChange.objects.filter(pk__in=keys - {None}).select_related("by", "community")
    return Lineage(
        cell,
        sorted((rows[pk] for pk in before), key=_age),
        sorted((rows[pk] for pk in after), key=_age),
        sorted(links),
        list(changes.defer("community__geometry")),
    )


def _age(cell):
    return cell.start_date, cell.code


def _walk(start: Iterable[int], direction: tuple[str, str]) -> set[int]:
    """Everything that can be reached along the links, without the start; a query a generation."""
    origin, target = direction
    seen, edge = set(start), set(start)
    first = set(seen)
    while edge:
        links = Link.objects.filter(**{f"{origin}__in": edge})
        edge = set(links.values_list(target, flat=True)) - seen
        seen |= edge
    return seen - first


# --- old figures on other cells -----------------------------------------------------------------
def successors_share(code: str, day: date) -> dict[str, float]:
    """Where the ground of a cell is on a day: code of a cell valid then → share of the ground.

    Works backwards as well. The shares make one, less what left the city meanwhile. A figure of
    the old cell times the share is the figure of the other, as far as ground can tell.
    """
    return shares_on([code], day).get(code, {})


def shares_on(codes: Collection[str], day: date) -> dict[str, dict[str, float]]:
    """`successors_share` of many cells; codes nobody ever had are left out."""
    rows = list(UnitGrid.objects.filter(code__in=codes).order_by("code"))
    changed = [row for row in rows if not _holds(row, day)]
    found = {row.code: {row.code: 1.0} for row in rows if _holds(row, day)}
    kin = _walk({row.pk for row in changed}, BACK) | _walk({row.pk for row in changed}, FORWARD)
    there = list(cells_on(day).filter(pk__in=kin).order_by("code"))
    found |= {row.code: {} for row in changed}
    for old, new, share in _common(changed, there):
        found[old][new] = share
    return found


def _holds(row, day):
    return row.start_date <= day and (row.end_date is None or row.end_date > day)


def _common(old, new):
    """(code, code, share of the first's ground) of all pairs with ground in common."""
    if not old or not new:
        return
    zone = zone_of(old[0].geometry.centroid.x)
    ours, theirs = _metres(old, zone), _metres(new, zone)
    n, m = shapely.STRtree(theirs).query(ours, predicate="intersects")
    common = shapely.area(shapely.intersection(ours[n], theirs[m]))
    for row in np.flatnonzero(common > FAULT_M2):
        yield old[n[row]].code, new[m[row]].code, float(common[row] / ours[n[row]].area)


def _metres(rows, zone):
    return to_metres(np.array([from_geos(row.geometry) for row in rows], dtype=object), zone)
