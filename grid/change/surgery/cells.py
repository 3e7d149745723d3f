"""Deeds on whole cells: split, merge, renumber, retire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from citymgmt.lib.errors import BadInput
from grid.build.builder.measure import FAULT_M2

from .faces import array, cut, holders, joined
from .numbers import Numbers
from .plan import Limits, Plan, Standing, make_plan

Vector = NDArray[np.float64]


# --- split ----------------------------------------------------------------------------------
def split(cell: Standing, lines: Sequence[LineString], numbers: Numbers, limits: Limits) -> Plan:
    """Cut one cell along lines. An end that stops short of the border by no more than the
    tolerance is carried over it; a line may also enclose a piece inside the cell."""
    for line in lines:
        if not line.is_simple:
            raise BadInput(_("The split line crosses itself."), "line_crosses_itself")
    reaching = [_carried(line, cell.polygon, limits.tolerance_m) for line in lines]
    pieces = _pieces(cell, reaching)
    if len(pieces) < 2:
        raise BadInput(
            _("The split line does not cross cell %s from border to border.") % cell.code,
            "does_not_cross",
        )
    return make_plan("split", [cell], pieces, numbers, limits)


def _pieces(cell: Standing, lines: Sequence[LineString]) -> list[BaseGeometry]:
    faces = cut([cell.polygon.boundary, *lines])
    inside, _count = holders(faces, [cell.polygon])
    pieces = faces[inside == 0]
    return [piece for piece in pieces if piece.area > FAULT_M2 / 1000]


def _carried(line: LineString, polygon: BaseGeometry, tolerance: float) -> LineString:
    """The line with both ends drawn out over a border that they miss by the tolerance."""
    points = shapely.get_coordinates(line)
    if len(points) < 2 or line.is_ring:
        return line
    border = polygon.boundary
    first = _beyond(points[1], points[0], border, tolerance)
    last = _beyond(points[-2], points[-1], border, tolerance)
    return LineString([*first, *points, *last])


def _beyond(before: Vector, end: Vector, border: BaseGeometry, tolerance: float) -> list[Vector]:
    run = end - before
    length = float(np.hypot(*run))
    if length == 0 or shapely.distance(shapely.Point(end), border) > tolerance:
        return []
    return [end + run / length * 2 * tolerance]


# --- merge ----------------------------------------------------------------------------------
def merge(cells: Sequence[Standing], numbers: Numbers, limits: Limits) -> Plan:
    """Neighbours of one community become one cell."""
    if len({cell.code for cell in cells}) < 2:
        raise BadInput(_("Merging needs at least two cells."), "too_few")
    refuse_two_communities(cell.community for cell in cells)
    whole = joined(cell.polygon for cell in cells)
    if whole.geom_type != "Polygon":
        raise BadInput(
            _("These cells do not all lie side by side: %s.") % _apart(cells, whole),
            "not_adjacent",
        )
    return make_plan("merge", cells, [whole], numbers, limits)


def refuse_two_communities(codes: Iterable[str]) -> None:
    """A unit grid never crosses a community. codes: of the communities of some cells."""
    homes = sorted(set(codes))
    if len(homes) > 1:
        raise BadInput(
            _("These cells lie in different communities: %s.") % ", ".join(homes),
            "crosses_community",
        )


def _apart(cells: Sequence[Standing], whole: BaseGeometry) -> str:
    """Codes of the cells group by group."""
    groups, _count = holders(array(cell.polygon for cell in cells), list(shapely.get_parts(whole)))
    names = [
        " + ".join(cell.code for cell, g in zip(cells, groups, strict=True) if g == group)
        for group in sorted(set(groups))
    ]
    return " | ".join(names)


# --- renumber, retire -------------------------------------------------------------------------
def renumber(cells: Sequence[Standing], numbers: Numbers) -> Plan:
    """Fresh codes for the same ground, rows from north to south and west to east in a row."""
    if not cells:
        raise BadInput(_("There are no cells to renumber."), "too_few")
    refuse_two_communities(cell.community for cell in cells)
    return make_plan(
        "renumber", cells, [cell.polygon for cell in cells], numbers, Limits(sliver_m2=0.0)
    )


def retire(cells: Sequence[Standing]) -> Plan:
    """Cells whose ground leaves the city: nothing takes their place."""
    if not cells:
        raise BadInput(_("There are no cells to retire."), "too_few")
    refuse_two_communities(cell.community for cell in cells)
    return Plan("retire", tuple(cells), ())
