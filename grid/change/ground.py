"""Stored cells as the surgeon's: metres of one zone on the precision grid, and back.

A vertex that was stored keeps its stored degrees to the last bit, so that a new cell shares its
old vertices exactly with the neighbours that stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import Q

from grid.build.builder import SNAP
from grid.change.surgery import Standing, on_grid
from grid.geometry import STORED, from_geos, to_degrees, to_metres, zone_of
from grid.models import Area, UnitGrid

AROUND = 0.0005  # degrees, about 50 m: whoever shares a border is within


@dataclass(frozen=True)
class Ground:
    """Cells of a community on a day, and those of others around.

    rows: code → stored row; cells: code → the same in metres; fellows, others: codes inside and
    outside the community.
    """

    community: Area
    zone: int
    rows: dict[str, UnitGrid]
    cells: dict[str, Standing]
    known: dict[tuple[int, int], tuple[float, float]]

    @property
    def fellows(self) -> list[Standing]:
        return [c for c in self.cells.values() if c.community == self.community.code]

    @property
    def others(self) -> list[Standing]:
        return [c for c in self.cells.values() if c.community != self.community.code]

    def metres(self, shapes: Sequence) -> list:
        """Stored degrees to metres on the precision grid."""
        return list(_metres(shapes, self.zone))

    def degrees(self, polygons: Iterable) -> list:
        """Metres to stored degrees; vertices of stored cells as they are stored."""
        return [shapely.transform(polygon, self._stored) for polygon in polygons]

    def _stored(self, xy):
        found = to_degrees(xy, self.zone)
        for n, key in enumerate(map(tuple, _keys(xy))):
            if key in self.known:
                found[n] = self.known[key]
        return found


def load_ground(community: Area, day: date, extent: Sequence[float] | None = None) -> Ground:
    """The cells of the community valid on the day, and every cell in force then or later of other
    communities near them (or near `extent`: west, south, east, north in degrees). Two queries."""
    select = UnitGrid.objects.select_related("community").defer("community__geometry")
    rows = list(select.filter(community=community).valid(day).order_by("code"))
    shapes = [from_geos(row.geometry) for row in rows]
    boxes = [shape.bounds for shape in shapes] + ([tuple(extent)] if extent else [])
    if boxes:
        later = Q(end_date__isnull=True) | Q(end_date__gt=day)
        near = select.filter(later, geometry__bboverlaps=_box(boxes)).exclude(community=community)
        strangers = list(near.order_by("code"))
        rows += strangers
        shapes += [from_geos(row.geometry) for row in strangers]
    middle = np.mean(np.array(boxes)[:, [0, 2]]) if boxes else 105.0
    return _ground(community, zone_of(float(middle)), rows, shapes)


def _ground(community, zone, rows, shapes):
    metres = _metres(shapes, zone)
    cells = {
        row.code: Standing(row.code, row.community.code, polygon, row.built_up)
        for row, polygon in zip(rows, metres, strict=True)
    }
    known = {}
    if shapes:
        keys = _keys(shapely.get_coordinates(metres))
        known = dict(
            zip(map(tuple, keys), map(tuple, shapely.get_coordinates(shapes)), strict=True)
        )
    return Ground(community, zone, {row.code: row for row in rows}, cells, known)


def _metres(shapes, zone):
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return shapely.transform(to_metres(found, zone), on_grid)


def _keys(xy):
    return np.rint(np.asarray(xy) / SNAP).astype(np.int64).tolist()


def _box(boxes):
    west, south = np.min(np.array(boxes)[:, :2], axis=0) - AROUND
    east, north = np.max(np.array(boxes)[:, 2:], axis=0) + AROUND
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = STORED
    return box
