"""Cases and changes of the grid: counted while open, kept on the cell of their report."""

from datetime import timedelta

import pytest
import shapely
from django.utils import timezone
from shapely.geometry import mapping

from cases.states import State
from cases.tests.cast import SOUTH, STEP, WEST, act, bring, report
from grid.change import actions as changing

pytestmark = pytest.mark.django_db


def cut(city, on):
    points = [(WEST + STEP / 5, SOUTH - STEP / 10), (WEST + STEP / 5, SOUTH + STEP * 1.1)]
    given = {
        "kind": "split", "on": on, "codes": [city.cells[0].code],
        "drawn": mapping(shapely.LineString(points)),
    }  # fmt: skip
    return given, changing.preview(by=city.sysadmin, **given)


def test_open_cases_are_counted_and_stay(cast):
    case, elsewhere = report(cast), report(cast, cell=3)
    closed = bring(cast, State.CLOSED)
    day = timezone.localdate(cast.now) + timedelta(days=1)
    given, seen = cut(cast, day)
    assert {c.name: c.number for c in seen.counts} == {"open_cases": 1, "components": 1}
    change = changing.apply(by=cast.sysadmin, token=seen.token, today=day, **given)
    for row in (case, elsewhere, closed):
        before = row.unit_grid_id
        row.refresh_from_db()
        assert row.unit_grid_id == before
    assert change.figures["open_cases"] == 1
    cast.component.refresh_from_db()
    assert cast.component.unit_grid.code == change.after[1]
    act(cast, case, "accept", "acceptor")
    assert case.unit_grid.code == change.before[0]


def test_a_report_lies_on_the_cell_of_its_day(cast):
    day = timezone.localdate(cast.now) + timedelta(days=1)
    given, seen = cut(cast, day)
    change = changing.apply(by=cast.sysadmin, token=seen.token, today=day, **given)
    assert report(cast).unit_grid.code == change.before[0]
    assert report(cast, at=cast.now + timedelta(days=1)).unit_grid.code == change.after[1]
