"""Cells move between duty grids from a day on; what follows from it, and what is refused."""

from datetime import date, timedelta

import pytest
import shapely
from django.db import IntegrityError, transaction

from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.duty import actions, queries
from grid.geometry import from_geos, to_geos
from grid.models import DutyGrid, DutyMembership, UnitGrid
from grid.places.queries import locate
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
    return actions.move_cells(cells=cells, to=town.duty[to], on=on, by=by, today=TODAY)


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
    assert ground(town.duty[1]).symmetric_difference(box(4, 5)).area < 1e-15


def test_a_planned_move_comes_into_force_on_its_day(town):
    move(town, 4, on=NEXT_WEEK)
    cell = town.cells[3]
    assert UnitGrid.objects.get(pk=cell.pk).duty_grid == town.duty[0]
    assert actions.settle(TODAY) == 0
    assert actions.settle(NEXT_WEEK) == 1
    assert UnitGrid.objects.get(pk=cell.pk).duty_grid == town.duty[1]
    assert ground(town.duty[0]).symmetric_difference(box(1, 3)).area < 1e-15
    assert actions.settle(NEXT_WEEK) == 0


def test_a_second_change_on_one_day_replaces_the_first(town):
    move(town, 4)
    assert move(town, 4, to=0) == 1
    assert members(town.duty[0]) == {c.code for c in town.cells[:4]}
    rows = DutyMembership.objects.filter(unit_grid=town.cells[3]).order_by("valid_from")
    assert [(r.valid_from, r.valid_to) for r in rows] == [(BEGUN, TODAY), (TODAY, None)]


def test_moving_where_it_is_changes_nothing(town, admin):
    assert move(town, 1, to=0, by=admin) == 0
    assert not AuditEvent.objects.exists()


def test_a_move_is_on_record(town, admin):
    move(town, 4, 3, by=admin)
    event = AuditEvent.objects.get()
    assert (event.verb, event.subject, event.by) == ("move_cells", town.duty[1].code, admin)
    assert event.data["cells"] == [town.cells[2].code, town.cells[3].code]
    assert event.data["on"] == TODAY.isoformat()


@pytest.mark.parametrize("on", [TODAY - timedelta(days=1), date(2025, 12, 31)])
def test_the_past_is_not_rewritten(town, on):
    with pytest.raises(BadInput) as refusal:
        move(town, 4, on=on)
    assert refusal.value.code == "past"
    assert members(town.duty[0]) == {c.code for c in town.cells[:4]}


def test_a_planned_change_stands_in_the_way_of_an_earlier_one(town):
    move(town, 4, on=NEXT_WEEK)
    with pytest.raises(NotNow) as refusal:
        move(town, 4, on=TODAY)
    assert refusal.value.code == "change_planned"


def test_a_cell_of_another_street_is_refused(town):
    with pytest.raises(BadInput) as refusal:
        actions.move_cells(cells=[town.other], to=town.duty[0], by=None, on=TODAY, today=TODAY)
    assert town.other.code in refusal.value.fields["cells"][0]
    assert UnitGrid.objects.get(pk=town.other.pk).duty_grid != town.duty[0]


def test_an_ended_cell_is_refused(town):
    UnitGrid.objects.filter(pk=town.cells[3].pk).update(end_date=TODAY)
    town.cells[3].refresh_from_db()
    with pytest.raises(BadInput) as refusal:
        move(town, 4)
    assert town.cells[3].code in refusal.value.fields["cells"][0]


@pytest.mark.parametrize("post", [post for post in POSTS if post != "sysadmin"])
def test_only_who_manages_the_grid_may(town, post):
    by = worker(post, post)
    with pytest.raises(NotYours):
        move(town, 4, by=by)
    with pytest.raises(NotYours):
        actions.create(name="新", cells=town.cells[:1], by=by, today=TODAY)
    with pytest.raises(NotYours):
        actions.set_collectors(duty_grid=town.duty[0], collectors=[], by=by)


def test_a_duty_grid_without_cells_has_ended_and_keeps_its_outline(town):
    before = ground(town.duty[0])
    move(town, 1, 2, 3, 4)
    ended = DutyGrid.objects.get(pk=town.duty[0].pk)
    assert ended.end_date == TODAY
    assert from_geos(ended.geometry).equals(before)
    assert ended not in DutyGrid.objects.in_force()
    move(town, 1, to=0)
    assert town.duty[0] in DutyGrid.objects.in_force()


def test_a_new_duty_grid(town, admin):
    made = actions.create(name="东段", cells=town.cells[4:6], on=TODAY, by=admin, today=TODAY)
    assert (made.code, made.street) == ("62010500100202", town.street)
    assert members(made) == {c.code for c in town.cells[4:6]}
    assert ground(made).symmetric_difference(box(5, 2)).area < 1e-15


def test_a_new_duty_grid_of_later_lives_until_then(town):
    made = actions.create(name="东段", cells=town.cells[4:6], on=NEXT_WEEK, by=None, today=TODAY)
    assert made in DutyGrid.objects.in_force()
    actions.settle(NEXT_WEEK)
    assert UnitGrid.objects.get(pk=town.cells[4].pk).duty_grid == made


@pytest.mark.parametrize(("name", "count"), [("", 1), ("  ", 1), ("东段", 0)])
def test_a_new_duty_grid_needs_a_name_and_cells(town, name, count):
    with pytest.raises(BadInput):
        actions.create(name=name, cells=town.cells[:count], by=None, today=TODAY)


def test_only_collectors_walk(town, admin):
    walker, acceptor = worker("walker", "collector"), worker("acceptor", "acceptor")
    actions.set_collectors(duty_grid=town.duty[0], collectors=[walker], by=admin)
    assert list(town.duty[0].collectors.all()) == [walker]
    with pytest.raises(BadInput, match="acceptor"):
        actions.set_collectors(duty_grid=town.duty[0], collectors=[acceptor], by=admin)


# --- surgery --------------------------------------------------------------------------------
def retire(town, *numbers):
    cells = [town.cells[n - 1] for n in numbers]
    UnitGrid.objects.filter(pk__in=[c.pk for c in cells]).update(end_date=TODAY)
    return cells


def test_new_cells_inherit_the_duty_grid_of_the_ground(town):
    old = retire(town, 3, 4)
    new = [make_cell(town.areas, town.communities[0].code, n, n + 2) for n in (3, 4)]
    UnitGrid.objects.filter(pk__in=[c.pk for c in new]).update(start_date=TODAY)
    actions.inherit([(cell, old) for cell in new], on=TODAY, today=TODAY)
    assert members(town.duty[0]) == {c.code for c in (*town.cells[:2], *new)}
    assert {UnitGrid.objects.get(pk=c.pk).duty_grid for c in new} == {town.duty[0]}
    assert not DutyMembership.objects.open().filter(unit_grid__in=old).exists()


def test_a_merged_cell_goes_with_the_larger_part(town):
    old = retire(town, 4, 5)
    wide = make_cell(town.areas, town.communities[0].code, 4, 9)
    part = shapely.box(WEST + 4 * SIDE, SOUTH, WEST + 4.3 * SIDE, SOUTH + SIDE)
    shape = shapely.union(box(4), part)
    UnitGrid.objects.filter(pk=wide.pk).update(geometry=to_geos(shape), start_date=TODAY)
    wide.refresh_from_db()
    actions.inherit([(wide, old)], on=TODAY, today=TODAY)
    assert UnitGrid.objects.get(pk=wide.pk).duty_grid == town.duty[0]


def test_heirs_of_nobody_are_shown_as_faults(town):
    old = retire(town, 4)
    DutyMembership.objects.filter(unit_grid=old[0]).delete()
    new = make_cell(town.areas, town.communities[0].code, 4, 9)
    actions.inherit([(new, old)], on=TODAY, today=TODAY)
    assert [fault.cell for fault in queries.faults(TODAY)] == [new]


# --- where the rule does not hold -----------------------------------------------------------
def test_no_fault_in_a_composed_city(town):
    assert queries.faults(TODAY) == []


def test_cells_in_no_or_several_duty_grids_are_faults(town):
    first, second = town.cells[:2]
    DutyMembership.objects.filter(unit_grid=first).delete()
    DutyMembership.objects.create(
        unit_grid=second, duty_grid=town.duty[1], valid_from=TODAY, valid_to=NEXT_WEEK
    )
    found = {f.cell: f.duty_grids for f in queries.faults(TODAY)}
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
