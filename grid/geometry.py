"""Coordinate systems and measures: the only file that names an SRID.

Geometry is stored in CGCS2000 longitude/latitude degrees (x = longitude). CGCS2000 and WGS 84 use
ellipsoids that differ by 0.1 mm and frames that differ by a few decimetres at most, below the best
accuracy class of a surveyed component (±0.5 m, class A), so degrees from a satellite receiver or
from EPSG:4326 files are taken as they are.

Metres are those of the local CGCS2000 3-degree Gauss-Krüger zone. A zone is named here by its
central meridian in whole degrees: 75, 78, … 135 are the published zones; the same projection is
used on other meridians, so that data from elsewhere can be measured too.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext as _
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

STORED = 4490  # CGCS2000, degrees
GPS = 4326  # WGS 84, degrees: receivers, browsers, GeoJSON
MERCATOR = 3857  # web map tiles

ZONE_WIDTH = 3
FIRST_ZONE, LAST_ZONE = 75, 135
FIRST_ZONE_SRID = 4534  # CGCS2000 / 3-degree Gauss-Kruger CM 75E, easting without zone number

GEOD = Geod(ellps="GRS80")  # CGCS2000 differs in the 11th digit of the flattening

# GCJ-02 is defined on the Krasovsky 1940 ellipsoid and only inside this box.
GCJ_AXIS, GCJ_ECCENTRICITY = 6378245.0, 0.00669342162296594323
GCJ_BOX = (72.004, 0.8293, 137.8347, 55.8271)
BD_RATE = np.pi * 3000 / 180  # waves of BD-09 over GCJ-02, by degree
BD_EAST, BD_NORTH = 0.0065, 0.006

# What makes PROJ look for a file: of parameters, of shifts, of codes.
NAMES_FILE = re.compile(r"init\s*=|grids\s*=\s*(?!@null)|file\s*=|PARAMETERFILE", re.IGNORECASE)

# The shifted systems of Chinese web maps have no EPSG code; people write their names in many ways.
GCJ, BD = "GCJ-02", "BD-09"
NAMES = {
    "GCJ02": GCJ,
    "GCJ": GCJ,
    "GCJ02LL": GCJ,
    "火星坐标": GCJ,
    "火星坐标系": GCJ,
    "高德": GCJ,
    "高德坐标": GCJ,
    "腾讯坐标": GCJ,
    "BD09": BD,
    "BD": BD,
    "BD09LL": BD,
    "百度": BD,
    "百度坐标": BD,
    "百度坐标系": BD,
    "CGCS2000": STORED,
    "国家2000": STORED,
    "2000国家大地坐标系": STORED,
    "WGS84": GPS,
    "WGS": GPS,
}
# Semi-major axis of the reference ellipsoids whose frames are CGCS2000 to a metre.
SAME_AXIS_M = 6378137.0


# --- zones and metres -------------------------------------------------------------------------
def zone_of(lon: float) -> int:
    """Central meridian of the 3-degree zone that holds this longitude."""
    return ZONE_WIDTH * math.floor(lon / ZONE_WIDTH + 0.5)


def zone_crs(zone: int) -> CRS:
    if zone % ZONE_WIDTH or not -180 <= zone <= 180:
        raise ValueError(f"not a central meridian of a 3-degree zone: {zone}")
    if FIRST_ZONE <= zone <= LAST_ZONE:
        return CRS.from_epsg(FIRST_ZONE_SRID + (zone - FIRST_ZONE) // ZONE_WIDTH)
    return CRS.from_proj4(f"+proj=tmerc +lat_0=0 +lon_0={zone} +k=1 +x_0=500000 +ellps=GRS80")


@lru_cache(maxsize=64)
def _transformer(source: Any, target: Any) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=64)
def _zone_transformer(zone: int) -> Transformer:
    return _transformer(STORED, zone_crs(zone))


def _moved(shape: Any, transformer: Transformer, direction: str = "FORWARD") -> Any:
    """Apply to a shapely geometry, an array of them, or an array (…, 2) of coordinates."""

    def move(xy: np.ndarray) -> np.ndarray:
        x, y = transformer.transform(xy[..., 0], xy[..., 1], direction=direction)
        return np.stack([x, y], axis=-1)

    if isinstance(shape, BaseGeometry):
        return shapely.transform(shape, move)
    array = np.asarray(shape)
    return shapely.transform(array, move) if array.dtype == object else move(array.astype(float))


def to_metres(shape: Any, zone: int) -> Any:
    """Stored degrees to metres of the zone; geometry, array of geometries or (…, 2) coordinates."""
    return _moved(shape, _zone_transformer(zone))


def to_degrees(shape: Any, zone: int) -> Any:
    """The inverse of `to_metres`."""
    return _moved(shape, _zone_transformer(zone), "INVERSE")


def to_mercator(shape: Any) -> Any:
    """Stored degrees to Web Mercator metres (true to scale on the equator only)."""
    return _moved(shape, _transformer(GPS, MERCATOR))


def from_mercator(shape: Any) -> Any:
    return _moved(shape, _transformer(GPS, MERCATOR), "INVERSE")


def system_of(crs: Any) -> CRS | str:
    """The coordinate system that a file or person names: a CRS, `GCJ` or `BD`.

    An EPSG code ("EPSG:4547", 4547), WKT, PROJ text, GCJ-02, BD-09 and usual names of CGCS2000 and
    WGS 84. ValueError for one that is unknown, or from which no published way leads to CGCS2000
    (Beijing 1954, Xi'an 1980: their shift is measured for each city).
    """
    if isinstance(crs, CRS):
        return _with_way(crs)
    text = str(crs).strip()
    if NAMES_FILE.search(text):
        raise ValueError(_("The coordinate system names a file; give an EPSG code."))
    known = NAMES.get("".join(c for c in text.upper() if c not in " _-"), text)
    if known in (GCJ, BD):
        return str(known)
    try:
        return _with_way(CRS.from_user_input(int(known) if str(known).isdecimal() else known))
    except CRSError as error:
        raise ValueError(
            _("There is no coordinate system “%s”; give an EPSG code, GCJ-02 or BD-09.") % text[:60]
        ) from error


def _with_way(crs: CRS) -> CRS:
    if crs.ellipsoid is None or abs(crs.ellipsoid.semi_major_metre - SAME_AXIS_M) > 0.5:
        raise ValueError(
            _("From %s to CGCS2000 no shift is published; convert the file first.") % crs.name
        )
    return crs


def to_stored(shape: Any, crs: Any) -> Any:
    """From any system of `system_of` to stored degrees."""
    source = system_of(crs)
    if source == GCJ:
        return _unshifted(shape, from_gcj02)
    if source == BD:
        return _unshifted(shape, from_bd09)
    if source.to_epsg() in (STORED, GPS):
        return shape
    return _moved(shape, _transformer(source, STORED))


def _unshifted(shape: Any, back: Any) -> Any:
    def move(xy: np.ndarray) -> np.ndarray:
        return np.stack(back(xy[..., 0], xy[..., 1]), axis=-1)

    if isinstance(shape, BaseGeometry):
        return shapely.transform(shape, move)
    array = np.asarray(shape)
    return shapely.transform(array, move) if array.dtype == object else move(array.astype(float))


def swapped(shape: BaseGeometry) -> BaseGeometry:
    """The same with its axes exchanged."""
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


# --- measures ---------------------------------------------------------------------------------
def _zone_for(shape: BaseGeometry) -> int:
    west, _south, east, _north = shape.bounds
    return zone_of((west + east) / 2)


def area_m2(shape: BaseGeometry) -> float:
    """Area of a geometry in stored degrees, on the plane of its own zone."""
    return 0.0 if shape.is_empty else float(to_metres(shape, _zone_for(shape)).area)


def length_m(shape: BaseGeometry) -> float:
    """Length (of a polygon: perimeter) of a geometry in stored degrees."""
    return 0.0 if shape.is_empty else float(to_metres(shape, _zone_for(shape)).length)


def _pair(point: Any) -> tuple[float, float]:
    return (point.x, point.y) if hasattr(point, "x") else (float(point[0]), float(point[1]))


def distance_m(a: Any, b: Any) -> float:
    """Geodesic metres between two points: (lon, lat) pairs or objects with x and y."""
    return float(GEOD.inv(*_pair(a), *_pair(b))[2])


def degrees_box(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """(west, south, east, north) that holds every point within `metres`; for prefilters."""
    _lon, north, _back = GEOD.fwd(lon, lat, 0, metres * 1.001)
    height = abs(north - lat)
    # The parallel shortens towards the pole: measure the width at the edge nearest to it.
    edge = min(abs(lat) + height, 89.9)
    east, _lat, _back = GEOD.fwd(0, edge, 90, metres * 1.001)
    return lon - east, lat - height, lon + east, lat + height


def check_lon_lat(lon: Any, lat: Any) -> tuple[float, float]:
    """The pair as floats; ValueError with a readable reason when it cannot be a position."""
    try:
        x, y = float(lon), float(lat)
    except (TypeError, ValueError) as error:
        raise ValueError(_("Longitude and latitude must be numbers.")) from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(_("Longitude and latitude must be finite numbers."))
    # No part of China lies where its own coordinates would fall after an exchange of the axes.
    if not _in_china(x, y) and _in_china(y, x):
        raise ValueError(_("Longitude and latitude seem to be exchanged."))
    if not (-180 <= x <= 180 and -90 <= y <= 90):
        raise ValueError(_("Longitude must be within ±180 and latitude within ±90 degrees."))
    return x, y


# --- GCJ-02 -----------------------------------------------------------------------------------
def _in_china(lon: Any, lat: Any) -> Any:
    west, south, east, north = GCJ_BOX
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _waves(value: Any, *terms: tuple[float, float]) -> Any:
    return sum(weight * np.sin(value * rate * np.pi) for weight, rate in terms) * 2 / 3


def _gcj_offset(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Published offset polynomial, in degrees; valid inside GCJ_BOX."""
    x, y = lon - 105.0, lat - 35.0
    root, fine = np.sqrt(np.abs(x)), _waves(x, (20, 6), (20, 2))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + fine + _waves(y, (20, 1), (40, 1 / 3)) + _waves(y, (160, 1 / 12), (320, 1 / 30))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + fine + _waves(x, (20, 1), (40, 1 / 3)) + _waves(x, (150, 1 / 12), (300, 1 / 30))
    radians = np.radians(lat)
    magic = 1 - GCJ_ECCENTRICITY * np.sin(radians) ** 2
    meridian = GCJ_AXIS * (1 - GCJ_ECCENTRICITY) / magic**1.5
    parallel = GCJ_AXIS / np.sqrt(magic) * np.cos(radians)
    return np.degrees(east / parallel), np.degrees(north / meridian)


def to_gcj02(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Stored degrees to the shifted degrees of Chinese web maps; unchanged outside China.

    Numbers or arrays of equal shape.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    east, north = _gcj_offset(x, y)
    inside = _in_china(x, y)
    out = np.where(inside, x + east, x), np.where(inside, y + north, y)
    return (float(out[0]), float(out[1])) if x.ndim == 0 else out


def from_gcj02(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The inverse of `to_gcj02`, by iteration, to well under 0.1 m; unchanged outside China."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    guess_x, guess_y = x, y
    for _round in range(6):  # each round shrinks the error about a thousandfold
        east, north = _gcj_offset(guess_x, guess_y)
        guess_x, guess_y = x - east, y - north
    inside = _in_china(x, y)
    out = np.where(inside, guess_x, x), np.where(inside, guess_y, y)
    return (float(out[0]), float(out[1])) if x.ndim == 0 else out


# --- BD-09 ------------------------------------------------------------------------------------
def gcj02_to_bd09(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The second shift, of Baidu's maps, by its published formula; numbers or arrays."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    reach = np.hypot(x, y) + 0.00002 * np.sin(y * BD_RATE)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BD_RATE)
    east, north = reach * np.cos(angle) + BD_EAST, reach * np.sin(angle) + BD_NORTH
    return (float(east), float(north)) if x.ndim == 0 else (east, north)


def bd09_to_gcj02(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The inverse of `gcj02_to_bd09`, by iteration, to well under a millimetre."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    guess_x, guess_y = x, y
    for _round in range(8):  # each round shrinks the error about a thousandfold
        east, north = gcj02_to_bd09(guess_x, guess_y)
        guess_x, guess_y = guess_x + (x - east), guess_y + (y - north)
    return (float(guess_x), float(guess_y)) if x.ndim == 0 else (guess_x, guess_y)


def to_bd09(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Stored degrees to BD-09; unchanged outside China."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    inside = _in_china(x, y)
    east, north = gcj02_to_bd09(*to_gcj02(x, y))
    out = np.where(inside, east, x), np.where(inside, north, y)
    return (float(out[0]), float(out[1])) if x.ndim == 0 else out


def from_bd09(lon: Any, lat: Any) -> tuple[Any, Any]:
    """BD-09 to stored degrees; unchanged outside China."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    inside = _in_china(x, y)
    east, north = from_gcj02(*bd09_to_gcj02(x, y))
    out = np.where(inside, east, x), np.where(inside, north, y)
    return (float(out[0]), float(out[1])) if x.ndim == 0 else out


# --- shapely and GeoDjango --------------------------------------------------------------------
def to_geos(shape: BaseGeometry) -> GEOSGeometry:
    """A shapely geometry in stored degrees as GeoDjango's."""
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=STORED)


def from_geos(geos: GEOSGeometry) -> BaseGeometry:
    """GeoDjango's geometry as shapely's; must be in stored degrees (or say nothing else)."""
    if geos.srid not in (None, STORED, GPS):
        raise ValueError(f"geometry is in EPSG:{geos.srid}, not in stored degrees")
    return shapely.from_wkb(bytes(geos.wkb))


def stored_multi(ground: BaseGeometry) -> GEOSGeometry:
    """A polygon or several in stored degrees as GeoDjango's multipolygon; crumbs left out."""
    parts = [ground] if ground.geom_type == "Polygon" else ground.geoms
    return to_geos(shapely.MultiPolygon([p for p in parts if p.geom_type == "Polygon"]))
