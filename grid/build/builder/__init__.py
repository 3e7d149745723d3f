"""The unit-grid builder: from centre lines and community polygons to unit grids (单元网格).

Pure: shapely and numpy, no database, no clock. Everything is in metres of one zone
(`grid.geometry.to_metres`) and on one fixed precision grid, so that the result is a planar
partition whose cells share their vertices exactly: no gap, no overlap, no T-junction that a
later change of coordinates could open.

Read in this order:

    mesh         faces of a set of lines, and who lies beside whom
    faces        blocks between lines, cut by communities
    merge        slivers join a neighbour
    split        large blocks into equal parts
    detour       cuts go around buildings
    cells        all of it, step by step
    communities  stand-ins where no borders are at hand
    numbering    the sequence inside a community, and codes
    measure      sizes, and the faults that must not exist
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
