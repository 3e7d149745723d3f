"""The one grid of places that the public may know. What is published rounded is also searched,
sorted and counted rounded: no number of questions tells more of a place than its published cell.
"""

import math

from django.contrib.gis.geos import Polygon

from grid.geometry import STORED, degrees_box

DECIMALS = 3  # of a degree: cells of about 100 m
CELL = 10**-DECIMALS


def rough(x: float, y: float) -> tuple[float, float]:
    """(lon, lat) in stored degrees as it is published: the centre of its cell."""
    return round(x, DECIMALS), round(y, DECIMALS)


def cells_around(lon: float, lat: float, metres: float) -> Polygon:
    """Whole cells that hold every published place within `metres`, in stored degrees.

    Its edges are edges of cells: whether a case lies in it says nothing but its cell.
    """
    west, south, east, north = degrees_box(lon, lat, metres)
    box = Polygon.from_bbox((_edge(west, -1), _edge(south, -1), _edge(east, 1), _edge(north, 1)))
    box.srid = STORED
    return box


def _edge(value: float, side: int) -> float:
    """The next edge between two cells: below a value for -1, above it for 1."""
    whole = math.floor(value / CELL) if side < 0 else math.ceil(value / CELL)
    return (whole + side / 2) * CELL
