"""Stand-ins for community borders where none are at hand."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .merge import links_of
from .mesh import Array, dissolve, faces_of, mesh_of

ROUNDS = 3  # of moving every seed to the centre of its area, which evens their sizes out
SNAP = 0.0001


def outline(lines: Iterable[BaseGeometry], snap: float = SNAP) -> BaseGeometry:
    """The ground enclosed by the lines, holes filled: the extent of a road network."""
    return _filled(faces_of(lines, snap))


def _filled(faces: Array) -> BaseGeometry:
    whole = shapely.coverage_union_all(faces)
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(whole))))


def block_areas(
    lines: Iterable[BaseGeometry], size_m2: float, seed: int = 0, snap: float = SNAP
) -> dict[int, BaseGeometry]:
    """Areas of whole blocks between the lines (metres), as a community follows its streets.

    Seeds are spread evenly, one for `size_m2`; every block goes to the seed that is nearest on
    the way from block to block, so that an area hangs together as far as the network does. The
    same lines, size and seed give the same areas, numbered from 1; {} where the lines enclose
    no ground.
    """
    faces = faces_of(lines, snap)
    if not len(faces):
        return {}
    extent = _filled(faces)
    count = max(1, int(np.ceil(extent.area / size_m2)))
    seeds = shapely.point_on_surface(list(voronoi_areas(extent, count, seed).values()))
    mesh = mesh_of(faces, snap)
    neighbours = links_of(mesh, np.zeros(len(faces), dtype=np.intp))
    at = shapely.get_coordinates(shapely.point_on_surface(faces))
    start = np.unique(shapely.STRtree(faces).nearest(seeds))
    group = _nearest_start(at, neighbours, start)
    grounds, _names = dissolve(faces, group)
    return dict(enumerate(grounds, start=1))


def _nearest_start(
    at: NDArray[np.float64], neighbours: list[dict[int, float]], start: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The start every face is nearest to, steps being the lines between neighbours' points.

    A group of faces that no start reaches (an island) goes to the one nearest as the crow flies.
    """
    nearest = np.full(len(at), -1, dtype=np.intp)
    _spread([(0.0, int(face), int(face)) for face in start], nearest, at, neighbours)
    by_air = start[shapely.STRtree(shapely.points(at[start])).nearest(shapely.points(at))]
    for face in range(len(at)):
        if nearest[face] < 0:
            _spread([(0.0, face, int(by_air[face]))], nearest, at, neighbours)
    return nearest


def _spread(
    queue: list[tuple[float, int, int]],
    nearest: NDArray[np.intp],
    at: NDArray[np.float64],
    neighbours: list[dict[int, float]],
) -> None:
    while queue:
        far, face, origin = heapq.heappop(queue)
        if nearest[face] >= 0:
            continue
        nearest[face] = origin
        for other in neighbours[face]:
            if nearest[other] < 0:
                step = float(np.hypot(*(at[other] - at[face])))
                heapq.heappush(queue, (far + step, other, origin))


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
