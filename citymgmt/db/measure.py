"""Lengths on the earth and transformations, per thread (pyproj objects are not shared)."""

import math
import threading
from functools import lru_cache

import pyproj
import shapely

# Mean radius of GRS 80 and WGS 84, (2a + b) / 3: what PostGIS uses for ST_DistanceSphere.
EARTH_RADIUS_M = 6371008.771415059
# Shorter than any degree of a meridian, so that a reach in degrees never comes out too small.
LEAST_DEGREE_M = 110_000.0

_local = threading.local()


def _per_thread(name, make):
    cache = getattr(_local, name, None)
    if cache is None:
        cache = lru_cache(maxsize=64)(make)
        setattr(_local, name, cache)
    return cache


def _geod(srid: int) -> pyproj.Geod:
    make = _per_thread("geod", lambda srid: pyproj.CRS.from_epsg(srid).get_geod())
    return make(srid)


def _transformer(source: int, target: int) -> pyproj.Transformer:
    def make(source, target):
        return pyproj.Transformer.from_crs(source, target, always_xy=True)

    return _per_thread("transformer", make)(source, target)


def transform(shape, target: int):
    """The geometry in another system, x = east or longitude; ValueError where it has no SRID."""
    source = shapely.get_srid(shape)
    if source == target:
        return shape
    if not source:
        raise ValueError("Cannot transform a geometry without SRID")
    convert = _transformer(source, target).transform
    moved = shapely.transform(shape, lambda x, y: convert(x, y, errcheck=True), interleaved=False)
    return shapely.set_srid(moved, target)


def haversine(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres on the sphere between two points in degrees."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def nearest(first, second):
    """The two nearest points of two geometries in degrees: (lon1, lat1, lon2, lat2) or None.

    Found on the plane with longitude shrunk by the cosine of the mean latitude, which holds for
    geometries a city apart; two points are exact.
    """
    if first.geom_type == second.geom_type == "Point" and not (first.is_empty or second.is_empty):
        return first.x, first.y, second.x, second.y
    latitudes = [*first.bounds[1::2], *second.bounds[1::2]]
    shrink = max(math.cos(math.radians(sum(latitudes) / 4)), 1e-9)
    flat = [shapely.transform(shape, lambda xy: xy * (shrink, 1.0)) for shape in (first, second)]
    line = shapely.shortest_line(*flat)
    if line is None:
        return None
    (x1, y1), (x2, y2) = shapely.get_coordinates(line)
    return x1 / shrink, y1, x2 / shrink, y2


def distance_sphere(first, second) -> float | None:
    ends = nearest(first, second)
    return None if ends is None else haversine(*ends)


def distance_spheroid(first, second) -> float | None:
    ends = nearest(first, second)
    return None if ends is None else _geod(shapely.get_srid(first)).inv(*ends)[2]


def length_spheroid(shape) -> float:
    """Metres along a line in degrees; 0 for points."""
    return _geod(shapely.get_srid(shape)).geometry_length(shape)


def reach(box: tuple, distance: float, geodetic: bool) -> tuple:
    """The box grown by a distance; in degrees by at least that many metres.

    Near a pole or the date line the box is the whole width.
    """
    xmin, ymin, xmax, ymax = box
    if not geodetic:
        return xmin - distance, ymin - distance, xmax + distance, ymax + distance
    north = distance / LEAST_DEGREE_M + 1e-9  # a tenth of a millimetre for rounding
    top = max(abs(ymin), abs(ymax)) + north
    east = north / math.cos(math.radians(top)) if top < 89 else 360.0
    if xmin - east < -180 or xmax + east > 180:
        return -540.0, ymin - north, 540.0, ymax + north
    return xmin - east, ymin - north, xmax + east, ymax + north
