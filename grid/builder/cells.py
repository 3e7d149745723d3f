"""Unit grids from lines and communities: node, merge slivers, split blocks, merge again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from .merge import links_of, merge_slivers
from .mesh import Array, Mesh, dissolve, faces_of, holders, mesh_of
from .numbering import reading_order
from .split import cut_lines

# Metres. Far above the noise of arithmetic, and so fine that a border of several kilometres moved
# by it changes hands by less than the 1 m² at which a fault is counted.
SNAP = 0.0001

STEPS = 4


@dataclass(frozen=True)
class Cell:
    """A unit grid before it has a code; `built_up` is false for open land and water."""

    community: Hashable
    polygon: Polygon
    built_up: bool


@dataclass(frozen=True)
class Faces:
    """A partition under way: polygons, index of the community, and open land marked."""

    polygons: Array
    community: NDArray[np.intp]
    is_open: NDArray[np.bool_]


def build_cells(
    lines: Iterable[BaseGeometry],
    communities: Mapping[Hashable, BaseGeometry],
    *,
    target_m2: float = 10_000,
    minimum_m2: float = 5_000,
    maximum_m2: float = 20_000,
    built_up_max_m2: float = 250_000,
    snap: float = SNAP,
    progress: Callable[[int, int], None] | None = None,
) -> list[Cell]:
    """Cover every community with cells that never cross into another.

    lines: road centre lines and barriers (water, rails, walls), metres. communities: key →
    polygon in the same metres; where two overlap, the earlier keeps the ground. Faces above
    `built_up_max_m2` are open land or water and stay whole. `progress` is told (step, steps).
    The result is ordered by community, then north to south and west to east; the same input
    gives the same result.
    """
    tell = progress or (lambda step, steps: None)
    keys = list(communities)
    if not keys:
        raise ValueError("a grid needs at least one community")
    areas = np.array(list(communities.values()), dtype=object)
    faces = _first_faces(lines, areas, snap, built_up_max_m2)
    tell(1, STEPS)
    blocks, edges = _merged(faces, snap, minimum_m2)
    tell(2, STEPS)
    parts = _split(blocks, edges, target_m2, maximum_m2, snap)
    tell(3, STEPS)
    final, _edges = _merged(parts, snap, minimum_m2, ceiling=maximum_m2)
    tell(4, STEPS)
    return [
        Cell(keys[final.community[i]], final.polygons[i], not final.is_open[i])
        for i in reading_order(final.polygons, first=final.community)
    ]


def _first_faces(
    lines: Iterable[BaseGeometry], areas: Array, snap: float, built_up_max: float
) -> Faces:
    usable = [line for line in lines if line is not None and not line.is_empty]
    areas = shapely.make_valid(areas, method="structure")
    faces = faces_of([*usable, *shapely.boundary(areas)], snap)
    community = holders(faces, areas)
    inside = community >= 0
    if not inside.any():
        raise ValueError("the communities enclose no ground")
    return Faces(faces[inside], community[inside], shapely.area(faces[inside]) > built_up_max)


def _merged(
    faces: Faces, snap: float, minimum: float, ceiling: float = float("inf")
) -> tuple[Faces, NDArray[np.float64]]:
    """The faces with slivers joined, and the edges that remain between them."""
    mesh = mesh_of(faces.polygons, snap)
    links = links_of(mesh, faces.community)
    group = merge_slivers(
        shapely.area(faces.polygons), links, faces.is_open, minimum=minimum, ceiling=ceiling
    )
    polygons, roots = dissolve(faces.polygons, group)
    return (
        Faces(polygons, faces.community[roots], faces.is_open[roots]),
        _borders(mesh, group),
    )


def _borders(mesh: Mesh, group: NDArray[np.intp]) -> NDArray[np.float64]:
    kept: NDArray[np.bool_] = (mesh.right < 0) | (group[mesh.left] != group[mesh.right])
    return mesh.ends[kept]


def _split(
    blocks: Faces, edges: NDArray[np.float64], target: float, maximum: float, snap: float
) -> Faces:
    """Cut what is too large; noding all edges again gives neighbours the new vertices too."""
    large = ~blocks.is_open & (shapely.area(blocks.polygons) > maximum)
    if not large.any():
        return blocks
    cuts = cut_lines(blocks.polygons[large], target)
    parts = faces_of([*shapely.linestrings(edges), *cuts], snap)
    owner = holders(parts, blocks.polygons)
    parts, owner = parts[owner >= 0], owner[owner >= 0]
    return Faces(parts, blocks.community[owner], blocks.is_open[owner])
