"""Ground cut into faces by borders, on the precision grid, and put together again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grid.build.builder.cells import SNAP
from grid.build.builder.measure import FAULT_M2
from grid.build.builder.merge import Links, links_of
from grid.build.builder.mesh import Array, faces_of, mesh_of

Owners = NDArray[np.intp]
NOBODY = -1
SCALE = round(1 / SNAP)


def array(shapes: Iterable[BaseGeometry]) -> Array:
    """Geometries as an array of objects, also where there is none or one."""
    found = list(shapes)
    out = np.empty(len(found), dtype=object)
    out[:] = found
    return out


def on_grid(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres rounded to the precision grid: equal coordinates stay equal, as GEOS rounds."""
    return np.asarray(np.rint(coordinates * SCALE) / SCALE)


def cut(borders: Iterable[BaseGeometry]) -> Array:
    """Faces enclosed by all these borders; a vertex beside a border's edge is noded into it."""
    return faces_of([border for border in borders if not border.is_empty], SNAP)


def holders(faces: Array, areas: Sequence[BaseGeometry]) -> tuple[Owners, Owners]:
    """Per face the first area that holds it (NOBODY: none does) and how many do.

    Where the areas' borders were among those cut along, one point of a face decides.
    """
    owner = np.full(len(faces), len(areas), dtype=np.intp)
    if not len(areas) or not len(faces):
        return np.full(len(faces), NOBODY, dtype=np.intp), np.zeros(len(faces), dtype=np.intp)
    points = shapely.point_on_surface(faces)
    face, area = shapely.STRtree(array(areas)).query(points, predicate="intersects")
    np.minimum.at(owner, face, area)
    owner[owner == len(areas)] = NOBODY
    return owner, np.bincount(face, minlength=len(faces))


def thin(faces: Array, tolerance: float) -> NDArray[np.bool_]:
    """Faces nowhere wider than twice the tolerance: a trembling hand, not a decision."""
    if not len(faces):
        return np.zeros(0, dtype=bool)
    return np.asarray(shapely.is_empty(shapely.buffer(faces, -tolerance)))


def links_between(faces: Array) -> Links:
    """Per face its neighbours and the metres of border shared with each."""
    return links_of(mesh_of(faces, SNAP), np.zeros(len(faces), dtype=np.intp))


def shared_borders(links: Links, face: int, owner: Owners) -> dict[int, float]:
    """Metres of border that one face shares with the ground of each owner."""
    found: dict[int, float] = {}
    for other, metres in links[face].items():
        if owner[other] != NOBODY:
            found[int(owner[other])] = found.get(int(owner[other]), 0.0) + metres
    return found


def joined(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """Union on the precision grid. A crack between borders that do not share all vertices closes,
    and a hole too small to be ground is none."""
    whole = shapely.union_all(array(shapes), grid_size=SNAP)
    parts = [
        shapely.Polygon(part.exterior, [h for h in part.interiors if _ground(h)])
        for part in shapely.get_parts(whole)
        if part.geom_type == "Polygon" and part.area > FAULT_M2
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _ground(ring: BaseGeometry) -> bool:
    return bool(shapely.Polygon(ring).area > FAULT_M2)


def polygons(shape: BaseGeometry) -> list[BaseGeometry]:
    """The polygons in a geometry of any kind."""
    parts = shapely.get_parts(shapely.get_parts(array([shape])))
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
