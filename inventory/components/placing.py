"""Which unit grid and community a component lies in: one spatial join in memory for all rows."""

from dataclasses import dataclass

import numpy as np
import shapely

from grid.models import UnitGrid


@dataclass(frozen=True)
class Cell:
    pk: int
    community_id: int
    code: str


CRACK = 1e-6  # degrees, 0.1 m: between borders that do not share every vertex


class Ground:
    """Unit grids loaded once: those valid today unless told. Codes begin with those of district,
    street, community."""

    def __init__(self, cells=None):
        cells = UnitGrid.objects.valid() if cells is None else cells
        rows = cells.values_list("id", "community_id", "code", "geometry")
        rows = list(rows.order_by("code"))
        self.cells = [Cell(*row[:3]) for row in rows]
        shapes = shapely.from_wkb([bytes(row[3].wkb) for row in rows])
        self.tree = shapely.STRtree(shapes)

    def cells_of(self, shapes) -> list[Cell | None]:
        """For each geometry in stored degrees the cell of its middle, None outside the city.

        On a border the cell with the lower code has it, as in `grid.places.queries.locate`; in a
        crack of rounding the nearest.
        """
        middles = shapely.point_on_surface(np.asarray(shapes, dtype=object))
        item, cell = self.tree.query(middles, predicate="intersects")
        lost = np.setdiff1d(np.arange(len(middles)), item)
        near, beside = self.tree.query_nearest(middles[lost], max_distance=CRACK)
        item, cell = np.r_[item, lost[near]], np.r_[cell, beside]
        found = np.full(len(middles), len(self.cells), dtype=np.intp)
        np.minimum.at(found, item, cell)
        return [self.cells[n] if n < len(self.cells) else None for n in found]
