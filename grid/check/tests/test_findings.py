"""Every fault of the stored grid is found with its place and size, and nothing else is."""

import json
from io import StringIO

import pytest
import shapely
from django.core.management import call_command

from grid import dependants
from grid.check import findings as checking
from grid.geometry import area_m2, from_geos, to_geos
from grid.models import Area, DutyMembership, UnitGrid
from grid.tests.town import SIDE, SOUTH, WEST, make_town

pytestmark = pytest.mark.django_db
ONE, TWO = "620105001001", "620105001002"
CELL_M2 = 9_995


def box(x0, y0, x1, y1):
    return shapely.box(WEST + x0 * SIDE, SOUTH + y0 * SIDE, WEST + x1 * SIDE, SOUTH + y1 * SIDE)


@pytest.fixture
def town():
    found = make_town()
    for cell in (*found.cells, found.other):
        shape(cell, from_geos(cell.geometry))
    return found


def shape(cell, polygon):
    cell.geometry, cell.area_m2 = to_geos(polygon), area_m2(polygon)
    cell.save()


def findings():
    return checking.check().findings


def place(finding):
    """Cells from the west, cells from the south."""
    return round((finding.lon - WEST) / SIDE, 2), round((finding.lat - SOUTH) / SIDE, 2)


def test_a_sound_grid_has_no_findings(town):
    report = checking.check()
    assert report.findings == []
    assert report.figures() == {"cells": 9, **dict.fromkeys(checking.KINDS.values(), 0)}


def test_an_empty_grid_has_no_findings():
    assert checking.check().figures()["cells"] == 0


def test_a_gap_is_found(town):
    shape(town.cells[1], box(1, 0, 1.9, 1))
    (found,) = findings()
    assert (found.kind, found.code, place(found)) == (
        "gap",
        ONE,
        (1.95, pytest.approx(0.5, abs=0.02)),
    )
    assert found.size_m2 == pytest.approx(CELL_M2 / 10, rel=0.01)


def test_a_gap_is_one_where_no_other_cell_lies_either(town):
    """Ground of one community under a cell of another is a crossing, not a gap."""
    shape(town.cells[3], box(3, 0, 3.9, 1))
    shape(town.cells[4], box(3.9, 0, 5, 1))
    (found,) = findings()
    assert (found.kind, found.code, place(found)) == ("crossing", f"{TWO}001", (3.95, 0.5))


def test_a_crack_below_a_square_metre_is_arithmetic(town):
    shape(town.cells[1], box(1, 0, 1.99996, 1))
    assert findings() == []
    shape(town.cells[1], box(1, 0, 1.9998, 1))
    assert [f.kind for f in findings()] == ["gap"]


def test_an_overlap_names_both_cells(town):
    shape(town.cells[0], box(0, 0, 1.2, 1))
    (found,) = findings()
    assert (found.kind, found.code, found.other) == ("overlap", f"{ONE}001", f"{ONE}002")
    assert place(found) == (1.1, 0.5)
    assert found.size_m2 == pytest.approx(CELL_M2 / 5, rel=0.01)


def test_a_cell_outside_its_community_crosses(town):
    shape(town.cells[0], box(0, 0, 1, 1.5))
    (found,) = findings()
    assert (found.kind, found.code, place(found)) == ("crossing", f"{ONE}001", (0.5, 1.25))


def test_a_community_without_outline_is_not_compared(town):
    Area.objects.filter(code=ONE).update(geometry=None)
    assert findings() == []


@pytest.mark.parametrize("code", ["620105001009001", f"{ONE}000"])
def test_a_code_out_of_place_is_found(town, code):
    UnitGrid.objects.filter(pk=town.cells[2].pk).update(code=code)
    (found,) = findings()
    assert (found.kind, found.code, place(found)) == ("bad_code", code, (2.5, 0.5))


def test_a_border_that_crosses_itself_is_found(town):
    shape(town.cells[2], shapely.Polygon([
        (WEST + 2 * SIDE, SOUTH), (WEST + 3 * SIDE, SOUTH), (WEST + 2 * SIDE, SOUTH + SIDE),
        (WEST + 3 * SIDE, SOUTH + SIDE),
    ]))  # fmt: skip
    UnitGrid.objects.filter(pk=town.cells[2].pk).update(area_m2=CELL_M2)
    kinds = [f.kind for f in findings()]
    assert kinds.count("invalid") == 1
    assert set(kinds) == {"invalid", "gap"}


def test_an_area_that_differs_by_more_than_a_hundredth_is_found(town):
    UnitGrid.objects.filter(pk=town.cells[0].pk).update(area_m2=CELL_M2 * 1.005)
    assert findings() == []
    UnitGrid.objects.filter(pk=town.cells[0].pk).update(area_m2=CELL_M2 * 1.03)
    (found,) = findings()
    assert (found.kind, found.code) == ("wrong_area", f"{ONE}001")
    assert found.size_m2 == pytest.approx(CELL_M2, abs=5)


def test_cells_in_no_duty_grid_or_in_two_are_found(town):
    cells = town.cells
    DutyMembership.objects.filter(unit_grid=cells[0]).delete()
    UnitGrid.objects.filter(pk=cells[0].pk).update(duty_grid=None)
    DutyMembership.objects.filter(unit_grid=cells[1]).update(valid_to="2999-01-01")
    DutyMembership.objects.create(
        unit_grid=cells[1], duty_grid=town.duty[1], valid_from=cells[1].start_date.replace(day=2)
    )
    UnitGrid.objects.filter(pk=cells[2].pk).update(duty_grid=town.duty[1])
    found = {f.code[-3:]: (f.kind, f.other) for f in findings()}
    assert found == {
        "001": ("no_duty_grid", ""),
        "002": ("several_duty_grids", "费家营社区, 桃林社区"),
        "003": ("duty_grid_differs", "费家营社区"),
    }


def test_what_lies_outside_is_told_by_its_app(town, monkeypatch):
    monkeypatch.setattr(dependants, "_dependants", {})
    dependants.register("trees", "Trees", lambda cells, on: 0, outside=lambda: [("6201", 1.0, 2.0)])
    (found,) = findings()
    assert (found.kind, found.code, found.lon, found.lat) == ("outside", "6201", 1.0, 2.0)
    assert found.other == "Trees"


def test_only_cells_of_the_day_and_the_district_are_looked_at(town):
    shape(town.cells[0], box(0, 0, 1.2, 1))
    UnitGrid.objects.filter(pk=town.cells[0].pk).update(start_date="2026-02-01")
    before = checking.check(on=town.cells[1].start_date)
    assert (len(before.findings), before.findings[0].kind, before.cells) == (1, "gap", 8)
    assert checking.check(district="6201050010").figures()["overlaps"] == 1
    assert checking.check(district="620105002").figures() == {
        "cells": 1, **dict.fromkeys(checking.KINDS.values(), 0)
    }  # fmt: skip


def test_the_command_tells_programs_and_people(town):
    shape(town.cells[0], box(0, 0, 1.2, 1))
    out = StringIO()
    call_command("check_grid", "--json", stdout=out)
    said = json.loads(out.getvalue().splitlines()[-1])
    assert (said["cells"], said["overlaps"], said["gaps"], said["crossing"]) == (9, 1, 0, 0)
    (found,) = said["findings"]
    assert set(found) == {"kind", "code", "lon", "lat", "size_m2", "other"}
    out = StringIO()
    call_command("check_grid", stdout=out)
    assert f"overlap {ONE}001 103.7011" in out.getvalue()
    assert "overlaps: 1" in out.getvalue()
