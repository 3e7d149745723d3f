"""Unit grids from lines and communities: node, merge slivers, split blocks, merge again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from .detour import around_buildings, obstacles_of
from .faces import Faces, blocks_of, cut_by_communities
from .merge import links_of, merge_slivers
from .mesh import Array, Mesh, dissolve, faces_of, holders, mesh_of
from .numbering import reading_order
from .split import cut_lines

# Metres. Far above the noise of arithmetic, and so fine that a border of several kilometres moved
# by it changes hands by less than the 1 m² at which a fault is counted.
SNAP = 0.0001

STEPS = ("blocks", "communities", "slivers", "split", "join")
CHUNK = 400  # blocks cut between two words of progress

Progress = Callable[[str, int, int], None]
Edges = NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """A unit grid before it has a code; `built_up` is false for open land and water."""

    community: Hashable
    polygon: Polygon
    built_up: bool


@dataclass(frozen=True)
class Sizes:
    """Square metres: what a cell should have, at least, at most, and the largest built-up block."""

    target: float = 10_000
    minimum: float = 5_000
    maximum: float = 20_000
    built_up_max: float = 250_000


class Built(NamedTuple):
    """Cells in reading order, and how many built-up blocks the given lines enclose."""

    cells: list[Cell]
    blocks: int


def build(
    lines: Iterable[BaseGeometry],
    communities: Mapping[Hashable, BaseGeometry],
    *,
    compounds: Iterable[BaseGeometry] = (),
    buildings: Iterable[BaseGeometry] = (),
    sizes: Sizes | None = None,
    snap: float = SNAP,
    progress: Progress | None = None,
) -> Built:
    """Cover every community with cells that never cross into another.

    lines: road centre lines and barriers (water, rails, walls), metres. communities: key →
    polygon in the same metres; where two overlap, the earlier keeps the ground. compounds:
    polygons that stay in one cell each, whatever their size, unless a community border cuts them.
    buildings: outlines that no cut through a block divides. A block above `built_up_max` between
    the lines is open land or water and stays whole inside its community. `progress` is told
    (step of STEPS, done, total); what it raises ends the work. The result is ordered by
    community, then north to south and west to east; the same input gives the same result.
    """
    sizes, tell = sizes or Sizes(), progress or (lambda step, done, total: None)
    keys = list(communities)
    if not keys:
        raise ValueError("a grid needs at least one community")
    areas = shapely.make_valid(
        np.array(list(communities.values()), dtype=object), method="structure"
    )
    given = _usable(lines)
    tell("blocks", 0, len(given))
    blocks = blocks_of(given, areas, _parts(compounds), snap, sizes.built_up_max)
    tell("blocks", len(given), len(given))
    tell("communities", 0, len(areas))
    pieces = cut_by_communities(blocks, areas, snap)
    tell("communities", len(areas), len(areas))
    merged, edges = _merged(pieces, snap, sizes, "slivers", tell)
    parts = _split(merged, edges, _parts(buildings), sizes, snap, tell)
    final, _edges = _merged(parts, snap, sizes, "join", tell)
    cells = [
        Cell(keys[final.community[i]], final.polygons[i], not final.is_open[i])
        for i in reading_order(final.polygons, first=final.community)
    ]
    return Built(cells, _count_built_up(blocks, snap))


def _count_built_up(blocks: Faces, snap: float) -> int:
    """Without hairs, no wider than the precision grid, between a line and itself given twice."""
    hair = shapely.area(blocks.polygons) <= 2 * snap * shapely.length(blocks.polygons)
    return int((~blocks.is_open & ~hair).sum())


def build_cells(
    lines: Iterable[BaseGeometry], communities: Mapping[Hashable, BaseGeometry], **options: object
) -> list[Cell]:
    """The cells of `build` alone."""
    return build(lines, communities, **options).cells  # type: ignore[arg-type]


def _usable(shapes: Iterable[BaseGeometry]) -> Array:
    return np.array([s for s in shapes if s is not None and not s.is_empty], dtype=object)


def _parts(polygons: Iterable[BaseGeometry]) -> Array:
    """Single valid polygons."""
    valid = shapely.make_valid(_usable(polygons), method="structure")
    parts: Array = shapely.get_parts(valid)
    return np.asarray(parts[shapely.get_dimensions(parts) == 2])


def _merged(
    faces: Faces, snap: float, sizes: Sizes, step: str, tell: Progress
) -> tuple[Faces, Edges]:
    """The faces with slivers joined, and the edges that remain between them.

    Before the split ("slivers") a small compound does not join: a block that is cut later must
    not hold it. After it ("join") the limit is the largest size of a cell.
    """
    mesh = mesh_of(faces.polygons, snap)
    last = step == "join"
    group = merge_slivers(
        shapely.area(faces.polygons),
        links_of(mesh, faces.community),
        faces.is_open,
        stays=np.zeros_like(faces.whole) if last else faces.whole,
        minimum=sizes.minimum,
        ceiling=sizes.maximum if last else float("inf"),
        tell=lambda done, total: tell(step, done, total),
    )
    polygons, roots = dissolve(faces.polygons, group)
    return faces.renewed(polygons, roots), _borders(mesh, group)


def _borders(mesh: Mesh, group: NDArray[np.intp]) -> Edges:
    kept: NDArray[np.bool_] = (mesh.right < 0) | (group[mesh.left] != group[mesh.right])
    return mesh.ends[kept]


def _split(
    blocks: Faces, edges: Edges, buildings: Array, sizes: Sizes, snap: float, tell: Progress
) -> Faces:
    """Cut what is too large; noding all edges again gives neighbours the new vertices too."""
    large = np.flatnonzero(
        ~blocks.is_open & ~blocks.whole & (shapely.area(blocks.polygons) > sizes.maximum)
    )
    tell("split", 0, len(large))
    if not len(large):
        return blocks
    obstacles = obstacles_of(buildings, blocks.polygons[large])
    cuts = []
    for start in range(0, len(large), CHUNK):
        some = large[start : start + CHUNK]
        cuts.append(cut_lines(blocks.polygons[some], sizes.target, obstacles))
        tell("split", start + len(some), len(large))
    lines = np.concatenate(cuts)
    parts = faces_of([*shapely.linestrings(edges), *lines], snap)
    owner = holders(parts, blocks.polygons)
    found = blocks.renewed(parts[owner >= 0], owner[owner >= 0])
    region = owner[owner >= 0]
    return around_buildings(found, region, blocks.polygons[large], obstacles, lines, snap)
