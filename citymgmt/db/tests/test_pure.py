"""Blobs, predicates and reach without a database, against shapely's own answers."""

import math

import pytest
import shapely
from hypothesis import assume, example, given
from hypothesis import strategies as st

from citymgmt.db import blob, measure, predicates

# A small whole-number grid: shapes touch, share edges and coincide often.
coordinate = st.integers(0, 6).map(float)
pair = st.tuples(coordinate, coordinate)
points = pair.map(shapely.Point)
lines = st.lists(pair, min_size=2, max_size=5, unique=True).map(shapely.LineString)
boxes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h),
    coordinate, coordinate, st.integers(1, 4), st.integers(1, 4),
)  # fmt: skip
triangles = (
    st.lists(pair, min_size=3, max_size=3, unique=True)
    .map(shapely.Polygon)
    .filter(lambda shape: shape.is_valid and shape.area > 0)
)
empties = st.sampled_from([shapely.Point(), shapely.Polygon(), shapely.GeometryCollection()])
shapes = points | lines | boxes | triangles | empties

PAIRS = {
    "covers": (predicates.covers, shapely.covers),
    "covered by": (predicates.covered_by, shapely.covered_by),
    "contains": (predicates.contains, shapely.contains),
    "within": (predicates.within, shapely.within),
    "intersects": (predicates.intersects, shapely.intersects),
    "disjoint": (predicates.disjoint, shapely.disjoint),
    "overlaps": (predicates.overlaps, shapely.overlaps),
    "touches": (predicates.touches, shapely.touches),
    "crosses": (predicates.crosses, shapely.crosses),
    "equals": (predicates.equals, shapely.equals),
}


@pytest.mark.parametrize("name", PAIRS)
@given(first=shapes, second=shapes)
def test_a_predicate_answers_as_shapely_does(name, first, second):
    ours, theirs = PAIRS[name]
    a, b = blob.encode(first, 4490), blob.encode(second, 4490)
    expected = bool(theirs(first, second))
    assert ours(a, b) == expected
    assert ours(a, b) == expected  # the second time with prepared geometry


@given(first=shapes, second=shapes, distance=st.floats(0, 10))
@example(first=shapely.Point(0, 0), second=shapely.Point(3, 0), distance=3.0)
def test_dwithin_answers_as_shapely_does(first, second, distance):
    a, b = blob.encode(first, 4490), blob.encode(second, 4490)
    assert predicates.dwithin(a, b, distance) == bool(shapely.dwithin(first, second, distance))


@given(shape=shapes, srid=st.sampled_from([0, 4326, 4490, 4507]))
def test_a_shape_comes_back_from_its_blob(shape, srid):
    stored = blob.encode(shape, srid)
    back = blob.decode(stored)
    assert shapely.get_srid(back) == srid
    assert shapely.equals_identical(back, shapely.set_srid(shape, srid))
    assert blob.is_empty(stored) == shape.is_empty
    if not shape.is_empty:
        assert blob.box(stored) == shape.bounds


def test_the_cache_forgets_the_oldest():
    shapes = blob._Shapes()
    stored = [blob.encode(shapely.Point(n, 0), 4490) for n in range(blob.KEEP + 10)]
    for one in stored:
        shapes.get(one)
        shapes.get(stored[0])
    assert len(shapes.known) == blob.KEEP
    assert stored[0] in shapes.known
    assert stored[1] not in shapes.known
    assert shapely.is_prepared(shapes.get(stored[0]))


def test_predicates_refuse_mixed_systems():
    here, there = blob.encode(shapely.Point(1, 1), 4490), blob.encode(shapely.Point(1, 1), 4326)
    with pytest.raises(ValueError, match="mixed SRID"):
        predicates.intersects(here, there)


longitude, latitude = st.floats(-180, 180), st.floats(-90, 90)


@given(west=longitude, south=latitude, bearing=st.floats(0, 360), metres=st.floats(0, 200_000))
def test_reach_never_misses_a_point(west, south, bearing, metres):
    """Whatever lies within the distance lies in the grown box; so the index loses nothing."""
    angle = metres / measure.EARTH_RADIUS_M
    phi, theta = math.radians(south), math.radians(bearing)
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(theta)
    north = math.degrees(math.asin(max(-1.0, min(1.0, sine))))
    turn = math.atan2(
        math.sin(theta) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * sine
    )
    east = (west + math.degrees(turn) + 540) % 360 - 180
    assume(measure.haversine(west, south, east, north) <= metres)
    xmin, ymin, xmax, ymax = measure.reach((west, south, west, south), metres, True)
    assert xmin <= east <= xmax
    assert ymin <= north <= ymax


def test_transform_needs_a_system():
    with pytest.raises(ValueError, match="without SRID"):
        measure.transform(shapely.Point(1, 1), 4490)


def test_transform_refuses_what_has_no_place_in_the_target():
    pole = shapely.set_srid(shapely.Point(0, 95), 4490)
    with pytest.raises(Exception, match=r"[Ii]nvalid|error"):
        measure.transform(pole, 4507)
