"""Faces of a set of lines, and who lies beside whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.object_]


def faces_of(lines: Iterable[object], snap: float) -> Array:
    """Polygons enclosed by the lines, noded on the precision grid `snap`; dead ends are ignored."""
    noded = shapely.union_all(np.asarray(list(lines), dtype=object), grid_size=snap)
    faces: Array = shapely.get_parts(shapely.polygonize([noded]))
    return faces


def holders(faces: Array, areas: Array) -> NDArray[np.intp]:
    """Index of the first area that holds each face, -1 where none does.

    A face bounded by the areas' own borders lies wholly in one of them, so one point decides.
    """
    points = shapely.point_on_surface(faces)
    face, area = shapely.STRtree(areas).query(points, predicate="intersects")
    found = np.full(len(faces), len(areas), dtype=np.intp)
    np.minimum.at(found, face, area)
    found[found == len(areas)] = -1
    return found


@dataclass(frozen=True)
class Mesh:
    """Distinct edges of a planar partition.

    ends: (n, 2, 2) coordinates; left, right: face indexes, right is -1 on the outer border.
    """

    ends: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]

    @property
    def lengths(self) -> NDArray[np.float64]:
        run = self.ends[:, 1] - self.ends[:, 0]
        length: NDArray[np.float64] = np.hypot(run[:, 0], run[:, 1])
        return length


def mesh_of(faces: Array, snap: float) -> Mesh:
    """Match equal segments of neighbouring rings; vertices must be shared exactly."""
    rings, ring_face = shapely.get_rings(faces, return_index=True)
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    exact = np.rint(coords / snap).astype(np.int64)
    _points, number = np.unique(exact, axis=0, return_inverse=True)
    start, end = number[:-1][inside], number[1:][inside]
    key = np.minimum(start, end) * len(coords) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]])
    second = np.r_[first[1:], len(order)] - 1
    face = ring_face[ring[:-1][inside]][order]
    ends = np.stack([coords[:-1][inside], coords[1:][inside]], axis=1)[order][first]
    return Mesh(ends, face[first], np.where(second > first, face[second], -1))


def dissolve(faces: Array, group: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
    """One polygon per group, and the group of each; vertices between other groups stay."""
    order = np.argsort(group, kind="stable")
    names, first = np.unique(group[order], return_index=True)
    members = np.split(order, first[1:])
    merged = [faces[m[0]] if len(m) == 1 else shapely.coverage_union_all(faces[m]) for m in members]
    return np.array(merged, dtype=object), names
