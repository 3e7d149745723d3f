"""Changing the stored grid: previews, deeds, refusals, what moves along, and two at once."""

import threading
from datetime import timedelta

import pytest
import shapely
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from shapely.geometry import mapping

from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.errors import NotNow, NotYours, Refused
from grid.change import actions
from grid.check import findings
from grid.duty import actions as duty
from grid.duty import queries as duty_queries
from grid.geometry import area_m2, from_geos
from grid.models import DutyMembership, GridChange, GridSettlement, UnitGrid
from grid.places.queries import locate
from grid.tests.town import BEGUN, SIDE, SOUTH, TODAY, WEST, make_town, worker

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
    found = surveyed_town()
    found.officer = worker("officer", "sysadmin")
    return found


def surveyed_town():
    """With the areas that the cells really have."""
    found = make_town()
    for cell in (*found.cells, found.other):
        cell.area_m2 = area_m2(from_geos(cell.geometry))
        cell.save(update_fields=["area_m2"])
    return found


def do(city, kind, *, on=TODAY, today=TODAY, note="", **rest):
    """Preview and apply, as the officer would."""
    seen = actions.preview(by=city.officer, kind=kind, on=on, **rest)
    return actions.apply(
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


# --- every kind, stored -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "given", "ends", "begins"),
    [
        ("merge", {"codes": [code(1), code(2)]}, [1, 2], [5]),
        ("redraw", {"codes": [code(1)], "drawn": mapping(box(0, 0, 1.3, 1))}, [1, 2], [5, 6]),
        ("renumber", {"community": ONE}, [1, 2, 3, 4], [5, 6, 7, 8]),
        ("retire", {"codes": [code(4)]}, [4], []),
        ("reimport", {"community": ONE, "drawn": [box(0, 0, 2, 1), box(2, 0, 4, 1)]},
         [1, 2, 3, 4], [5, 6]),
    ],
)  # fmt: skip
def test_cells_end_and_begin_on_the_day(city, kind, given, ends, begins):
    change = do(city, kind, **given)
    assert change.before == [code(n) for n in ends]
    assert change.after == [code(n) for n in begins]
    assert valid(TODAY) == sorted({1, 2, 3, 4} - set(ends) | set(begins))
    assert valid(TODAY - DAY) == [1, 2, 3, 4]
    assert valid(TODAY, TWO) == [1, 2, 3, 4]
    assert change.kind == kind
    assert (change.by, change.effective_on) == (city.officer, TODAY)
    assert findings.check().figures() == {**dict.fromkeys(findings.KINDS.values(), 0),
                                          "cells": len(valid(TODAY)) + 5}  # fmt: skip


def test_a_preview_tells_all_and_writes_nothing(city):
    seen = actions.preview(by=city.officer, kind="split", on=TODAY, codes=[code(1)], drawn=CUT)
    assert [c.code for c in seen.ending] == [code(1)]
    assert [c.code for c in seen.beginning] == [code(5), code(6)]
    assert all(c.predecessors.keys() == {code(1)} for c in seen.beginning)
    assert seen.duty_grids == ["费家营社区"]
    assert {c.duty_grid for c in (*seen.ending, *seen.beginning)} == {"费家营社区"}
    figures = seen.figures()
    assert (figures["ending"], figures["beginning"], figures["components"]) == (1, 2, 0)
    assert figures["area_before_m2"] == pytest.approx(9_995, abs=1)
    assert figures["area_after_m2"] == pytest.approx(figures["area_before_m2"], abs=0.1)
    assert seen.beginning[0].area_m2 == pytest.approx(figures["area_before_m2"] * 0.4, abs=1)
    roles = [f["properties"]["role"] for f in seen.geojson()["features"]]
    assert roles == ["ending", "beginning", "beginning"]
    assert not GridChange.objects.exists()
    assert valid(TODAY) == [1, 2, 3, 4]


def test_new_cells_keep_the_stored_vertices_of_their_neighbours(city):
    do(city, "split", codes=[code(2)], drawn=line((1.5, -0.1), (1.45, 1.1)))
    left, right = (from_geos(c.geometry) for c in (city.cells[0], city.cells[2]))
    for new, neighbour in ((code(5), left), (code(6), right)):
        vertices = set(from_geos(UnitGrid.objects.get(code=new).geometry).exterior.coords)
        assert len(vertices & set(neighbour.exterior.coords)) == 2


def test_new_cells_inherit_the_duty_grid_with_the_most_ground(city):
    other = duty.create(
        name="东", cells=city.cells[1:2], on=BEGUN + DAY, today=BEGUN + DAY, by=None
    )
    change = do(city, "redraw", codes=[code(1)], drawn=mapping(box(0, 0, 1.2, 1)))
    by_code = {c.code: c for c in change.beginning.all()}
    assert by_code[code(5)].duty_grid == city.duty[0]
    assert by_code[code(6)].duty_grid == other
    rows = DutyMembership.objects.filter(unit_grid__code__in=[code(1), code(2)], valid_to=TODAY)
    assert rows.count() == 2
    assert not duty_queries.faults(TODAY)


def test_retired_cells_leave_their_duty_grid_and_areas(city):
    before = [from_geos(a.geometry).area for a in (city.communities[0], city.street)]
    do(city, "retire", codes=[code(4)])
    assert not DutyMembership.objects.open().filter(unit_grid__code=code(4)).exists()
    city.communities[0].refresh_from_db()
    city.street.refresh_from_db()
    after = [from_geos(a.geometry).area for a in (city.communities[0], city.street)]
    assert after == pytest.approx([before[0] * 3 / 4, before[1] * 7 / 8], rel=1e-6)


def test_new_ground_joins_its_areas(city):
    shapes = [box(0, 0, 4, 1), box(0, 1, 4, 2)]
    do(city, "reimport", community=ONE, drawn=shapes)
    for area in (city.communities[0], city.street, city.areas["620105"]):
        area.refresh_from_db()
        assert from_geos(area.geometry).buffer(1e-9).covers(box(0, 0, 4, 2))
    assert locate(WEST + SIDE, SOUTH + 1.5 * SIDE).unit_grid.code == code(5)


def test_a_planned_change_holds_from_its_day(city):
    day = TODAY + 10 * DAY
    change = do(city, "split", on=day, codes=[code(1)], drawn=CUT)
    x, y = WEST + 0.2 * SIDE, SOUTH + 0.5 * SIDE
    assert locate(x, y, on=day - DAY).unit_grid.code == code(1)
    assert locate(x, y, on=day).unit_grid.code == code(5)
    assert locate(x, y, on=day).duty_grid == city.duty[0]
    assert not GridSettlement.objects.exists()
    assert actions.settle_due(day) == 1
    assert change.settlement.moved["components"] == 0


def test_a_planned_change_of_areas_waits_for_its_day(city):
    day = TODAY + 10 * DAY
    do(city, "retire", on=day, codes=[code(4)])
    city.communities[0].refresh_from_db()
    assert from_geos(city.communities[0].geometry).equals(box(0, 0, 4, 1))
    actions.settle_due(day)
    city.communities[0].refresh_from_db()
    assert from_geos(city.communities[0].geometry).area == pytest.approx(box(0, 0, 3, 1).area)


def test_a_change_is_on_record(city):
    change = do(city, "merge", codes=[code(1), code(2)])
    row = AuditEvent.objects.get(verb="change_grid")
    assert (row.by, row.subject) == (city.officer, f"merge {ONE}")
    assert row.data == {
        "change": change.pk, "on": str(TODAY), "before": change.before, "after": change.after,
    }  # fmt: skip
    assert audit_broken() == []


# --- refusals ---------------------------------------------------------------------------------
def refused(kind, on=TODAY, **given):
    with pytest.raises(Refused) as caught:
        actions.preview(by=None, kind=kind, on=on, **given)
    return caught.value


BOW = {"type": "Polygon", "coordinates": [[[WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE],
       [WEST + SIDE, SOUTH], [WEST, SOUTH + SIDE], [WEST, SOUTH]]]}  # fmt: skip
POINT = {"type": "Point", "coordinates": [WEST, SOUTH]}
SWAPPED = {"type": "LineString", "coordinates": [[SOUTH, WEST], [SOUTH + SIDE, WEST]]}
METRES = {"type": "LineString", "coordinates": [[383_000, 3_997_000], [383_100, 3_997_000]]}
NAMED = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}}


@pytest.mark.parametrize(
    ("kind", "given", "why"),
    [
        ("explode", {"codes": [code(1)]}, "unknown_kind"),
        ("split", {"codes": [], "drawn": CUT}, "too_few"),
        ("split", {"codes": [code(1), code(2)], "drawn": CUT}, "too_many"),
        ("split", {"codes": [code(99)], "drawn": CUT}, "unknown_cell"),
        ("split", {"codes": [code(1)], "drawn": None}, "bad_geojson"),
        ("split", {"codes": [code(1)], "drawn": "{"}, "bad_geojson"),
        ("split", {"codes": [code(1)], "drawn": "[1]"}, "bad_geojson"),
        ("split", {"codes": [code(1)], "drawn": {"type": "Circle"}}, "bad_geojson"),
        ("split", {"codes": [code(1)], "drawn": []}, "empty"),
        ("split", {"codes": [code(1)], "drawn": {"type": "FeatureCollection", "features": []}},
         "empty"),
        ("split", {"codes": [code(1)], "drawn": POINT}, "wrong_geometry"),
        ("split", {"codes": [code(1)], "drawn": {"type": "GeometryCollection",
                                                 "geometries": [CUT, POINT]}}, "wrong_geometry"),
        ("split", {"codes": [code(1)], "drawn": SWAPPED}, "bad_coordinates"),
        ("split", {"codes": [code(1)], "drawn": METRES}, "reference_system"),
        ("split", {"codes": [code(1)], "drawn": {**CUT, **NAMED}}, "reference_system"),
        ("split", {"codes": [code(1)], "drawn": line((60, 0), (60, 1))}, "elsewhere"),
        ("split", {"codes": [code(1)], "drawn": line((1.5, -1), (1.5, 2))}, "does_not_cross"),
        ("split", {"codes": [code(1)], "drawn": line((0.02, -1), (0.02, 2))}, "sliver"),
        ("merge", {"codes": [code(1), code(3)]}, "not_adjacent"),
        ("merge", {"codes": [code(4), code(1, TWO)]}, "crosses_community"),
        ("merge", {"codes": [code(1), code(1)]}, "too_few"),
        ("redraw", {"codes": [code(1)], "drawn": BOW}, "invalid_polygon"),
        ("redraw", {"codes": [code(4)], "drawn": mapping(box(3, 0, 4.3, 1))}, "crosses_community"),
        ("redraw", {"codes": [code(1)], "drawn": [box(0, 0, 1, 1), box(1, 0, 2, 1)]}, "several"),
        ("renumber", {"community": "620105001"}, "unknown_community"),
        ("reimport", {"community": ONE, "drawn": [box(0, 0, 5, 1)]}, "crosses_community"),
        ("reimport", {"community": ONE, "drawn": [box(0, 0, 3, 1)]}, "gap"),
        ("reimport", {"community": ONE, "drawn": CUT}, "wrong_geometry"),
        ("reimport", {"community": ONE,
                      "drawn": [shapely.MultiPolygon([box(0, 0, 1, 1), box(2, 0, 4, 1)])]},
         "several"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(city, kind, given, why):
    found = refused(kind, **given)
    assert (found.code, found.status) == (why, 400)
    assert str(found.detail)


def test_an_exchange_of_axes_is_said(city):
    found = refused("split", codes=[code(1)], drawn=SWAPPED)
    with translation.override("en"):
        assert "exchanged" in refused("split", codes=[code(1)], drawn=SWAPPED).detail
    assert found.detail


def test_a_polygon_that_crosses_itself_is_repaired_where_one_is_left(city):
    spike = shapely.Polygon([
        (WEST, SOUTH), (WEST + 4 * SIDE, SOUTH), (WEST + 4 * SIDE, SOUTH + SIDE),
        (WEST + SIDE, SOUTH + SIDE), (WEST + SIDE, SOUTH + SIDE * 1.5),
        (WEST + SIDE, SOUTH + SIDE), (WEST, SOUTH + SIDE),
    ])  # fmt: skip
    seen = actions.preview(by=None, kind="reimport", on=TODAY, community=ONE, drawn=[spike])
    assert len(seen.beginning) == len(seen.notes) == 1
    assert "103.701000, 36.101" in seen.notes[0]
    assert refused("reimport", community=ONE, drawn=BOW).code == "several"


@pytest.mark.parametrize(
    ("on", "why", "status"), [(BEGUN - DAY, "before_start", 400), (BEGUN, None, None)]
)
def test_no_change_before_a_cell_began(city, on, why, status):
    given = {"codes": [code(1)], "drawn": CUT}
    if why is None:
        do(city, "split", on=on, **given)
        assert valid(BEGUN) == [2, 3, 4, 5, 6]
        return
    found = refused("split", on=on, **given)
    assert (found.code, found.status) == (why, status)
    assert str(BEGUN) in found.detail


def test_a_cell_ends_once(city):
    day = TODAY + 10 * DAY
    do(city, "split", on=day, codes=[code(1)], drawn=CUT)
    given = {"codes": [code(1)], "drawn": CUT}
    assert (refused("split", on=TODAY, **given).code, refused("split", on=day, **given).code) == (
        "ends_already", "cell_ended",
    )  # fmt: skip
    assert refused("renumber", on=TODAY, community=ONE).code == "ends_already"
    assert refused("split", on=day, **given).status == 409


def test_codes_of_retired_cells_do_not_come_back(city):
    do(city, "retire", codes=[code(4)])
    assert do(city, "merge", codes=[code(1), code(2)]).after == [code(5)]
    UnitGrid.objects.filter(code=code(4)).update(code=code(998))
    assert do(city, "merge", codes=[code(5), code(3)]).after == [code(999)]
    assert refused("renumber", community=ONE).code == "no_codes_left"


@pytest.mark.parametrize("deed", [actions.preview, actions.apply])
def test_the_grid_is_for_those_who_manage_it(city, deed):
    collector = worker("walker", "collector")
    rest = {"token": ""} if deed is actions.apply else {}
    with pytest.raises(NotYours):
        deed(by=collector, kind="merge", on=TODAY, codes=[code(1), code(2)], **rest)


def test_history_is_written_once(city):
    change = do(city, "merge", codes=[code(1), code(2)])
    change.note = "other"
    for deed in (
        change.save, change.delete, GridChange.objects.all().delete,
        lambda: GridChange.objects.update(note="x"), change.settlement.delete,
    ):  # fmt: skip
        with pytest.raises(NotNow):
            deed()


@pytest.mark.parametrize(
    ("model", "values", "name"),
    [
        (GridChange, {"kind": "explode", "before": ["1"]}, "grid_change_kind_known"),
        (GridChange, {"kind": "split"}, "grid_change_changes_something"),
        (GridChange, {"kind": "retire", "before": ["1"], "after": ["2"]},
         "grid_change_retire_begins_nothing"),
    ],
)  # fmt: skip
def test_the_database_refuses_a_false_history(city, model, values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.create(community=city.communities[0], effective_on=TODAY, **values)


def test_the_database_refuses_a_cell_ended_without_a_day(city):
    do(city, "merge", codes=[code(1), code(2)])
    other = do(city, "merge", codes=[code(3), code(4)])
    for values, name in (
        ({"ended_by": other, "end_date": None}, "unit_grid_ended_by_change_has_end"),
        ({"ended_by": other, "begun_by": other, "end_date": TODAY},
         "unit_grid_begun_and_ended_by_two"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            UnitGrid.objects.filter(code=code(5)).update(**values)


# --- two officers -------------------------------------------------------------------------------
def test_the_second_officer_is_told(city):
    wish = {"kind": "split", "on": TODAY, "codes": [code(1)], "drawn": CUT}
    seen = actions.preview(by=city.officer, **wish)
    do(city, "redraw", codes=[code(2)], drawn=mapping(box(0.8, 0, 2, 1)))
    with pytest.raises(NotNow) as caught:
        actions.apply(by=city.officer, token=seen.token, **wish)
    assert (caught.value.code, caught.value.status) == ("cell_ended", 409)
    assert GridChange.objects.count() == 1


def test_a_neighbour_that_changed_meanwhile_changes_the_plan(city):
    wish = {"kind": "redraw", "on": TODAY, "codes": [code(1)], "drawn": mapping(box(0, 0, 1.3, 1))}
    seen = actions.preview(by=city.officer, **wish)
    do(city, "merge", codes=[code(2), code(3)])
    with pytest.raises(NotNow) as caught:
        actions.apply(by=city.officer, token=seen.token, **wish)
    assert caught.value.code == "changed_meanwhile"


def test_a_change_elsewhere_in_the_community_does_not_matter(city):
    wish = {"kind": "split", "on": TODAY, "codes": [code(1)], "drawn": CUT}
    seen = actions.preview(by=city.officer, **wish)
    do(city, "merge", codes=[code(3), code(4)])
    change = actions.apply(by=city.officer, token=seen.token, today=TODAY, **wish)
    assert change.after == [code(6), code(7)]


@pytest.mark.parametrize("field", ["drawn", "on", "codes"])
def test_what_was_not_previewed_is_not_applied(city, field):
    wish = {"kind": "split", "on": TODAY, "codes": [code(1)], "drawn": CUT}
    seen = actions.preview(by=city.officer, **wish)
    other = {"drawn": line((0.5, -1), (0.5, 2)), "on": TODAY - DAY, "codes": [code(2)]}
    with pytest.raises(NotNow):
        actions.apply(by=city.officer, token=seen.token, **{**wish, field: other[field]})


@pytest.mark.django_db(transaction=True)
def test_two_at_once_and_one_wins(transactional_db):
    city = surveyed_town()
    wishes = [
        {"kind": "split", "on": TODAY, "codes": [code(1)], "drawn": CUT},
        {"kind": "merge", "on": TODAY, "codes": [code(1), code(2)]},
    ]
    tokens = [actions.preview(by=None, **wish).token for wish in wishes]
    start, answers = threading.Barrier(2), [None, None]

    def run(n):
        try:
            start.wait(10)
            answers[n] = actions.apply(by=None, token=tokens[n], today=TODAY, **wishes[n]).kind
        except NotNow as refusal:
            answers[n] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) in (["cell_ended", "merge"], ["cell_ended", "split"])
    assert GridChange.objects.count() == 1
    assert UnitGrid.objects.get(code=code(1)).ended_by == GridChange.objects.get()
    assert findings.check(on=TODAY).findings == []
    assert len(city.cells) == 8
