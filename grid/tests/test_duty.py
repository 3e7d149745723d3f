"""Cells move between duty grids from a day on; what follows from it, and what is refused."""

from datetime import date, timedelta

import pytest
import shapely
from django.db import IntegrityError, transaction

from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid import duty
from grid.geometry import from_geos, to_geos
from grid.models import DutyGrid, DutyMembership, UnitGrid
from grid.queries import locate
from grid.tests.town import BEGUN, SIDE, SOUTH, TODAY, WEST, box, make_cell, make_town, worker

pytestmark = pytest.mark.django_db
NEXT_WEEK = TODAY + timedelta(days=7)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def admin():
    return worker("sysadmin", "sysadmin")


def move(town, *numbers, to=1, on=TODAY, by=None):
    cells = [town.cells[n - 1] for n in numbers]
    return duty.move_cells(cells=cells, to=town.duty[to], on=on, by=by, today=TODAY)


def members(duty_grid, day=TODAY):
    rows = DutyMembership.objects.on(day).filter(duty_grid=duty_grid)
    return set(rows.values_list("unit_grid__code", flat=True))


def ground(duty_grid):
    return from_geos(DutyGrid.objects.get(pk=duty_grid.pk).geometry)


def test_a_composed_duty_grid_has_its_cells_since_their_first_day(town):
    rows = DutyMembership.objects.filter(duty_grid=town.duty[0])
    assert {(row.unit_grid, row.valid_from, row.valid_to) for row in rows} == {
        (cell, BEGUN, None) for cell in town.cells[:4]
    }


def test_a_cell_moves_today(town, admin):
    assert move(town, 4, by=admin) == 1
    cell = UnitGrid.objects.get(pk=town.cells[3].pk)
    assert cell.duty_grid == town.duty[1]
    assert members(town.duty[0], TODAY - timedelta(days=1)) == {c.code for c in town.cells[:4]}
    assert members(town.duty[1]) == {c.code for c in town.cells[3:]}
    assert locate(WEST + 3.5 * SIDE, SOUTH + SIDE / 2).duty_grid == town.duty[1]


def test_the_outlines_are_the_unions_of_the_cells(town):
    move(town, 4)
    assert ground(town.duty[0]).symmetric_difference(box(1, 3)).area < 1e-15
    UnitGrid.objects.filter(pk=wide.pk).update(geometry=to_geos(shape), start_date=TODAY)
    wide.refresh_from_db()
    duty.inherit([(wide, old)], on=TODAY, today=TODAY)
    assert UnitGrid.objects.get(pk=wide.pk).duty_grid == town.duty[0]


def test_heirs_of_nobody_are_shown_as_faults(town):
    old = retire(town, 4)
    DutyMembership.objects.filter(unit_grid=old[0]).delete()
    new = make_cell(town.areas, town.communities[0].code, 4, 9)
    duty.inherit([(new, old)], on=TODAY, today=TODAY)
    assert [fault.cell for fault in duty.faults(TODAY)] == [new]


# --- where the rule does not hold -----------------------------------------------------------
def test_no_fault_in_a_composed_city(town):
    assert duty.faults(TODAY) == []


def test_cells_in_no_or_several_duty_grids_are_faults(town):
    first, second = town.cells[:2]
    DutyMembership.objects.filter(unit_grid=first).delete()
    DutyMembership.objects.create(
        unit_grid=second, duty_grid=town.duty[1], valid_from=TODAY, valid_to=NEXT_WEEK
    )
    found = {f.cell: f.duty_grids for f in duty.faults(TODAY)}
    assert found == {first: (), second: ("费家营社区", "桃林社区")}


def test_one_open_membership_per_cell(town):
    with (
        pytest.raises(IntegrityError, match=r"duty_membership_one_open|unit_grid_id"),
        transaction.atomic(),
    ):
        DutyMembership.objects.create(
            unit_grid=town.cells[0], duty_grid=town.duty[1], valid_from=TODAY
        )


def test_a_membership_ends_after_it_begins(town):
    with pytest.raises(IntegrityError, match="duty_membership_ends"), transaction.atomic():
        DutyMembership.objects.filter(unit_grid=town.cells[0]).update(valid_to=BEGUN)
