"""Where a position lies, in one query, on both databases."""

from datetime import timedelta

import pytest
import shapely
from django.utils import timezone

from citymgmt.lib.errors import BadInput
from grid.build.store import AreaRow, compose_duty_grids, store_areas
from grid.geometry import to_geos
from grid.models import MapFeature, UnitGrid
from grid.places.queries import locate, nearest_road_name

pytestmark = pytest.mark.django_db
WEST, SOUTH, SIDE = 103.70, 36.10, 0.001


def box(column, row=0):
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.box(west, south, west + SIDE, south + SIDE)


@pytest.fixture
def town():
    """Two communities of one street, one cell each, side by side."""
    areas = store_areas([
        AreaRow("620105", "District", shapely.box(WEST, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)),
        AreaRow("620105001", "Street", shapely.box(WEST, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)),
        AreaRow("620105001001", "West", box(0)),
        AreaRow("620105001002", "East", box(1)),
    ])  # fmt: skip
    for n in (1, 2):
        UnitGrid.objects.create(
            code=f"62010500100{n}001", community=areas[f"62010500100{n}"],
            geometry=to_geos(box(n - 1)), area_m2=9_990,
        )  # fmt: skip
    compose_duty_grids()
    return areas


def test_a_place_has_cell_patrol_and_areas(town, django_assert_num_queries):
    with django_assert_num_queries(1):
        place = locate("103.7015", "36.1005")
        names = [place.community.name, place.street.name, place.district.name]
    assert place.unit_grid.code == "620105001002001"
    assert place.duty_grid.code == "62010500100201"
    assert names == ["East", "Street", "District"]


def test_a_border_belongs_to_the_lower_code(town):
    assert locate(WEST + SIDE, SOUTH + SIDE / 2).community.name == "West"


def test_a_cell_that_has_ended_is_no_place(town):
    today = timezone.localdate()
    UnitGrid.objects.filter(code="620105001002001").update(
        start_date=today - timedelta(days=2), end_date=today
    )
    with pytest.raises(BadInput) as refused:
        locate(WEST + 1.5 * SIDE, SOUTH + SIDE / 2)
    assert refused.value.code == "outside_city"


def test_outside_the_city_is_refused(town):
    with pytest.raises(BadInput) as refused:
        locate(104.5, 36.1)
    assert refused.value.code == "outside_city"
    assert set(refused.value.fields) == {"lon", "lat"}


@pytest.mark.parametrize(
    ("lon", "lat"), [(None, 36.1), ("east", 36.1), ("nan", 36.1), (36.1, 103.7), (500, 10)]
)
def test_what_is_no_position_is_refused(lon, lat):
    with pytest.raises(BadInput) as refused:
        locate(lon, lat)
    assert refused.value.code == "bad_coordinates"


def road(name, row, kind="lane"):
    line = shapely.LineString([(WEST, SOUTH + row * SIDE), (WEST + 2 * SIDE, SOUTH + row * SIDE)])
    return MapFeature.objects.create(kind=kind, name=name, geometry=to_geos(line))


def test_the_nearest_named_road_names_the_place(django_assert_num_queries):
    road("near", 0)
    road("far", 1)
    road("", 0.4)
    road("river", 0.3, kind="river")
    with django_assert_num_queries(1):
        assert nearest_road_name(WEST + SIDE, SOUTH + 0.3 * SIDE) == "near"
    assert nearest_road_name(WEST + SIDE, SOUTH + 0.7 * SIDE) == "far"


def test_no_road_near_gives_no_name():
    road("far", 0)
    assert nearest_road_name(WEST + SIDE, SOUTH + 20 * SIDE) == ""
    # Inside the box of the search, outside its circle.
    assert nearest_road_name(WEST + SIDE, SOUTH + 1.3 * SIDE, within_m=140) == ""
