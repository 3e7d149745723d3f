"""A partition under way, and its first two steps: blocks between lines, cut by communities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .mesh import Array, dissolve, faces_of, holders, mesh_of


@dataclass(frozen=True)
class Faces:
    """Polygons with the index of their community, open land and what must stay whole marked."""

    polygons: Array
    community: NDArray[np.intp]
    is_open: NDArray[np.bool_]
    whole: NDArray[np.bool_]

    def renewed(self, polygons: Array, owner: NDArray[np.intp]) -> Faces:
        """Other polygons that each inherit everything from one of these."""
        return Faces(polygons, self.community[owner], self.is_open[owner], self.whole[owner])


def blocks_of(
    lines: Array, areas: Array, compounds: Array, snap: float, built_up_max: float
) -> Faces:
    """Blocks between the lines inside the outline of all areas, whoever's ground they are.

    Open land is judged here, before any border of a community cuts: a block above `built_up_max`
    m² is open land or water. The faces of one compound are one block, whatever line enters it.
    """
    rings = shapely.boundary(np.r_[compounds, [shapely.union_all(areas)]])
    faces = faces_of([*lines, *rings], snap)
    faces = faces[holders(faces, areas) >= 0]
    if not len(faces):
        raise ValueError("the communities enclose no ground")
    compound = holders(faces, compounds) if len(compounds) else np.full(len(faces), -1)
    group = np.where(compound < 0, np.arange(len(faces)), len(faces) + compound)
    merged, names = dissolve(faces, group)
    polygons, row = shapely.get_parts(merged, return_index=True)
    return Faces(
        polygons,
        np.zeros(len(polygons), dtype=np.intp),
        shapely.area(polygons) > built_up_max,
        names[row] >= len(faces),
    )


def cut_by_communities(blocks: Faces, areas: Array, snap: float) -> Faces:
    """The blocks, divided where the border of an area runs through them."""
    if len(areas) == 1:
        return blocks
    edges = shapely.linestrings(mesh_of(blocks.polygons, snap).ends)
    pieces = faces_of([*edges, *shapely.boundary(areas)], snap)
    community, block = holders(pieces, areas), holders(pieces, blocks.polygons)
    inside = (community >= 0) & (block >= 0)
    found = blocks.renewed(pieces[inside], block[inside])
    return Faces(found.polygons, community[inside], found.is_open, found.whole)
