import math

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import Point
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grid import geometry

LANZHOU = (103.72, 36.10)
china_lon = st.floats(75, 134)
china_lat = st.floats(19, 53)


def block(lon=LANZHOU[0], lat=LANZHOU[1], side=0.001):
    return shapely.box(lon, lat, lon + side, lat + side)


@pytest.mark.parametrize(
    ("lon", "zone"),
    [(103.72, 105), (103.49, 102), (103.5, 105), (114.3, 114), (75.1, 75), (-77.03, -78)],
)
def test_zone_is_the_nearest_central_meridian(lon, zone):
    assert geometry.zone_of(lon) == zone


@pytest.mark.parametrize(("zone", "srid"), [(75, 4534), (105, 4544), (114, 4547), (135, 4554)])
def test_published_zones_have_their_code_without_zone_number_in_the_easting(zone, srid):
    crs = geometry.zone_crs(zone)
    assert crs.to_epsg() == srid
    assert f"CM {zone}E" in crs.name
    east, _north = geometry.to_metres(np.array([zone, 30.0]), zone)
    assert east == pytest.approx(500_000)


@pytest.mark.parametrize("zone", [104, 200])
def test_other_meridians_are_refused(zone):
    with pytest.raises(ValueError, match="central meridian"):
        geometry.zone_crs(zone)


@given(china_lon, china_lat)
def test_degrees_to_metres_and_back(lon, lat):
    zone = geometry.zone_of(lon)
    there = geometry.to_metres(np.array([[lon, lat]]), zone)
    assert geometry.to_degrees(there, zone)[0] == pytest.approx((lon, lat), abs=1e-9)
    assert geometry.from_mercator(geometry.to_mercator(np.array([lon, lat]))) == pytest.approx(
        (lon, lat), abs=1e-9
    )


def test_single_geometries_arrays_and_coordinates_are_moved_alike():
    shape = block()
    one = geometry.to_metres(shape, 105)
    many = geometry.to_metres(np.array([shape, shape]), 105)
    pairs = geometry.to_metres(shapely.get_coordinates(shape), 105)
    assert list(many) == [one, one]
    assert np.array_equal(shapely.get_coordinates(one), pairs)


def test_area_and_length_agree_with_the_ellipsoid():
    shape = block(side=0.01)
    area, perimeter = geometry.GEOD.geometry_area_perimeter(shape)
    assert geometry.area_m2(shape) == pytest.approx(area, rel=1e-3)
    assert geometry.length_m(shape) == pytest.approx(perimeter, rel=5e-4)
    assert geometry.area_m2(shapely.Polygon()) == geometry.length_m(shapely.Polygon()) == 0


def test_one_degree_of_latitude_and_mixed_point_kinds():
    assert geometry.distance_m((103, 36), (103, 37)) == pytest.approx(110_968, abs=1)
    assert geometry.distance_m(shapely.Point(103, 36), Point(103, 36)) == 0


@given(china_lon, china_lat, st.floats(1, 5000), st.floats(0, 360))
def test_box_holds_every_point_within_the_distance(lon, lat, metres, bearing):
    west, south, east, north = geometry.degrees_box(lon, lat, metres)
    x, y, _back = geometry.GEOD.fwd(lon, lat, bearing, metres)
    assert west <= x <= east
    assert south <= y <= north
    assert geometry.distance_m((west, lat), (east, lat)) < metres * 2.1


def test_known_gcj_point_and_places_abroad():
    # Tiananmen, WGS 84 against the position printed by Chinese web maps.
    shifted = geometry.to_gcj02(116.391349, 39.907375)
    assert shifted == pytest.approx((116.397591, 39.908776), abs=2e-5)
    assert geometry.to_gcj02(-77.03, 38.9) == (-77.03, 38.9)
    assert geometry.from_gcj02(-77.03, 38.9) == (-77.03, 38.9)


@given(china_lon, china_lat)
def test_gcj_shifts_by_hundreds_of_metres_and_back_within_a_decimetre(lon, lat):
    shifted = geometry.to_gcj02(lon, lat)
    assert 10 < geometry.distance_m((lon, lat), shifted) < 1500
    assert geometry.distance_m(geometry.from_gcj02(*shifted), (lon, lat)) < 0.1


def test_gcj_takes_arrays():
    lon, lat = np.array([103.72, -77.0]), np.array([36.1, 38.9])
    moved = geometry.to_gcj02(lon, lat)
    assert (moved[0][0], moved[1][0]) == geometry.to_gcj02(103.72, 36.1)
    assert np.allclose(geometry.from_gcj02(*moved), (lon, lat), atol=1e-8)


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        (math.nan, 36, "finite"),
        (103, math.inf, "finite"),
        ("x", 36, "numbers"),
        (None, 36, "numbers"),
        (181, 36, "within"),
        (-100, 91, "within"),
        (36.1, 103.72, "exchanged"),
        (39.5, 75.9, "exchanged"),
    ],
)
def test_impossible_positions_are_refused_with_the_reason(lon, lat, reason):
    with translation.override("en"), pytest.raises(ValueError, match=reason):
        geometry.check_lon_lat(lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat"), [(103.72, 36.1), ("103.72", "36.1"), (-77.03, 38.9), (0, 0)]
)
def test_possible_positions_come_back_as_floats(lon, lat):
    assert geometry.check_lon_lat(lon, lat) == (float(lon), float(lat))


def test_between_shapely_and_geodjango():
    geos = geometry.to_geos(block())
    assert geos.srid == geometry.STORED
    assert geometry.from_geos(geos) == block()
    with pytest.raises(ValueError, match="3857"):
        geometry.from_geos(Point(0, 0, srid=3857))


def test_files_in_other_systems_become_stored_degrees():
    metres = geometry.to_metres(block(), 105)
    assert geometry.to_stored(metres, geometry.zone_crs(105)).equals_exact(block(), 1e-9)
    assert geometry.to_stored(block(), 4326) == block()


@pytest.mark.parametrize(
    ("deed", "published", "exact"),
    [
        (geometry.to_gcj02, (116.41024449916938, 39.91640428150164), 1e-9),
        (geometry.gcj02_to_bd09, (116.41036949371029, 39.92133699351021), 1e-12),
        (geometry.to_bd09, (116.41662724378733, 39.922699552216216), 1e-9),
        # The published ways back are approximations, to a metre; ours undo the shift.
        (geometry.bd09_to_gcj02, (116.39762729119315, 39.90865673957631), 1e-5),
        (geometry.from_gcj02, (116.39775550083061, 39.91359571849836), 1e-5),
    ],
)
def test_published_control_values_of_the_shifted_systems(deed, published, exact):
    assert deed(116.404, 39.915) == pytest.approx(published, abs=exact)


def test_shifts_are_undone():
    for there, back in (
        (geometry.to_bd09, geometry.from_bd09),
        (geometry.gcj02_to_bd09, geometry.bd09_to_gcj02),
    ):
        assert back(*there(103.72, 36.1)) == pytest.approx((103.72, 36.1), abs=1e-9)


def test_a_system_without_a_published_shift_is_refused():
    with pytest.raises(ValueError, match="Xian 1980"):
        geometry.system_of("EPSG:4610")
