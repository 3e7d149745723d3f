"""The pure surgeon: tables of what is done and refused, and random sequences that keep the rules.

Cells are squares of 100 m in metres, numbered from the south-west, row by row.
"""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as configured
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from citymgmt.lib.errors import BadInput
from grid.build.builder.measure import FAULT_M2
from grid.change import surgery
from grid.change.surgery import Limits, Numbers, Standing
from grid.change.surgery.plan import make_plan
from grid.change.tests.random_surgery import jittered, wish
from grid.check import faults

HOME, AWAY = "620105001001", "620105001002"
LIMITS = Limits()


def code(n, community=HOME):
    return f"{community}{n:03d}"


def square(n, size=100, columns=3):
    x, y = n % columns * size, n // columns * size
    return box(x, y, x + size, y + size)


def cell(n, polygon=None, community=HOME, **rest):
    return Standing(code(n, community), community, polygon or square(n - 1), **rest)


def town(count=6):
    return [cell(n + 1) for n in range(count)]


def numbers(highest=6, community=HOME):
    return Numbers(community, highest)


def split(n, *lines, limits=LIMITS, cells=None):
    cells = cells or town()
    return surgery.split(cells[n - 1], [LineString(line) for line in lines], numbers(), limits)


def sizes(plan):
    return {cell.code[-3:]: round(cell.polygon.area) for cell in plan.beginning}


def refused(deed, *args, **kwargs):
    with pytest.raises(BadInput) as caught:
        deed(*args, **kwargs)
    return caught.value


# --- split ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([[(50, -5), (50, 105)]], {"007": 5000, "008": 5000}),
        ([[(30, -5), (30, 50), (70, 50), (70, 105)]], {"007": 5000, "008": 5000}),
        ([[(30, -5), (30, 105)], [(60, -5), (60, 105)]], {"007": 3000, "008": 3000, "009": 4000}),
        # A cross: rows lead, west to east in a row; all four are within one row of 100 m.
        ([[(40, -5), (40, 105)], [(-5, 50), (105, 50)]],
         {"007": 2000, "008": 2000, "009": 3000, "010": 3000}),
        ([[(50, 0.3), (50, 99.8)]], {"007": 5000, "008": 5000}),  # ends within the tolerance
        ([[(0, 0), (100, 100)]], {"007": 5000, "008": 5000}),  # from corner to corner
        ([[(20, 20), (80, 20), (80, 80), (20, 80), (20, 20)]], {"007": 6400, "008": 3600}),
        ([[(50, -5), (50, 105)], [(300, 0), (300, 100)]], {"007": 5000, "008": 5000}),
    ],
)  # fmt: skip
def test_a_cell_is_split_along_lines(lines, expected):
    plan = split(1, *lines)
    assert [c.code for c in plan.ending] == [code(1)]
    assert sizes(plan) == expected
    assert {frozenset(c.shares) for c in plan.beginning} == {frozenset([code(1)])}
    surgery.check_ground(plan, town()[1:])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ([(10, 10), (60, 60)], "does_not_cross"),
        ([(50, -5), (50, 99)], "does_not_cross"),  # one metre short: meant?
        ([(150, -5), (150, 105)], "does_not_cross"),  # through the neighbour
        ([(-50, 0), (150, 0)], "does_not_cross"),  # along the border
        ([(-5, 50), (60, 50), (60, 80), (30, 80), (30, -5)], "line_crosses_itself"),
        ([(4, -5), (4, 105)], "sliver"),
    ],
)
def test_a_split_that_cannot_be_meant_is_refused(line, why):
    assert refused(split, 1, line).code == why


def test_a_small_cell_may_be_split_into_smaller_ones():
    small = cell(1, box(0, 0, 20, 20))
    plan = split(1, [(10, -5), (10, 25)], cells=[small])
    assert sizes(plan) == {"007": 200, "008": 200}
    assert refused(split, 1, [(0.01, -5), (0.01, 25)], cells=[small]).code == "sliver"


def test_the_least_size_is_a_setting():
    assert sizes(split(1, [(4, -5), (4, 105)], limits=Limits(sliver_m2=300)))["007"] == 400


def test_a_yard_keeps_its_hole():
    ring = [(20, 20), (80, 20), (80, 80), (20, 80), (20, 20)]
    outer, inner = split(1, ring).beginning
    assert len(outer.polygon.interiors) == 1
    assert outer.polygon.union(inner.polygon).equals(square(0))


# --- merge ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("chosen", "size"), [([1, 2], 20_000), ([1, 4, 5], 30_000), ([1, 2, 3, 4, 5, 6], 60_000)]
)
def test_neighbours_merge(chosen, size):
    cells = town()
    plan = surgery.merge([cells[n - 1] for n in chosen], numbers(), LIMITS)
    assert sizes(plan) == {"007": size}
    assert set(plan.beginning[0].shares) == {code(n) for n in chosen}
    surgery.check_ground(plan, [c for c in cells if c not in plan.ending])


@pytest.mark.parametrize(
    ("chosen", "why"), [([1, 3], "not_adjacent"), ([1, 5], "not_adjacent"), ([2], "too_few"),
                        ([2, 2], "too_few")]
)  # fmt: skip
def test_what_does_not_lie_side_by_side_is_not_merged(chosen, why):
    found = refused(surgery.merge, [town()[n - 1] for n in chosen], numbers(), LIMITS)
    assert found.code == why
    if why == "not_adjacent":
        assert code(chosen[0]) in str(found.detail)


def test_cells_of_two_communities_are_not_merged():
    pair = [cell(1), cell(2, community=AWAY)]
    found = refused(surgery.merge, pair, numbers(), LIMITS)
    assert found.code == "crosses_community"
    assert HOME in str(found.detail)
    assert AWAY in str(found.detail)


def test_a_merged_cell_is_built_up_if_most_of_it_was():
    lake, lot = cell(1, box(0, 0, 100, 200), built_up=False), cell(2, box(100, 0, 200, 100))
    assert not surgery.merge([lake, lot], numbers(), LIMITS).beginning[0].built_up
    lot = cell(2, box(100, 0, 400, 100))
    assert surgery.merge([lake, lot], numbers(), LIMITS).beginning[0].built_up


def test_cells_that_meet_in_rounded_vertices_merge_without_a_crack():
    """The cut meets a slanting border between its vertices: the neighbour does not have them."""
    left = cell(1, Polygon([(0, 0), (100, 0), (137.1234, 300.4321), (0, 300)]))
    right = cell(2, Polygon([(100, 0), (300, 0), (300, 300), (137.1234, 300.4321)]))
    plan = surgery.split(left, [LineString([(-5, 77.77777), (200, 123.45678)])], numbers(2), LIMITS)
    south, north = (cell(3, plan.beginning[n].polygon) for n in (0, 1))
    assert faults.overlaps(np.array([south.polygon, north.polygon, right.polygon])) == []
    for half in (south, north):
        whole = surgery.merge([half, right], numbers(4), LIMITS).beginning[0].polygon
        assert not whole.interiors
        assert whole.area == pytest.approx(half.polygon.area + right.polygon.area, abs=0.1)


# --- redraw ---------------------------------------------------------------------------------
def redraw(n, ring, cells=None, limits=LIMITS):
    cells = cells or town()
    shape = ring if isinstance(ring, Polygon) else Polygon(ring)
    fellows = [c for c in cells if c is not cells[n - 1]]
    plan = surgery.redraw(cells[n - 1], shape, fellows, numbers(), limits)
    surgery.check_ground(plan, [c for c in cells if c not in plan.ending])
    return plan


@pytest.mark.parametrize(
    ("shape", "ends", "areas"),
    [
        (box(0, 0, 130, 100), [1, 2], [7000, 13000]),  # takes from the east
        (box(0, 0, 80, 100), [1, 2], [8000, 12000]),  # gives to the east
        (box(0, 0, 130, 120), [1, 2, 4, 5], [7000, 8000, 9400, 15600]),
        (box(-0.4, -0.3, 130.0, 100.4), [1, 2], [7000, 13000]),  # by an unsteady hand
        (Polygon([(0, 0), (50, 0), (100, 100), (0, 100)]), [1, 2], [7500, 12500]),
    ],
)
def test_a_border_is_redrawn(shape, ends, areas):
    plan = redraw(1, shape)
    assert [c.code for c in plan.ending] == [code(n) for n in ends]
    assert sorted(round(c.polygon.area) for c in plan.beginning) == pytest.approx(areas, abs=5)


def test_only_cells_whose_ground_changes_end():
    plan = redraw(1, box(0, 0, 130, 100))
    gained = next(c for c in plan.beginning if code(1) in c.shares)
    assert gained.main_predecessor == code(1)
    assert {k[-3:]: round(v) for k, v in gained.shares.items()} == {"001": 10_000, "002": 3_000}
    assert plan.moved_m2 == pytest.approx(3_000)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (box(0, 0, 100, 100), "nothing_changes"),
        (box(0.2, 0.3, 99.7, 100.4), "nothing_changes"),
        (box(-40, 0, 100, 100), "crosses_community"),
        (box(0, 0, 200, 100), "swallowed"),
        (box(0, 0, 197, 100), "sliver"),
        (box(0, 0, 3, 100), "sliver"),
        (box(100, 100, 200, 200), "swallowed"),
        (box(30, 0, 100, 100), "falls_apart"),  # the piece left over in the west …
    ],
)
def test_a_border_that_cannot_be_meant_is_refused(shape, why):
    # … borders only on cell 4, so it is not refused in the full town.
    if why == "falls_apart":
        assert [c.code for c in redraw(1, shape).ending] == [code(1), code(4)]
        return
    assert refused(redraw, 1, shape).code == why


def test_ground_without_a_taker_is_not_given_up():
    alone = [cell(1), cell(2)]
    assert refused(redraw, 1, box(30, 0, 100, 100), cells=alone).code == "left_over"


def test_a_cell_cut_in_two_by_its_neighbour_is_refused():
    assert refused(redraw, 1, Polygon(
        [(0, 0), (100, 0), (100, 40), (200, 40), (200, 60), (100, 60), (100, 100), (0, 100)]
    )).code == "falls_apart"  # fmt: skip


# --- renumber, retire -----------------------------------------------------------------------
def test_fresh_codes_run_from_the_north_west():
    cells = [cell(n + 1, square(n)) for n in range(6)]
    plan = surgery.renumber(cells, numbers(11))
    order = [next(iter(c.shares))[-3:] for c in plan.beginning]
    assert order == ["004", "005", "006", "001", "002", "003"]
    assert [c.code for c in plan.beginning] == [code(n) for n in range(12, 18)]
    assert plan.moved_m2 == 0
    surgery.check_ground(plan, [])


@pytest.mark.parametrize(("highest", "fits"), [(993, True), (994, False)])
def test_the_last_code_is_999(highest, fits):
    if fits:
        assert surgery.renumber(town(), numbers(highest)).beginning[-1].code == code(999)
        return
    found = refused(surgery.renumber, town(), numbers(highest))
    assert found.code == "no_codes_left"
    assert "994" in str(found.detail)


def test_retired_ground_has_no_heir():
    plan = surgery.retire(town()[:2])
    assert (len(plan.ending), plan.beginning, plan.moved_m2) == (2, (), 20_000)


@pytest.mark.parametrize("deed", [surgery.retire, lambda cells: surgery.renumber(cells, numbers())])
def test_no_cells_nothing_to_do(deed):
    assert refused(deed, []).code == "too_few"


# --- re-import ------------------------------------------------------------------------------
def reimport(*shapes, others=(), cells=None):
    cells = town() if cells is None else cells
    plan = surgery.reimport(cells, list(shapes), others, numbers(), LIMITS)
    surgery.check_ground(plan, others)
    return plan


@pytest.mark.parametrize(
    ("shapes", "areas"),
    [
        ([box(0, 0, 150, 200), box(150, 0, 300, 200)], [30_000, 30_000]),
        ([box(0, 0, 150, 200), box(150, 0, 360, 200)], [30_000, 42_000]),  # and new ground
        ([box(0, 0, 150, 200), box(150.5, 0, 300, 200)], [30_000, 30_000]),  # a crack
        ([box(0, 0, 150.4, 200), box(150, 0, 300, 200)], [30_000, 30_000]),  # an overlap
        ([box(-0.4, -0.4, 150, 200.3), box(150, 0.2, 299.7, 200)], [30_000, 30_000]),
        ([box(0, 0, 300.4, 200), box(300, 0, 400, 200)], [60_000, 20_000]),
    ],
)  # fmt: skip
def test_a_community_is_imported_anew(shapes, areas):
    plan = reimport(*shapes)
    assert len(plan.ending) == 6
    assert [c.polygon.area for c in plan.beginning] == pytest.approx(areas, abs=100)
    ground = sum(c.polygon.area for c in plan.beginning)
    assert shapely.union_all([c.polygon for c in plan.beginning]).area == pytest.approx(ground)


@pytest.mark.parametrize(
    ("shapes", "why"),
    [
        ([], "empty"),
        ([box(0, 0, 300, 180)], "gap"),
        ([box(0, 0, 200, 200), box(150, 0, 300, 200)], "overlap"),
        ([box(0, 0, 300, 200), box(299.6, 0, 300, 200)], "no_ground"),
        ([box(0, 0, 298, 200), box(298, 0, 300, 200)], "sliver"),
        ([box(0, 0, 300, 230)], "crosses_community"),
    ],
)
def test_an_import_that_does_not_fit_is_refused(shapes, why):
    others = [cell(1, box(0, 200, 300, 300), community=AWAY)]
    assert refused(reimport, *shapes, others=others).code == why


def test_an_overhang_into_another_community_is_trimmed():
    others = [cell(1, box(0, 200, 300, 300), community=AWAY)]
    assert reimport(box(0, 0, 300, 200.4), others=others).beginning[0].polygon.area == 60_000


def test_a_new_community_is_imported_from_nothing():
    plan = reimport(box(0, 0, 100, 100), cells=[])
    assert (plan.ending, plan.beginning[0].shares) == ((), {})


# --- the promise ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "old", "new", "around"),
    [
        ("split", [box(0, 0, 100, 100)], [box(0, 0, 100, 90)], []),
        ("split", [box(0, 0, 100, 100)], [box(0, 0, 100, 110)], []),
        ("merge", [box(0, 0, 100, 100)], [box(0, 0, 60, 100), box(50, 0, 100, 100)], []),
        ("reimport", [box(0, 0, 100, 100)], [box(0, 0, 120, 100)], [box(110, 0, 200, 100)]),
    ],
)
def test_a_plan_that_breaks_the_ground_is_refused(kind, old, new, around):
    plan = surgery.Plan(
        kind,
        tuple(cell(n + 1, shape) for n, shape in enumerate(old)),
        tuple(surgery.Beginning(code(n + 7), s, True, {}) for n, s in enumerate(new)),
    )
    stays = [cell(n + 1, shape, AWAY) for n, shape in enumerate(around)]
    assert refused(surgery.check_ground, plan, stays).code == "broken_ground"


def test_what_is_in_two_pieces_is_no_cell():
    pieces = MultiPolygon([box(0, 0, 50, 50), box(60, 0, 100, 50)])
    found = refused(make_plan, "redraw", [cell(1)], [pieces], numbers(), LIMITS)
    assert found.code == "falls_apart"


# --- any sequence ---------------------------------------------------------------------------
def perform(kind, codes, shapes, cells, highest):
    """As `grid.change.plans` does: `cells` of both communities by code."""
    fellows = [c for c in cells.values() if c.community == HOME]
    others = [c for c in cells.values() if c.community == AWAY]
    shapes = [shapely.transform(shape, surgery.on_grid) for shape in shapes]
    chosen = [cells[c] for c in codes]
    count = numbers(highest)
    if kind == "split":
        return surgery.split(chosen[0], shapes, count, LIMITS)
    if kind == "merge":
        return surgery.merge(chosen, count, LIMITS)
    if kind == "redraw":
        rest = [c for c in fellows if c is not chosen[0]]
        return surgery.redraw(chosen[0], shapes[0], rest, count, LIMITS)
    if kind == "renumber":
        return surgery.renumber(fellows, count)
    if kind == "retire":
        return surgery.retire(chosen)
    return surgery.reimport(fellows, shapes, others, count, LIMITS)


def check_invariants(plan, cells, ground, used):
    """No gap, no overlap, no crossing, no sliver out of nothing, no code twice."""
    shapes = np.array([c.polygon for c in cells.values()], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert faults.overlaps(shapes) == []
    homes = [c.community for c in cells.values()]
    assert faults.gaps(shapes, homes, ground) == []
    assert faults.crossings(shapes, homes, ground) == []
    fresh = {c.code for c in plan.beginning}
    assert len(fresh) == len(plan.beginning)
    assert not fresh & used
    old = {c.code: c.polygon.area for c in plan.ending}
    for new in plan.beginning:
        parents = [old[c] for c in new.shares]
        assert sum(new.shares.values()) == pytest.approx(new.polygon.area, abs=FAULT_M2)
        assert new.polygon.area >= LIMITS.sliver_m2 or min(parents) < LIMITS.sliver_m2 \
            or plan.kind == "renumber"  # fmt: skip


@configured(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(3, 15))
def test_any_sequence_of_surgery_keeps_the_partition(seed, steps):
    rng = np.random.default_rng(seed)
    lattice = jittered(4, 3, seed)
    cells = {}
    for n, polygon in enumerate(lattice):
        home, sequence = (HOME, n) if n % 4 < 3 else (AWAY, n)
        cells[code(sequence + 1, home)] = cell(sequence + 1, polygon, home)
    ground = {
        home: shapely.coverage_union_all([c.polygon for c in cells.values() if c.community == home])
        for home in (HOME, AWAY)
    }
    used, highest = set(cells), 12
    for _step in range(steps):
        mine = {c: cells[c].polygon for c in cells if cells[c].community == HOME}
        if not mine:
            break
        kind, codes, shapes = wish(rng, mine)
        try:
            plan = perform(kind, codes, shapes, cells, highest)
            ends = {c.code for c in plan.ending}
            surgery.check_ground(plan, [c for k, c in cells.items() if k not in ends])
        except BadInput as error:
            if error.code in {"broken_ground", "no_codes_left"}:
                raise
            continue
        cells = {k: c for k, c in cells.items() if k not in ends}
        for new in plan.beginning:
            cells[new.code] = Standing(new.code, HOME, new.polygon, new.built_up)
        if kind == "retire":
            gone = shapely.union_all([c.polygon for c in plan.ending], grid_size=0.0001)
            ground[HOME] = shapely.difference(ground[HOME], gone)
        check_invariants(plan, cells, ground, used)
        used |= {c.code for c in plan.beginning}
        highest += len(plan.beginning)
