"""The unit-grid builder: from centre lines and community polygons to unit grids (单元网格).

Pure: shapely and numpy, no database, no clock. Everything is in metres of one zone
(`grid.geometry.to_metres`) and on one fixed precision grid, so that the result is a planar
partition whose cells share their vertices exactly: no gap, no overlap, no T-junction that a
later change of coordinates could open.
"""

from .cells import SNAP, STEPS, Built, Cell, Progress, Sizes, build, build_cells
from .communities import block_areas, outline, voronoi_areas
from .measure import measure
from .numbering import number_cells, reading_order

__all__ = [
    "SNAP",
    "STEPS",
    "Built",
    "Cell",
    "Progress",
    "Sizes",
    "block_areas",
    "build",
    "build_cells",
    "measure",
    "number_cells",
    "outline",
    "reading_order",
    "voronoi_areas",
]
