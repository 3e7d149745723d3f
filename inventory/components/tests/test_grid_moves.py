"""Components after a change of the grid: placed anew by position, on record."""

from datetime import date, timedelta

import pytest
import shapely
from django.contrib.gis.geos import Point
from shapely.geometry import mapping

from citymgmt.lib.errors import NotNow
from grid.change import actions as changing
from grid.check import findings
from grid.geometry import STORED
from grid.models import GridSettlement, UnitGrid
from grid.tests.town import SIDE, SOUTH, TODAY, WEST, make_town
from inventory.models import ClassEdition, Component, ComponentChange, MatterClass

pytestmark = pytest.mark.django_db
ONE = "620105001001"


@pytest.fixture
def city():
    found = make_town()
    edition = ClassEdition.objects.create(code="town", active=True)
    found.lamp = MatterClass.objects.create(
        edition=edition, kind="component", code="0101", major="01", minor="01", name_zh="路灯"
    )
    return found


def lamp(city, number, x, y=0.5, cell=0, **rest):
    """A lamp at so many cells from the west, on record in the cell of that index."""
    return Component.objects.create(
        code=f"62010501010000{number:02d}", matter_class=city.lamp, name="路灯",
        geometry=Point(WEST + x * SIDE, SOUTH + y * SIDE, srid=STORED),
        unit_grid=None if cell is None else city.cells[cell], community=city.communities[0],
        **rest,
    )  # fmt: skip


def change(kind, *, on=TODAY, today=TODAY, **given):
    seen = changing.preview(by=None, kind=kind, on=on, **given)
    return changing.apply(by=None, kind=kind, on=on, token=seen.token, today=today, **given)


def cut(x):
    points = [(WEST + x * SIDE, SOUTH - SIDE / 10), (WEST + x * SIDE, SOUTH + SIDE * 1.1)]
    return {"codes": [f"{ONE}001"], "drawn": mapping(shapely.LineString(points))}


def place(component):
    component.refresh_from_db()
    return component.unit_grid and component.unit_grid.code[-3:]


def test_components_are_counted_and_placed_by_position(city):
    west, east, other = lamp(city, 1, 0.2), lamp(city, 2, 0.7), lamp(city, 3, 1.5, cell=1)
    gone = lamp(city, 4, 0.1, status="removed")
    seen = changing.preview(by=None, kind="split", on=TODAY, **cut(0.5))
    assert {c.name: c.number for c in seen.counts}["components"] == 2
    change("split", **cut(0.5))
    assert [place(c) for c in (west, east, other, gone)] == ["005", "006", "002", "005"]
    record = ComponentChange.objects.get(component=east)
    assert (record.before, record.after) == (
        {"unit_grid": f"{ONE}001"}, {"unit_grid": f"{ONE}006"},
    )  # fmt: skip
    assert not ComponentChange.objects.filter(component=other).exists()


def test_a_planned_change_moves_components_on_its_day(city):
    west = lamp(city, 1, 0.2)
    day = TODAY + timedelta(days=3)
    planned = change("split", on=day, **cut(0.5))
    assert place(west) == "001"
    assert changing.settle_due(day - timedelta(days=1)) == 0
    assert changing.settle_due(day) == 1
    assert place(west) == "005"
    assert changing.settle_due(day) == 0
    assert GridSettlement.objects.get(change=planned).moved["components"] == 1


def test_two_planned_changes_of_one_day_settle_in_turn(city):
    east = lamp(city, 1, 0.7)
    day = TODAY + timedelta(days=3)
    change("split", on=day, **cut(0.5))
    change("merge", on=day, codes=[f"{ONE}006", f"{ONE}002"])
    assert changing.settle_due(day) == 2
    assert place(east) == "007"


def test_components_of_retired_ground_stand_outside(city):
    west = lamp(city, 1, 0.2)
    change("retire", codes=[f"{ONE}001"])
    assert place(west) is None
    found = [f for f in findings.check().findings if f.kind == "outside"]
    assert [(f.code, f.lon, f.lat) for f in found] == [
        (west.code, pytest.approx(west.geometry.x), pytest.approx(west.geometry.y))
    ]


def test_new_ground_takes_the_lost_components_on_it_in(city):
    lost = lamp(city, 1, 0.5, y=1.5, cell=None)
    far = lamp(city, 2, 0.5, y=9, cell=None)
    shapes = [shapely.box(WEST, SOUTH, WEST + 4 * SIDE, SOUTH + 2 * SIDE)]
    change("reimport", community=ONE, drawn=shapes)
    assert (place(lost), place(far)) == ("005", None)


def test_a_refused_change_moves_nothing(city):
    west = lamp(city, 1, 0.2)
    seen = changing.preview(by=None, kind="split", on=TODAY, **cut(0.5))
    UnitGrid.objects.filter(code=f"{ONE}001").update(end_date=date(2026, 2, 1))
    with pytest.raises(NotNow):
        changing.apply(by=None, kind="split", on=TODAY, token=seen.token, **cut(0.5))
    assert place(west) == "001"
    assert not ComponentChange.objects.exists()
