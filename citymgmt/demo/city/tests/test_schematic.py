from collections import Counter

import numpy as np
import pytest
import shapely

from citymgmt.demo.city import names as schematic_names
from citymgmt.demo.city.schematic import CENTRE, Division, along_roads, read_divisions, schematic
from grid import geometry
from grid.build.builder import build_cells, measure, number_cells


@pytest.fixture(scope="module")
def district():
    return schematic(read_divisions(), seed=1)


@pytest.fixture(scope="module")
def zone():
    return geometry.zone_of(CENTRE[0])


@pytest.fixture(scope="module")
def cells(district, zone):
    lines = [geometry.to_metres(road.line, zone) for road in district.roads]
    areas = {code: geometry.to_metres(shape, zone) for code, shape in district.communities.items()}
    return build_cells(lines, areas), areas


def test_the_register_is_complete():
    levels = Counter(division.level for division in read_divisions())
    assert levels == {"district": 1, "street": 8, "community": 62}


def test_every_division_has_its_ground(district):
    codes = {
        level: {d.code for d in read_divisions() if d.level == level}
        for level in ("street", "community")
    }
    assert set(district.streets) == codes["street"]
    assert set(district.communities) == codes["community"]


def test_communities_tile_streets_and_streets_tile_the_district(district):
    communities = list(district.communities.values())
    assert shapely.coverage_is_valid(communities)
    assert shapely.coverage_is_valid(list(district.streets.values()))
    whole = shapely.coverage_union_all(communities)
    assert whole.equals(district.district)
    for code, street in district.streets.items():
        own = [shape for name, shape in district.communities.items() if name.startswith(code)]
        assert shapely.coverage_union_all(own).equals(street)
    for shape in [*communities, *district.streets.values(), district.district, district.river]:
        assert shape.geom_type == "Polygon"
        assert shape.is_valid


def test_it_lies_in_anning_north_of_the_river(district):
    assert district.district.contains(shapely.Point(CENTRE))
    assert geometry.area_m2(district.district) == pytest.approx(86e6, rel=0.1)
    assert district.river.centroid.y < district.district.centroid.y
    shared = district.river.intersection(district.district)
    assert geometry.area_m2(shared) < 1
    assert geometry.length_m(shared) > 15_000


def test_streets_lie_from_west_to_east(district):
    east = [district.streets[code].centroid.x for code in schematic_names.STREETS_WEST_TO_EAST]
    assert east == sorted(east)


def test_unit_grids_of_the_district(cells, zone):
    built, areas = cells
    result = measure(built, areas)
    assert (result["gaps"], result["overlaps"], result["crossing"]) == (0, 0, 0)
    assert result["share_5k_20k"] > 0.95
    assert 8_000 < result["median_area_m2"] < 12_000
    assert 2_000 <= sum(cell.built_up for cell in built) <= 2_600
    # Open land is whole inside its community: nothing of it was split to size.
    assert all(cell.polygon.area > 20_000 for cell in built if not cell.built_up)
    assert shapely.coverage_is_valid(
        geometry.to_degrees(np.array([cell.polygon for cell in built]), zone)
    )


def test_every_community_can_be_numbered(cells):
    built, areas = cells
    for code in areas:
        own = [cell for cell in built if cell.community == code]
        assert len(number_cells(own, code)) >= 10


def test_roads_have_chinese_names_and_three_kinds(district):
    assert {road.kind for road in district.roads} == {"main", "secondary", "lane"}
    names = [road.name for road in district.roads]
    assert len(set(names)) == len(names)
    assert all("\u4e00" <= letter <= "\u9fff" for name in names for letter in name)


def test_roads_and_parks_stay_in_the_district(district):
    lines = np.array([road.line for road in district.roads])
    outside = shapely.difference(lines, district.district.buffer(1e-7))
    assert shapely.is_empty(outside).all()
    assert len(district.parks) >= 10
    for _name, park in district.parks:
        assert park.is_valid
        assert district.district.contains(park)


def test_the_same_seed_draws_the_same_district_and_another_one_another(district):
    again = schematic(read_divisions(), seed=1)
    assert again == district
    assert schematic(read_divisions(), seed=2).roads != district.roads


@pytest.mark.parametrize("counts", [(1,), (2, 1), (3, 4, 7)])
def test_any_register_can_be_drawn(counts):
    divisions = [Division("110101", "区", "district", "1101")]
    for street, count in enumerate(counts, start=1):
        code = f"110101{street:03d}"
        divisions.append(Division(code, f"街道{street}", "street", "110101"))
        divisions += [
            Division(f"{code}{n:03d}", "社区", "community", code) for n in range(1, count + 1)
        ]
    drawn = schematic(divisions, seed=5)
    assert len(drawn.communities) == sum(counts)
    assert shapely.coverage_is_valid(list(drawn.communities.values()))
    assert {shape.geom_type for shape in drawn.communities.values()} == {"Polygon"}


def test_a_street_without_community_is_refused():
    with pytest.raises(ValueError, match="has no community"):
        schematic([("110101001", "街道", "street", "110101")])


@pytest.mark.parametrize(
    ("number", "chinese"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五")]
)
def test_numerals(number, chinese):
    assert schematic_names.numeral(number) == chinese


def test_spots_stand_beside_their_road_on_both_sides(district):
    spots = list(along_roads(district.roads, 30, 8, seed=3))
    assert len(spots) >= 20_000
    assert spots == list(along_roads(district.roads, 30, 8, seed=3))
    assert {spot.side for spot in spots} == {"left", "right"}
    zone = geometry.zone_of(CENTRE[0])
    points = geometry.to_metres(np.array([spot.point for spot in spots]), zone)
    lines = geometry.to_metres(np.array([road.line for road in district.roads]), zone)
    distance = shapely.distance(points, lines[[spot.road for spot in spots]])
    assert distance.max() < 10
    assert np.median(distance) == pytest.approx(8, abs=0.2)
    inside = shapely.contains_xy(
        district.district, shapely.get_coordinates(np.array([spot.point for spot in spots]))
    )
    assert inside.all()


def test_spots_of_one_kind_of_road(district):
    spots = list(along_roads(district.roads, 40, 12, kinds=("main",)))
    assert spots
    assert {district.roads[spot.road].kind for spot in spots} == {"main"}
