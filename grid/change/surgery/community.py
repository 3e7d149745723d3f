"""A whole community anew, from polygons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from shapely.geometry import Polygon

from citymgmt.lib.errors import BadInput
from grid.build.builder.measure import FAULT_M2
from grid.build.builder.merge import Links
from grid.build.builder.mesh import Array

from .cells import refuse_two_communities
from .faces import NOBODY, Owners, cut, holders, joined, links_between, shared_borders, thin
from .numbers import Numbers
from .plan import Limits, Plan, Standing, make_plan

ALONG = 0.25  # of its own border: a strip that touches new ground by less only hangs over


def reimport(
    cells: Sequence[Standing],
    drawn: Sequence[Polygon],
    others: Sequence[Standing],
    numbers: Numbers,
    limits: Limits,
    notes: Sequence[str] = (),
) -> Plan:
    """Replace all cells of a community. others: cells of other communities near the drawn ones.

    The polygons must cover the old ground and may bring new ground along that is nobody else's.
    Cracks, overlaps and overhangs no wider than the tolerance are closed; wider ones are refused.
    """
    refuse_two_communities(cell.community for cell in cells)
    if not drawn:
        raise BadInput(_("There are no polygons to import."), "empty")
    borders = [c.polygon.boundary for c in (*cells, *others)]
    faces = cut([*borders, *(polygon.boundary for polygon in drawn)])
    wide = ~thin(faces, limits.tolerance_m)
    was, _n = holders(faces, [c.polygon for c in cells])
    foreign, _n = holders(faces, [c.polygon for c in others])
    owner, count = holders(faces, list(drawn))
    _refuse_overlaps(faces, wide & (count > 1))
    _refuse_foreign(faces, wide & (owner != NOBODY) & (was == NOBODY), foreign, others)
    links = links_between(faces)
    owner[(was == NOBODY) & (foreign != NOBODY)] = NOBODY
    owner[_overhang(faces, links, owner, was, wide)] = NOBODY
    owner = _cracks_closed(faces, links, owner, was, wide)
    shapes = [_ground(n, faces[owner == n]) for n in range(len(drawn))]
    return make_plan("reimport", cells, shapes, numbers, limits, notes)


def _refuse_overlaps(faces: Array, wrong: NDArray[np.bool_]) -> None:
    if wrong.any():
        raise BadInput(
            _("The polygons overlap by %.0f m².") % shapely.area(faces[wrong]).sum(), "overlap"
        )


def _refuse_foreign(
    faces: Array, gained: NDArray[np.bool_], foreign: Owners, others: Sequence[Standing]
) -> None:
    wrong = np.flatnonzero(gained & (foreign != NOBODY))
    if len(wrong):
        cell = others[foreign[wrong[0]]]
        raise BadInput(
            _("The polygons reach %(size).0f m² into community %(community)s (cell %(code)s).")
            % {
                "size": shapely.area(faces[wrong]).sum(),
                "community": cell.community,
                "code": cell.code,
            },
            "crosses_community",
        )


def _overhang(
    faces: Array, links: Links, owner: Owners, was: Owners, wide: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Strips drawn beyond the old border, except those that lie along new ground taken in."""
    gained = (owner != NOBODY) & (was == NOBODY)
    along = np.array([
        sum(metres for other, metres in links[face].items() if gained[other] and wide[other])
        for face in range(len(faces))
    ])  # fmt: skip
    return np.asarray(gained & ~wide & (along < ALONG * shapely.length(faces)))


def _cracks_closed(
    faces: Array, links: Links, owner: Owners, was: Owners, wide: NDArray[np.bool_]
) -> Owners:
    """Give every strip of old ground without a polygon to the one with the longest border."""
    bare = (was != NOBODY) & (owner == NOBODY)
    if (bare & wide).any():
        raise BadInput(
            _("The polygons leave %.0f m² of the community uncovered.")
            % shapely.area(faces[bare & wide]).sum(),
            "gap",
        )
    closed, left = owner.copy(), list(np.flatnonzero(bare))
    while left:
        found = {face: shared_borders(links, int(face), closed) for face in left}
        found = {face: borders for face, borders in found.items() if borders}
        if not found:
            break
        for face, borders in found.items():
            closed[face] = max(borders, key=lambda n: (borders[n], -n))
        left = [face for face in left if face not in found]
    return closed


def _ground(number: int, faces: Array) -> Polygon:
    if not len(faces) or shapely.area(faces).sum() <= FAULT_M2:
        raise BadInput(
            _("Polygon %d lies outside the community or under another one.") % (number + 1),
            "no_ground",
        )
    return joined(faces)
