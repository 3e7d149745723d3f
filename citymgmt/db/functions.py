"""SQLite functions that compute something from geometry, and their registration."""

import json
import logging
import sqlite3
from functools import wraps

import shapely

from . import aggregates, measure
from .blob import box, decode, encode, is_empty
from .predicates import PREDICATES, same_system

log = logging.getLogger(__name__)


def bound(blob, side, distance=0.0, geodetic=0):
    """Side 0–3 (xmin, ymin, xmax, ymax) of the box grown by `distance`; NULL where empty."""
    return None if is_empty(blob) else measure.reach(box(blob), distance, geodetic)[side]


def _made_of_one(make):
    def answer(blob):
        shape = decode(blob)
        return encode(make(shape), shapely.get_srid(shape))

    return answer


def _made_of_two(make):
    def answer(a, b):
        first, second = same_system(a, b)
        return encode(make(first, second), shapely.get_srid(first))

    return answer


def area(blob):
    return decode(blob).area


def length(blob):
    """0 for areas, as in PostGIS."""
    shape = decode(blob)
    return 0.0 if shape.geom_type.endswith("Polygon") else shape.length


def length_spheroid(blob):
    return measure.length_spheroid(decode(blob))


def distance(a, b):
    first, second = same_system(a, b)
    found = shapely.distance(first, second)
    return None if found != found else float(found)


def distance_sphere(a, b):
    return measure.distance_sphere(*same_system(a, b))


def distance_spheroid(a, b):
    return measure.distance_spheroid(*same_system(a, b))


def transform(blob, srid):
    return encode(measure.transform(decode(blob), srid))


def as_text(blob):
    return shapely.to_wkt(decode(blob), rounding_precision=15, trim=True)


def as_binary(blob):
    return shapely.to_wkb(decode(blob), byte_order=1)


def _rounded(coordinates, digits):
    if isinstance(coordinates, (int, float)):
        return round(coordinates, digits)
    return [_rounded(part, digits) for part in coordinates]


def _geojson(shape, digits):
    if shape.geom_type == "GeometryCollection":
        parts = [_geojson(part, digits) for part in shape.geoms]
        return {"type": shape.geom_type, "geometries": parts}
    plain = json.loads(shapely.to_geojson(shape))
    return {"type": plain["type"], "coordinates": _rounded(plain["coordinates"], digits)}


def as_geojson(blob, digits=9, options=0):
    """`options` as in PostGIS: 1 adds the bounding box, 2 the coordinate system."""
    shape = decode(blob)
    answer = _geojson(shape, digits)
    if options & 2:
        name = f"EPSG:{shapely.get_srid(shape)}"
        answer["crs"] = {"type": "name", "properties": {"name": name}}
    if options & 1 and not is_empty(blob):
        answer["bbox"] = _rounded(box(blob), digits)
    return json.dumps(answer)


# SQL name: (function, number of arguments; -1 where some are optional)
FUNCTIONS = {
    **PREDICATES,
    "ST_Bound": (bound, -1),
    "ST_Area": (area, 1),
    "ST_Length": (length, 1),
    "GeodesicLength": (length_spheroid, 1),
    # Django's name for spheroid=False; PostGIS measures on the spheroid either way.
    "GreatCircleLength": (length_spheroid, 1),
    "ST_Distance": (distance, 2),
    "ST_DistanceSphere": (distance_sphere, 2),
    "ST_DistanceSpheroid": (distance_spheroid, 2),
    "ST_Transform": (transform, 2),
    "ST_Centroid": (_made_of_one(shapely.centroid), 1),
    "ST_PointOnSurface": (_made_of_one(shapely.point_on_surface), 1),
    "ST_Envelope": (_made_of_one(shapely.envelope), 1),
    "ST_MakeValid": (_made_of_one(shapely.make_valid), 1),
    "ST_Intersection": (_made_of_two(shapely.intersection), 2),
    "ST_Union": (_made_of_two(shapely.union), 2),
    "ST_Difference": (_made_of_two(shapely.difference), 2),
    "ST_SymDifference": (_made_of_two(shapely.symmetric_difference), 2),
    "ST_IsValid": (lambda blob: decode(blob).is_valid, 1),
    "ST_IsEmpty": (is_empty, 1),
    "ST_NPoints": (lambda blob: int(shapely.get_num_coordinates(decode(blob))), 1),
    "ST_NumGeometries": (lambda blob: int(shapely.get_num_geometries(decode(blob))), 1),
    "ST_AsGeoJSON": (as_geojson, -1),
    "ST_AsText": (as_text, 1),
    "ST_AsBinary": (as_binary, 1),
}


def _strict(name, function):
    """NULL in, NULL out; and an error that SQLite would reduce to "raised exception" is logged."""

    @wraps(function)
    def call(*args):
        if None in args:
            return None
        try:
            return function(*args)
        except Exception:
            log.exception("%s failed", name)
            raise

    return call


def register(connection: sqlite3.Connection) -> None:
    """Make everything here and in `aggregates` known to a new connection."""
    for name, (function, count) in FUNCTIONS.items():
        connection.create_function(name, count, _strict(name, function), deterministic=True)
    for name, aggregate in aggregates.AGGREGATES.items():
        connection.create_aggregate(name, 1, aggregate)
