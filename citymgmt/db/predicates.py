"""Predicates on two blobs: boxes first, GEOS only for what the boxes cannot decide."""

import shapely

from .blob import box, decode, is_empty


def same_system(a: bytes, b: bytes) -> tuple:
    """Both geometries parsed; ValueError where their SRIDs differ, as PostGIS does."""
    first, second = decode(a), decode(b)
    srids = shapely.get_srid(first), shapely.get_srid(second)
    if srids[0] != srids[1]:
        raise ValueError(f"Operation on mixed SRID geometries: {srids[0]} and {srids[1]}")
    return first, second


def boxes_meet(a: bytes, b: bytes) -> bool:
    """False where either is empty: every comparison with NaN is false."""
    ax, ay, axx, ayy = box(a)
    bx, by, bxx, byy = box(b)
    return ax <= bxx and bx <= axx and ay <= byy and by <= ayy


def box_contains(a: bytes, b: bytes) -> bool:
    ax, ay, axx, ayy = box(a)
    bx, by, bxx, byy = box(b)
    return ax <= bx and ay <= by and axx >= bxx and ayy >= byy


def box_contained(a: bytes, b: bytes) -> bool:
    return box_contains(b, a)


def boxes_equal(a: bytes, b: bytes) -> bool:
    return box(a) == box(b) or (is_empty(a) and is_empty(b))


def _prepared_first(first, second):
    return (second, first) if shapely.is_prepared(second) else (first, second)


def _asymmetric(test):
    """covers, contains: the box of the first must contain that of the second."""

    def answer(a: bytes, b: bytes) -> bool:
        return box_contains(a, b) and bool(test(*same_system(a, b)))

    return answer


def _symmetric(test):
    """intersects, touches …: the boxes must meet; the prepared side asks."""

    def answer(a: bytes, b: bytes) -> bool:
        return boxes_meet(a, b) and bool(test(*_prepared_first(*same_system(a, b))))

    return answer


covers = _asymmetric(shapely.covers)
contains = _asymmetric(shapely.contains)
intersects = _symmetric(shapely.intersects)
touches = _symmetric(shapely.touches)
crosses = _symmetric(shapely.crosses)
overlaps = _symmetric(shapely.overlaps)


def covered_by(a: bytes, b: bytes) -> bool:
    return covers(b, a)


def within(a: bytes, b: bytes) -> bool:
    return contains(b, a)


def disjoint(a: bytes, b: bytes) -> bool:
    return not intersects(a, b)


def equals(a: bytes, b: bytes) -> bool:
    return boxes_equal(a, b) and bool(shapely.equals(*same_system(a, b)))


def dwithin(a: bytes, b: bytes, distance: float) -> bool:
    """Within `distance` of each other, in units of the SRID."""
    ax, ay, axx, ayy = box(a)
    bx, by, bxx, byy = box(b)
    if not (bx - distance <= axx and ax <= bxx + distance):
        return False
    if not (by - distance <= ayy and ay <= byy + distance):
        return False
    return bool(shapely.dwithin(*_prepared_first(*same_system(a, b)), distance))


# SQL name: (function, number of arguments)
PREDICATES = {
    "ST_BoxesMeet": (boxes_meet, 2),
    "ST_BoxContains": (box_contains, 2),
    "ST_BoxContained": (box_contained, 2),
    "ST_Covers": (covers, 2),
    "ST_CoveredBy": (covered_by, 2),
    "ST_Contains": (contains, 2),
    "ST_Within": (within, 2),
    "ST_Intersects": (intersects, 2),
    "ST_Disjoint": (disjoint, 2),
    "ST_Overlaps": (overlaps, 2),
    "ST_Touches": (touches, 2),
    "ST_Crosses": (crosses, 2),
    "ST_Equals": (equals, 2),
    "ST_DWithin": (dwithin, 3),
}
