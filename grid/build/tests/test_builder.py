from collections import Counter

import numpy as np
import pytest
import shapely
from django.conf import settings
from django.utils import translation
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from grid import geometry
from grid.build import builder
from grid.build.builder import Cell, Sizes, build, build_cells, measure, number_cells, voronoi_areas
from grid.files import layers

WUHAN = settings.BASE_DIR.parent / "shared" / "data" / "real" / "wuhan_roads.fgb"


def streets(width, height, step):
    """A plain chequerboard of streets over (0, 0)-(width, height)."""
    return [
        *(shapely.LineString([(x, 0), (x, height)]) for x in range(0, width + 1, step)),
        *(shapely.LineString([(0, y), (width, y)]) for y in range(0, height + 1, step)),
    ]


def faults(cells, areas):
    result = measure(cells, areas)
    return result["gaps"], result["overlaps"], result["crossing"]


def sizes(cells):
    return sorted(round(cell.polygon.area) for cell in cells)


# --- single rules -----------------------------------------------------------------------------
def test_blocks_of_the_right_size_become_cells_as_they_are():
    areas = {"a": shapely.box(0, 0, 300, 200)}
    cells = build_cells(streets(300, 200, 100), areas)
    assert sizes(cells) == [10_000] * 6
    assert {cell.community for cell in cells} == {"a"}


def test_a_sliver_joins_the_neighbour_with_the_longest_shared_edge():
    areas = {"a": shapely.box(0, 0, 220, 100)}
    lines = [shapely.LineString([(100, 0), (100, 100)]), shapely.LineString([(120, 0), (120, 100)])]
    lines.append(shapely.LineString([(100, 60), (0, 60)]))  # west: 6,000 and 4,000 m²
    cells = build_cells(lines, areas)
    # The 20 m strip shares 100 m with the east and 60 m and 40 m with the two in the west.
    assert sizes(cells) == [10_000, 12_000]


def test_a_sliver_never_joins_across_a_community_border():
    areas = {"a": shapely.box(0, 0, 20, 100), "b": shapely.box(20, 0, 120, 100)}
    cells = build_cells([], areas)
    assert {(cell.community, round(cell.polygon.area)) for cell in cells} == {
        ("a", 2_000),
        ("b", 10_000),
    }


def test_a_sliver_goes_to_built_up_ground_before_open_land():
    lines = [shapely.LineString([(600, 0), (600, 600)]), shapely.LineString([(605, 0), (605, 600)])]
    areas = {"a": shapely.box(0, 0, 700, 600)}
    cells = build_cells(lines, areas)
    assert [round(cell.polygon.area) for cell in cells if not cell.built_up] == [360_000]


@pytest.mark.parametrize(("width", "parts"), [(210, 2), (300, 3), (470, 5), (1000, 10)])
def test_a_large_block_is_cut_into_equal_parts_across_its_long_axis(width, parts):
    areas = {"a": shapely.box(0, 0, width, 100)}
    cells = build_cells([], areas)
    assert len(cells) == parts
    assert sizes(cells) == pytest.approx([width * 100 / parts] * parts, abs=2)
    assert all(shapely.box(*cell.polygon.bounds).equals(cell.polygon) for cell in cells)


def test_open_land_stays_whole_and_is_marked():
    areas = {"a": shapely.box(0, 0, 1000, 300)}
    (cell,) = build_cells([], areas)
    assert not cell.built_up
    assert cell.polygon.area == pytest.approx(300_000)


def test_a_block_with_a_hole_and_a_concave_block_are_cut_without_loss():
    ring = shapely.box(50, 50, 150, 150).exterior
    horseshoe = shapely.Polygon(
        [(0, 0), (300, 0), (300, 300), (200, 300), (200, 40), (100, 40), (100, 300), (0, 300)]
    )
    for areas, lines in (
        ({"a": shapely.box(0, 0, 400, 200)}, [ring]),
        ({"a": horseshoe}, []),
    ):
        cells = build_cells(lines, areas)
        assert faults(cells, areas) == (0, 0, 0)
        assert max(sizes(cells)) <= 20_000
        assert min(sizes(cells)) >= 5_000


def test_dead_ends_islands_and_empty_lines_do_no_harm():
    areas = {"a": shapely.box(0, 0, 200, 100)}
    lines = [
        shapely.LineString([(100, 0), (100, 100)]),
        shapely.LineString([(100, 50), (150, 50)]),
        shapely.box(30, 30, 40, 40).exterior,
        shapely.LineString(),
        None,
    ]
    cells = build_cells(lines, areas)
    assert sizes(cells) == [10_000, 10_000]
    assert faults(cells, areas) == (0, 0, 0)


def test_the_earlier_of_two_overlapping_communities_keeps_the_ground():
    areas = {"first": shapely.box(0, 0, 120, 100), "second": shapely.box(100, 0, 220, 100)}
    cells = build_cells([], areas)
    assert {cell.community: round(cell.polygon.area) for cell in cells} == {
        "first": 12_000,
        "second": 10_000,
    }


def test_a_community_in_two_pieces_is_covered():
    areas = {
        "a": shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(300, 0, 400, 100)])
    }
    assert sizes(build_cells([], areas)) == [10_000, 10_000]


def test_no_community_is_refused():
    with pytest.raises(ValueError, match="at least one community"):
        build_cells([], {})
    with pytest.raises(ValueError, match="no ground"):
        build_cells([], {"a": shapely.Polygon()})


def test_progress_is_told_step_by_step_and_ends_full():
    told = []
    areas = {"a": shapely.box(0, 0, 500, 100)}
    build_cells(streets(500, 100, 250), areas, progress=lambda *step: told.append(step))
    assert list(dict.fromkeys(step for step, _done, _total in told)) == list(builder.STEPS)
    ends = {step: (done, total) for step, done, total in told}
    assert ends["split"] == (2, 2)
    assert all(done == total for done, total in ends.values())


def test_what_progress_raises_ends_the_work():
    def stop(step, done, total):
        raise InterruptedError(step)

    with pytest.raises(InterruptedError, match="blocks"):
        build_cells([], {"a": shapely.box(0, 0, 100, 100)}, progress=stop)


# --- built-up or open -------------------------------------------------------------------------
def test_open_land_is_judged_between_the_lines_not_inside_a_community():
    """Four communities of 0.16 km² in one block of 0.64 km²: open, though each part is small."""
    corners = [(x, y) for x in (0, 400) for y in (0, 400)]
    areas = {at: shapely.box(*at, at[0] + 400, at[1] + 400) for at in corners}
    built = build([], areas)
    assert [cell.built_up for cell in built.cells] == [False] * 4
    assert sizes(built.cells) == [160_000] * 4
    assert built.blocks == 0


def test_a_block_cut_by_a_community_border_stays_built_up():
    areas = {"a": shapely.box(0, 0, 300, 400), "b": shapely.box(300, 0, 600, 400)}
    built = build([shapely.box(0, 0, 600, 400).exterior], areas)
    assert built.blocks == 1
    assert all(cell.built_up for cell in built.cells)
    assert sizes(built.cells) == pytest.approx([10_000] * 24, abs=2)


def test_the_largest_built_up_block_is_a_setting():
    areas = {"a": shapely.box(0, 0, 1000, 300)}
    (open_land,) = build_cells([], areas)
    assert not open_land.built_up
    assert len(build_cells([], areas, sizes=Sizes(built_up_max=300_001))) == 30


# --- compounds and buildings ------------------------------------------------------------------
def holding(cells, polygon):
    """How many cells have more than 1 m² of the polygon."""
    return sum(cell.polygon.intersection(polygon).area > 1 for cell in cells)


def test_a_compound_stays_whole_above_the_target_and_across_a_lane():
    areas = {"a": shapely.box(0, 0, 600, 300)}
    lane = shapely.LineString([(0, 150), (600, 150)])
    compound = shapely.box(100, 50, 400, 250)
    cells = build_cells([lane], areas, compounds=[compound])
    assert holding(cells, compound) == 1
    assert faults(cells, areas) == (0, 0, 0)
    (home,) = [cell for cell in cells if cell.polygon.intersects(compound.centroid)]
    assert home.polygon.area == pytest.approx(60_000)


def test_a_small_compound_is_not_cut_with_the_block_around_it():
    areas = {"a": shapely.box(0, 0, 400, 100)}
    compound = shapely.box(180, 20, 220, 80)  # where the block would be halved
    cells = build_cells([], areas, compounds=[compound])
    assert holding(cells, compound) == 1
    assert holding(build_cells([], areas), compound) > 1
    assert faults(cells, areas) == (0, 0, 0)


def test_a_community_border_cuts_even_a_compound():
    areas = {"a": shapely.box(0, 0, 200, 200), "b": shapely.box(200, 0, 400, 200)}
    cells = build_cells([], areas, compounds=[shapely.box(100, 0, 300, 200)])
    assert faults(cells, areas) == (0, 0, 0)
    assert sizes(cells) == [20_000] * 4


def test_a_cut_moves_aside_for_a_building():
    areas = {"a": shapely.box(0, 0, 210, 100)}
    building = shapely.box(102, 20, 112, 80)
    cells = build_cells([], areas, buildings=[building])
    assert holding(cells, building) == 1
    assert all(shapely.box(*cell.polygon.bounds).equals(cell.polygon) for cell in cells)


def test_a_cut_goes_round_a_building_it_cannot_miss():
    areas = {"a": shapely.box(0, 0, 220, 100)}
    building = shapely.box(40, 20, 160, 80)
    cells = build_cells([], areas, buildings=[building])
    assert len(cells) == 2
    assert holding(cells, building) == 1
    assert faults(cells, areas) == (0, 0, 0)


def test_a_building_beside_the_block_is_not_the_cuts_business():
    block, beside = shapely.box(0, 0, 300, 100), shapely.box(95, -10, 105, 0)
    cells = build_cells([], {"a": block}, buildings=[beside])
    assert sizes(cells) == sizes(build_cells([], {"a": block})) == [10_000] * 3


def test_a_courtyard_and_a_wing_that_touches_stay_with_their_building():
    areas = {"a": shapely.box(0, 0, 300, 100)}
    yard = shapely.Polygon(
        shapely.box(80, 20, 130, 80).exterior, [shapely.box(90, 30, 120, 70).exterior]
    )
    wing = shapely.box(130, 40, 220, 60)
    cells = build_cells([], areas, buildings=[yard, wing])
    assert holding(cells, shapely.box(80, 20, 130, 80)) == 1
    assert holding(cells, wing) == 1


# --- stand-in communities of whole blocks -----------------------------------------------------
def test_stand_in_communities_follow_the_lines():
    lines = streets(1200, 1200, 100)
    areas = builder.block_areas(lines, 200_000, seed=1)
    assert len(areas) == 8
    assert sum(area.area for area in areas.values()) == pytest.approx(1_440_000)
    network = shapely.union_all(lines)
    assert all(shapely.difference(area.boundary, network).length < 0.01 for area in areas.values())
    assert all(area.geom_type == "Polygon" for area in areas.values())
    assert areas == builder.block_areas(lines, 200_000, seed=1)


def test_an_island_of_lines_goes_to_a_stand_in_nearby_and_no_ground_to_none():
    far = shapely.transform(shapely.box(0, 0, 10, 10).exterior, lambda xy: xy + 3_000)
    areas = builder.block_areas([*streets(400, 400, 200), far], 100_000)
    assert sum(area.area for area in areas.values()) == pytest.approx(160_100)
    (whole,) = builder.block_areas([*streets(400, 400, 200), far], 10**9).values()
    assert whole.area == pytest.approx(160_100)
    assert builder.block_areas([shapely.LineString([(0, 0), (9, 9)])], 100_000) == {}


def test_no_areas_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        voronoi_areas(shapely.box(0, 0, 100, 100), 0)


# --- properties -------------------------------------------------------------------------------
coordinate = st.floats(-50, 1250, allow_nan=False).map(lambda value: round(value, 3))
point = st.tuples(coordinate, coordinate)
road = st.lists(point, min_size=2, max_size=5, unique=True).map(shapely.LineString)
partition = st.tuples(st.integers(1, 7), st.integers(0, 10_000))


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.lists(road, max_size=14), partition)
def test_random_networks_are_covered_exactly_and_the_same_way_twice(lines, cut):
    count, seed = cut
    areas = voronoi_areas(shapely.box(0, 0, 1200, 900), count, seed)
    cells = build_cells(lines, areas)
    assert faults(cells, areas) == (0, 0, 0)
    shapes = np.array([cell.polygon for cell in cells])
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)  # neighbours share their vertices
    again = build_cells(lines, areas)
    assert [(c.community, c.polygon.wkb, c.built_up) for c in again] == [
        (c.community, c.polygon.wkb, c.built_up) for c in cells
    ]


def metres(least, most):
    """To the millimetre: lengths of 1e-308 m, which nobody surveys, make GEOS divide by zero."""
    return st.floats(least, most).map(lambda value: round(value, 3))


corner = st.tuples(metres(0, 1100), metres(0, 800))
box = st.builds(
    lambda at, wide, deep: shapely.box(at[0], at[1], at[0] + wide, at[1] + deep),
    corner, metres(8, 90), metres(8, 90),
)  # fmt: skip


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.lists(road, max_size=6), partition, st.lists(box, min_size=1, max_size=4))
def test_compounds_are_whole_in_random_networks(lines, cut, found):
    areas = voronoi_areas(shapely.box(0, 0, 1200, 900), cut[0], cut[1])
    given_whole = [p for n, p in enumerate(found) if not any(p.intersects(q) for q in found[:n])]
    inside = [p for p in given_whole if any(area.contains(p) for area in areas.values())]
    cells = build_cells(lines, areas, compounds=given_whole)
    assert faults(cells, areas) == (0, 0, 0)
    assert [holding(cells, compound) for compound in inside] == [1] * len(inside)


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.lists(road, max_size=5), partition, st.lists(box, min_size=1, max_size=30))
def test_no_split_goes_through_a_building_in_random_networks(lines, cut, buildings):
    areas = voronoi_areas(shapely.box(0, 0, 1200, 900), cut[0], cut[1])
    wide = Sizes(built_up_max=2_000_000)  # all ground is built-up and gets split
    cells = build_cells(lines, areas, buildings=buildings, sizes=wide)
    assert faults(cells, areas) == (0, 0, 0)
    assert shapely.coverage_is_valid(np.array([cell.polygon for cell in cells]))
    given_lines = shapely.union_all([*lines, *(area.boundary for area in areas.values())])
    free = [b for b in buildings if not given_lines.intersects(b.buffer(0.01))]
    assert [holding(cells, building) for building in free] == [1] * len(free)


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(0, 10_000))
def test_stand_in_communities_tile_their_extent(count, seed):
    extent = shapely.Polygon([(0, 0), (3000, 0), (3000, 1000), (1500, 400), (0, 1000)])
    areas = voronoi_areas(extent, count, seed)
    assert len(areas) == count
    assert sum(area.area for area in areas.values()) == pytest.approx(extent.area)
    assert shapely.union_all(list(areas.values())).area == pytest.approx(extent.area)
    assert areas == voronoi_areas(extent, count, seed)


# --- numbering --------------------------------------------------------------------------------
def cell_at(x, y, side=100):
    return Cell("c", shapely.box(x, y, x + side, y + side), True)


def test_sequence_runs_west_to_east_in_rows_from_north_to_south():
    cells = [cell_at(0, 0), cell_at(200, 100), cell_at(100, 110), cell_at(0, 95), cell_at(100, 0)]
    numbered = number_cells(cells, "620105001001")
    assert [code[-3:] for code, _cell in numbered] == ["001", "002", "003", "004", "005"]
    assert [cell.polygon.bounds[:2] for _code, cell in numbered] == [
        (0, 95),
        (100, 110),
        (200, 100),
        (0, 0),
        (100, 0),
    ]
    assert numbered[0][0] == "620105001001001"


def test_three_digits_end_at_999():
    cells = [cell_at(100 * n, 0) for n in range(1000)]
    assert number_cells(cells[:999], "620105001001")[-1][0] == "620105001001999"
    with pytest.raises(ValueError, match="1000 unit grids"):
        number_cells(cells, "620105001001")


def test_no_cells_have_no_numbers():
    assert number_cells([], "620105001001") == []


@pytest.mark.parametrize("code", ["62010500100", "62010500100x", "６２０１０５００１００１"])
def test_a_community_code_has_twelve_digits(code):
    with pytest.raises(ValueError, match="12 digits"):
        number_cells([], code)


# --- measuring finds faults -------------------------------------------------------------------
def test_measure_counts_what_is_wrong():
    areas = {"a": shapely.box(0, 0, 300, 100), "b": shapely.box(300, 0, 400, 100)}
    good = [Cell("a", shapely.box(x, 0, x + 100, 100), True) for x in (0, 100, 200)]
    b = Cell("b", areas["b"], True)
    assert faults([*good, b], areas) == (0, 0, 0)
    assert faults(good, areas) == (1, 0, 0)
    assert faults([*good, b, good[0]], areas) == (0, 1, 0)
    assert faults([*good, Cell("b", shapely.box(290, 0, 400, 100), True)], areas) == (0, 1, 1)
    assert faults([], areas) == (1, 0, 0)


def test_share_and_median_of_known_cells():
    areas = {"a": shapely.box(0, 0, 1000, 1000)}
    cells = [
        Cell("a", shapely.box(0, 0, 100, 30), True),
        Cell("a", shapely.box(0, 30, 100, 100), True),
        Cell("a", shapely.box(100, 0, 1000, 1000), False),
    ]
    result = measure(cells, areas)
    assert result["share_5k_20k"] == pytest.approx(0.7)
    assert result["median_area_m2"] == pytest.approx(7_000)
    assert result["area_m2"] == pytest.approx(910_000)


# --- files and a real network -----------------------------------------------------------------
def test_lines_and_polygons_are_read_from_files(tmp_path):
    lines = tmp_path / "roads.geojson"
    lines.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"建宁路"},'
        '"geometry":{"type":"MultiLineString","coordinates":[[[103,36],[103.1,36]],'
        '[[103,36.1],[103.1,36.1]]]}},{"type":"Feature","properties":{"name":"-"},'
        '"geometry":null}]}'
    )
    found = layers.read_lines(lines)
    assert list(found.fields["name"]) == ["建宁路", "建宁路"]
    assert found.shapes[0] == shapely.LineString([(103, 36), (103.1, 36)])
    with translation.override("en"), pytest.raises(ValueError, match="polygons only"):
        layers.read_polygons(lines)
    with translation.override("en"), pytest.raises(ValueError, match="cannot be read"):
        layers.read_layer(tmp_path / "none.gpkg")


@pytest.mark.parametrize("window", [(114.25, 30.55, 114.29, 30.585)])
def test_a_window_of_a_real_network(window):
    if WUHAN.exists():
        shapes = layers.read_lines(WUHAN).shapes
        shapes = shapes[shapely.intersects(shapely.box(*window), shapes)]
    else:  # the same size and roughness without the file
        rng = np.random.default_rng(1)
        shapes = shapely.linestrings(rng.uniform(window[:2], window[2:], (400, 2, 2)))
    lines = geometry.to_metres(shapes, geometry.zone_of(window[0]))
    areas = voronoi_areas(builder.outline(lines), 8, seed=3)
    cells = build_cells(lines, areas)
    result = measure(cells, areas)
    assert (result["gaps"], result["overlaps"], result["crossing"]) == (0, 0, 0)
    assert result["share_5k_20k"] > 0.85
    assert 8_000 < result["median_area_m2"] < 12_000
    assert max(Counter(cell.community for cell in cells).values()) <= 999
    degrees = geometry.to_degrees(np.array([cell.polygon for cell in cells]), 114)
    assert shapely.coverage_is_valid(degrees)
