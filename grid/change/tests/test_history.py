"""The grid of any day, the way of a cell through changes, and old figures on new cells."""

from datetime import timedelta

import numpy as np
import pytest
import shapely
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from citymgmt.lib.errors import BadInput, Refused
from grid.build.store import AreaRow, compose_duty_grids, store_areas
from grid.change import actions
from grid.change.history import cells_on, lineage, shares_on, successors_share
from grid.change.tests.random_surgery import jittered, wish
from grid.check import findings
from grid.duty import actions as duty
from grid.geometry import from_geos, to_degrees, to_geos, to_metres
from grid.models import UnitGrid
from grid.places.queries import locate
from grid.tests.town import BEGUN, SIDE, SOUTH, TODAY, WEST, make_town

ONE, TWO = "620105001001", "620105001002"
DAY = timedelta(days=1)


def code(n):
    return f"{ONE}{n:03d}"


def line(x, y0=-0.1, y1=1.1):
    return shapely.LineString([(WEST + x * SIDE, SOUTH + y * SIDE) for y in (y0, y1)])


def do(kind, on, today=None, **rest):
    seen = actions.preview(by=None, kind=kind, on=on, **rest)
    return actions.apply(by=None, kind=kind, on=on, token=seen.token, today=today or on, **rest)


def short(codes):
    return sorted(int(c[-3:]) for c in codes)


@pytest.fixture
def story(db):
    """1 is split into 5 and 6 on the 10th, 6 and 2 merge into 7 on the 20th, 4 leaves."""
    town = make_town()
    town.days = [BEGUN + n * 10 * DAY for n in range(4)]
    do("split", town.days[1], codes=[code(1)], drawn=[line(0.25)])
    do("merge", town.days[2], codes=[code(6), code(2)])
    do("retire", town.days[3], codes=[code(4)])
    return town


@pytest.mark.parametrize(
    ("day", "expected"),
    [(0, [1, 2, 3, 4]), (9, [1, 2, 3, 4]), (10, [2, 3, 4, 5, 6]), (19, [2, 3, 4, 5, 6]),
     (20, [3, 4, 5, 7]), (30, [3, 5, 7]), (-1, [])],
)  # fmt: skip
def test_the_grid_of_a_day(story, day, expected):
    day = BEGUN + day * DAY
    rows = cells_on(day).filter(code__startswith=ONE).values_list("code", flat=True)
    assert short(rows) == expected


@pytest.mark.parametrize(
    ("x", "day", "expected"),
    [(0.1, 0, 1), (0.1, 10, 5), (0.9, 9, 1), (0.9, 10, 6), (0.9, 20, 7), (1.5, 19, 2),
     (1.5, 20, 7)],
)  # fmt: skip
def test_a_place_on_a_day(story, x, day, expected):
    place = locate(WEST + x * SIDE, SOUTH + SIDE / 2, on=BEGUN + day * DAY)
    assert place.unit_grid.code == code(expected)
    assert place.duty_grid == story.duty[0]


def test_ground_that_left_the_city_is_outside_from_that_day(story):
    at = WEST + 3.5 * SIDE, SOUTH + SIDE / 2
    assert locate(*at, on=story.days[3] - DAY).unit_grid.code == code(4)
    with pytest.raises(BadInput) as refused:
        locate(*at, on=story.days[3])
    assert refused.value.code == "outside_city"


def test_the_duty_grid_is_that_of_the_day(story):
    other = duty.create(
        name="东", cells=list(UnitGrid.objects.filter(code=code(3))), on=TODAY, today=TODAY, by=None
    )
    at = WEST + 2.5 * SIDE, SOUTH + SIDE / 2
    assert locate(*at, on=TODAY - DAY).duty_grid == story.duty[0]
    assert locate(*at, on=TODAY).duty_grid == other


def test_lineage_goes_both_ways(story, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        found = lineage(code(6))
        assert [c.code for c in found.ancestors] == [code(1)]
        assert [c.code for c in found.descendants] == [code(7)]
        assert found.links == [(code(1), code(6)), (code(6), code(7))]
        assert [c.kind for c in found.changes] == ["merge", "split"]
    whole = lineage(code(7))
    assert short(c.code for c in whole.ancestors) == [1, 2, 6]
    assert (whole.descendants, lineage(code(3)).links) == ([], [])


def test_an_unknown_cell_has_no_lineage(story):
    with pytest.raises(BadInput) as refused:
        lineage(code(99))
    assert refused.value.code == "unknown_cell"


@pytest.mark.parametrize(
    ("cell", "day", "expected"),
    [
        (1, 0, {1: 1.0}), (1, 10, {5: 0.25, 6: 0.75}), (1, 20, {5: 0.25, 7: 0.75}),
        (2, 30, {7: 1.0}), (3, 30, {3: 1.0}), (4, 29, {4: 1.0}), (4, 30, {}),
        (7, 0, {1: 0.75 / 1.75, 2: 1 / 1.75}),  # backwards
    ],
)  # fmt: skip
def test_old_figures_are_shared_by_ground(story, cell, day, expected):
    found = successors_share(code(cell), BEGUN + day * DAY)
    assert found == pytest.approx({code(n): share for n, share in expected.items()}, abs=1e-4)


def test_shares_of_many_at_once(story, django_assert_max_num_queries):
    codes = [code(n) for n in (1, 2, 3, 4, 99)]
    with django_assert_max_num_queries(8):
        found = shares_on(codes, story.days[3])
    assert {c: short(shares) for c, shares in found.items()} == {
        code(1): [5, 7], code(2): [7], code(3): [3], code(4): [],
    }  # fmt: skip


# --- any history ----------------------------------------------------------------------------
@pytest.fixture
def lattice(db):
    """A function that stores a jittered lattice of two communities; answers the zone."""

    def store(seed):
        origin = (383_000, 3_997_000)
        polygons = jittered(4, 3, seed, origin=origin)
        shapes = list(to_degrees(np.array(polygons, dtype=object), 105))
        homes = [ONE if n % 4 < 3 else TWO for n in range(12)]
        grounds = {
            home: shapely.coverage_union_all(
                [s for s, h in zip(shapes, homes, strict=True) if h == home]
            )
            for home in (ONE, TWO)
        }
        whole = shapely.coverage_union_all(list(grounds.values()))
        areas = store_areas(
            [AreaRow("620105", "区", whole), AreaRow("620105001", "街道", whole)]
            + [AreaRow(home, home, ground) for home, ground in grounds.items()]
        )
        for n, (polygon, shape, home) in enumerate(zip(polygons, shapes, homes, strict=True)):
            UnitGrid.objects.create(
                code=f"{home}{n + 1:03d}", community=areas[home], area_m2=polygon.area,
                geometry=to_geos(shape), start_date=BEGUN,
            )  # fmt: skip
        compose_duty_grids()

    return store


def snapshot(day):
    rows = cells_on(day).order_by("code").values_list("code", "geometry")
    return {code: bytes(geometry.wkb) for code, geometry in rows}


def attempt(rng, day):
    """One random change of community ONE, in force from the day; False where it was refused."""
    rows = cells_on(day).filter(code__startswith=ONE)
    cells = {c: from_geos(g) for c, g in rows.values_list("code", "geometry")}
    if not cells:
        return False
    metres = to_metres(np.array(list(cells.values()), dtype=object), 105)
    kind, codes, shapes = wish(rng, dict(zip(cells, metres, strict=True)))
    drawn = list(to_degrees(np.array(shapes, dtype=object), 105)) if shapes else None
    given = {"codes": codes, "community": ONE, "drawn": drawn}
    try:
        do(kind, day, **given)
    except Refused as error:
        if error.code in {"broken_ground", "changed_meanwhile"}:
            raise
        return False
    return True


@configured(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_any_past_day_is_as_it_was(lattice, seed):
    with transaction.atomic():
        lattice(seed % 100)
        rng, kept, day = np.random.default_rng(seed), {}, BEGUN
        for _step in range(6):
            kept[day] = snapshot(day)
            day += int(rng.integers(1, 20)) * DAY
            attempt(rng, day)
            found = findings.check(on=day).figures()
            assert {k: v for k, v in found.items() if v and k != "cells"} == {}
        for past, cells in kept.items():
            assert snapshot(past) == cells
            assert_partition_of(past, cells)
        transaction.set_rollback(True)


def assert_partition_of(day, cells):
    """Every inner point of a cell lies in that cell on that day."""
    for name, wkb in cells.items():
        point = shapely.from_wkb(wkb).representative_point()
        assert locate(point.x, point.y, on=day).unit_grid.code == name
