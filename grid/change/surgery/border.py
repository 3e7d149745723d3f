"""A new border between neighbours: one cell is drawn anew, the others give or take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from shapely.geometry import Polygon

from citymgmt.lib.errors import BadInput
from grid.build.builder.measure import FAULT_M2
from grid.build.builder.mesh import Array

from .faces import NOBODY, Owners, cut, holders, joined, links_between, shared_borders, thin
from .numbers import Numbers
from .plan import Limits, Plan, Standing, make_plan


def redraw(
    cell: Standing,
    drawn: Polygon,
    fellows: Sequence[Standing],
    numbers: Numbers,
    limits: Limits,
) -> Plan:
    """Give `cell` the shape `drawn`. fellows: the other valid cells of its community.

    Ground it gains comes from the fellows it now covers, ground it gives up goes to the fellow
    with the longest border to it. Only cells whose ground changes end.
    """
    cells = [cell, *(f for f in fellows if _near(f, cell, drawn))]
    faces = cut([*(c.polygon.boundary for c in cells), drawn.boundary])
    before, _count = holders(faces, [c.polygon for c in cells])
    inside = np.asarray(shapely.contains(drawn, shapely.point_on_surface(faces)))
    after = _owners_after(faces, before, inside, cells, limits)
    moved = np.flatnonzero(before != after)
    if not len(moved):
        raise BadInput(
            _("The drawn border differs nowhere from that of cell %s.") % cell.code,
            "nothing_changes",
        )
    changed = sorted(set(before[moved]) | set(after[moved]))
    shapes = [_ground(cells[n], faces[after == n]) for n in changed]
    return make_plan("redraw", [cells[n] for n in changed], shapes, numbers, limits)


def _near(fellow: Standing, cell: Standing, drawn: Polygon) -> bool:
    return bool(
        shapely.intersects(fellow.polygon, drawn)
        or shapely.dwithin(fellow.polygon, cell.polygon, 0.01)
    )


def _owners_after(
    faces: Array,
    before: Owners,
    inside: NDArray[np.bool_],
    cells: Sequence[Standing],
    limits: Limits,
) -> Owners:
    """Owner of every face once the first cell has its new shape; strips stay where they are."""
    wide = ~thin(faces, limits.tolerance_m)
    strange = inside & (before == NOBODY) & wide
    if strange.any():
        raise BadInput(
            _("The drawn cell reaches %(size).0f m² out of community %(community)s.")
            % {"size": shapely.area(faces[strange]).sum(), "community": cells[0].community},
            "crosses_community",
        )
    links, after = links_between(faces), before.copy()
    after[inside & wide & (before > 0)] = 0
    # Before any ground is given up: the strips that stay belong to the first cell.
    for face in np.flatnonzero(~inside & wide & (before == 0)):
        borders = shared_borders(links, int(face), before)
        borders.pop(0, None)
        if not borders:
            raise BadInput(
                _("%(size).0f m² of cell %(code)s would be left without a neighbour to take it.")
                % {"size": faces[face].area, "code": cells[0].code},
                "left_over",
            )
        after[face] = min(borders, key=lambda n: (-borders[n], cells[n].code))
    return after


def _ground(cell: Standing, faces: Array) -> Polygon:
    if not len(faces) or shapely.area(faces).sum() <= FAULT_M2:
        raise BadInput(
            _("Nothing would be left of cell %s; merge the cells instead.") % cell.code,
            "swallowed",
        )
    return joined(faces)
