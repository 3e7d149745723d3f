"""Where a set of cells is no partition: gaps, overlaps, crossings. Pure; metres of one zone.

Made for a whole city (50,000 cells): every step is on arrays, and costly geometry is done only
where a cheap test could not rule a fault out. Faults are counted above `FAULT_M2`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grid.build.builder.measure import FAULT_M2
from grid.build.builder.mesh import Array


class Overlap(NamedTuple):
    """Indexes of two shapes, and the ground they share."""

    one: int
    other: int
    ground: BaseGeometry


class Crossing(NamedTuple):
    """Index of a shape, and what of it lies outside its home."""

    shape: int
    ground: BaseGeometry


class Gap(NamedTuple):
    """Key of an area, and ground of it that no shape covers."""

    area: str
    ground: BaseGeometry


def overlaps(shapes: Array) -> list[Overlap]:
    """Pairs of valid shapes with ground in common."""
    if not len(shapes):
        return []
    # Only shapes whose borders do not match their neighbours' can overlap.
    bad = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    suspects = shapes[bad]
    one, other = shapely.STRtree(suspects).query(suspects, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    common = shapely.intersection(suspects[one], suspects[other])
    wrong = np.flatnonzero(shapely.area(common) > FAULT_M2)
    return [Overlap(int(bad[one[n]]), int(bad[other[n]]), common[n]) for n in wrong]


def crossings(
    shapes: Array, homes: Sequence[str], areas: Mapping[str, BaseGeometry]
) -> list[Crossing]:
    """Shapes that reach out of their home; those whose home is not in `areas` are left out."""
    found = []
    for home, members in _members(homes).items():
        if home not in areas:
            continue
        area = areas[home]
        shapely.prepare(area)
        doubtful = members[~shapely.covers(area, shapes[members])]
        beyond = shapely.difference(shapes[doubtful], area)
        for n in np.flatnonzero(shapely.area(beyond) > FAULT_M2):
            found.append(Crossing(int(doubtful[n]), beyond[n]))
    return sorted(found, key=lambda crossing: crossing.shape)


def gaps(shapes: Array, homes: Sequence[str], areas: Mapping[str, BaseGeometry]) -> list[Gap]:
    """Pieces of the areas that no shape covers, whatever its home."""
    members, tree = _members(homes), shapely.STRtree(shapes)
    found = []
    for key, area in areas.items():
        own = shapely.union_all(shapes[members.get(key, np.zeros(0, dtype=np.intp))])
        left = shapely.difference(area, own)
        for piece in shapely.get_parts(left):
            if piece.area <= FAULT_M2:
                continue
            strangers = shapes[tree.query(piece, predicate="intersects")]
            bare = shapely.difference(piece, shapely.union_all(strangers))
            found += [Gap(key, part) for part in shapely.get_parts(bare) if part.area > FAULT_M2]
    return found


def _members(homes: Sequence[str]) -> dict[str, NDArray[np.intp]]:
    names, group = np.unique(np.asarray(homes, dtype=object), return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=len(names)))
    return {
        str(name): np.asarray(part)
        for name, part in zip(names, np.split(order, ends[:-1]), strict=True)
    } if len(names) else {}  # fmt: skip
