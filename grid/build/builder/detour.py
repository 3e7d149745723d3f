"""Cuts that would divide a building go around it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from .faces import Faces
from .mesh import Array, dissolve, faces_of, holders, mesh_of


def obstacles_of(buildings: Array, blocks: Array) -> Array:
    """Buildings that touch the blocks: courtyards filled, what touches or overlaps joined."""
    if not len(buildings):
        return buildings
    _block, near = shapely.STRtree(buildings).query(blocks, predicate="intersects")
    filled = shapely.polygons(shapely.get_exterior_ring(buildings[np.unique(near)]))
    joined = shapely.get_parts(shapely.union_all(filled))
    solid: Array = shapely.polygons(shapely.get_exterior_ring(joined))
    return solid


def around_buildings(
    parts: Faces,
    region: NDArray[np.intp],
    blocks: Array,
    obstacles: Array,
    cuts: Array,
    snap: float,
) -> Faces:
    """Every building that a cut divides goes whole to the part that holds most of it.

    region: per part the index of the block it was cut from. A border given before the cuts (a
    road, a community) still divides what lies across it.
    """
    if not len(obstacles) or not len(cuts):
        return parts
    hit = obstacles[np.unique(shapely.STRtree(obstacles).query(cuts, predicate="intersects")[1])]
    if not len(hit):
        return parts
    edges = shapely.linestrings(mesh_of(parts.polygons, snap).ends)
    pieces = faces_of([*edges, *_walls(hit, blocks)], snap)
    part, building = holders(pieces, parts.polygons), holders(pieces, hit)
    inside = part >= 0
    pieces, part, building = pieces[inside], part[inside], building[inside]
    key = np.where(building < 0, -1, region[part] * len(hit) + building)
    merged, names = dissolve(pieces, _homes(shapely.area(pieces), part, key))
    polygons, row = shapely.get_parts(merged, return_index=True)
    return parts.renewed(polygons, names[row])


def _walls(buildings: Array, blocks: Array) -> Array:
    """The walls as far as they stand inside a block: outside they would cut its neighbour."""
    block, building = shapely.STRtree(buildings).query(blocks, predicate="intersects")
    inner = shapely.intersection(shapely.boundary(buildings[building]), blocks[block])
    walls: Array = shapely.get_parts(inner)
    return np.asarray(walls[shapely.get_dimensions(walls) == 1])


def _homes(
    area: NDArray[np.float64], part: NDArray[np.intp], key: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The part of each piece; pieces of one building (key, -1 for none) go to the same one."""
    home, of = part.copy(), np.flatnonzero(key >= 0)
    if not len(of):
        return home
    pairs, row = np.unique(np.stack([key[of], part[of]], axis=1), axis=0, return_inverse=True)
    held = np.bincount(row.ravel(), area[of])
    order = np.lexsort((pairs[:, 1], -held, pairs[:, 0]))
    ranked = pairs[order]
    best = ranked[np.r_[True, ranked[1:, 0] != ranked[:-1, 0]]]
    home[of] = best[np.searchsorted(best[:, 0], key[of]), 1]
    return home
