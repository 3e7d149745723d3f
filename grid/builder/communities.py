"""Stand-ins for community borders where none are at hand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .mesh import faces_of

ROUNDS = 3  # of moving every seed to the centre of its area, which evens their sizes out


def outline(lines: Iterable[BaseGeometry], snap: float = 0.0001) -> BaseGeometry:
    """The ground enclosed by the lines, holes filled: the extent of a road network."""
    whole = shapely.coverage_union_all(faces_of(lines, snap))
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(whole))))


def voronoi_areas(extent: BaseGeometry, count: int, seed: int = 0) -> dict[int, BaseGeometry]:
    """Cut the extent (metres) into `count` compact areas, numbered from 1 in order of creation.

    The same extent, count and seed give the same areas.
    """
    if count < 1:
        raise ValueError("at least one area is needed")
    if count == 1:
        return {1: extent}
    points = _scattered(extent, count, np.random.default_rng(seed))
    for _round in range(ROUNDS):
        cells = shapely.intersection(_cells(points, extent), extent)
        points = shapely.point_on_surface(shapely.convex_hull(cells))
    cells = shapely.intersection(_cells(points, extent), extent)
    return {n: cell for n, cell in enumerate(cells, start=1) if cell.area > 0}


def _cells(points: np.ndarray, extent: BaseGeometry) -> np.ndarray:
    whole = shapely.multipoints(points)
    voronoi = shapely.voronoi_polygons(whole, extend_to=extent, ordered=True)
    return np.asarray(shapely.get_parts(voronoi))


def _scattered(extent: BaseGeometry, count: int, rng: np.random.Generator) -> np.ndarray:
    shapely.prepare(extent)
    west, south, east, north = extent.bounds
    found = np.array([], dtype=object)
    while len(found) < count:
        xy = rng.uniform((west, south), (east, north), (4 * count, 2))
        points = shapely.points(xy)
        found = np.r_[found, points[shapely.contains(extent, points)]]
    return found[:count]
