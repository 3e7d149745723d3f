"""Changing the stored grid: previews, deeds, refusals, what moves along, and two at once."""

from datetime import timedelta

import pytest
import shapely
from shapely.geometry import mapping

from grid import changing
from grid.models import UnitGrid
from grid.tests.town import SIDE, SOUTH, TODAY, WEST, make_town, worker

pytestmark = pytest.mark.django_db
ONE, TWO = "620105001001", "620105001002"
DAY = timedelta(days=1)


def code(n, community=ONE):
    return f"{community}{n:03d}"


def line(*points):
    """GeoJSON; unit: one cell."""
    return mapping(shapely.LineString([(WEST + x * SIDE, SOUTH + y * SIDE) for x, y in points]))


def box(x0, y0, x1, y1):
    return shapely.box(WEST + x0 * SIDE, SOUTH + y0 * SIDE, WEST + x1 * SIDE, SOUTH + y1 * SIDE)


@pytest.fixture
def city(db):
    """The town of `town.py`: four cells in community 001, four in 002; an officer."""
    found = make_town()
    found.officer = worker("officer", "sysadmin")
    return found


def do(city, kind, *, on=TODAY, today=TODAY, note="", **rest):
    """Preview and apply, as the officer would."""
    seen = changing.preview(by=city.officer, kind=kind, on=on, **rest)
    return changing.apply(
        by=city.officer, kind=kind, on=on, token=seen.token, today=today, note=note, **rest
    )


def valid(day, community=ONE):
    rows = UnitGrid.objects.valid(day).filter(code__startswith=community)
    return [int(c[-3:]) for c in rows.order_by("code").values_list("code", flat=True)]


CUT = line((0.4, -0.1), (0.4, 1.1))  # through cell 1


def test_a_split_ends_one_cell_and_begins_two(city):
    change = do(city, "split", codes=[code(1)], drawn=CUT, note=" 新路 ")
    assert change.before == [code(1)]
    assert change.after == [code(5), code(6)]
    assert change.note == "新路"
    assert valid(TODAY - DAY) == [1, 2, 3, 4]
    assert valid(TODAY) == [2, 3, 4, 5, 6]
    old = UnitGrid.objects.get(code=code(1))
    assert (old.end_date, old.ended_by) == (TODAY, change)
    assert set(old.successors.all()) == set(change.beginning.all())
    west, east = change.beginning.order_by("code")
    assert float(west.area_m2) == pytest.approx(float(east.area_m2) * 0.4 / 0.6, rel=1e-3)
