"""Import of components: good rows in, bad rows told with row, field and reason."""

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone, translation

from citymgmt.accounts.models import Department
from grid.build.from_files import Plan, build_grid
from grid.build.store import AreaRow, store_areas
from grid.geometry import GPS, MERCATOR, to_geos, to_mercator
from grid.models import UnitGrid
from inventory.classes.loading import load_classes
from inventory.importing.actions import import_components
from inventory.importing.mapping import Mapping
from inventory.models import Component, ComponentChange

pytestmark = pytest.mark.django_db
WEST, SOUTH, SIDE = 103.70, 36.10, 0.001
DC = Path(__file__).resolve().parents[4] / "shared" / "data" / "real" / "dc_downtown_assets.gpkg"
COLUMNS = {
    "no": "code", "x": "lon", "y": "lat", "state": "status", "unit": "owner", "on": "surveyed_on",
    "note": "remark",
}  # fmt: skip
LAMP = {
    "no": "6201050137000001", "x": WEST + 0.0005, "y": SOUTH + 0.0005, "state": "完好",
    "unit": "power", "on": "20250601", "note": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def town():
    load_classes()
    ground = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    areas = store_areas([
        AreaRow("620105", "安宁区", ground), AreaRow("620105001", "培黎街道", ground),
        AreaRow("620105001001", "费家营社区", ground),
    ])  # fmt: skip
    Department.objects.create(code="power", name_zh="供电公司", kind="utility")
    return UnitGrid.objects.create(
        code="620105001001001", community=areas["620105001001"], geometry=to_geos(ground),
        area_m2=9_990,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Imports rows given as differences from LAMP; answers (figures, refused rows)."""

    def call(*rows, mapping=None, **options):
        path = tmp_path / "lamps.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(LAMP))
            writer.writeheader()
            writer.writerows([LAMP | row for row in rows])
        report = tmp_path / "report.csv"
        with translation.override("en"):
            figures = import_components(path, mapping or Mapping(COLUMNS), report=report, **options)
        with report.open(encoding="utf-8-sig", newline="") as file:
            return figures, list(csv.DictReader(file))

    return call


def counts(figures):
    return [figures[name] for name in ("rows", "created", "updated", "rejected")]


def test_a_row_becomes_a_component_on_its_cell(run, town):
    figures, refused = run({})
    assert (counts(figures), refused) == ([1, 1, 0, 0], [])
    lamp = Component.objects.get()
    assert (lamp.code, lamp.matter_class.name_zh, lamp.name) == (LAMP["no"], "路灯", "路灯")
    assert (lamp.unit_grid, lamp.community) == (town, town.community)
    assert (lamp.owner.code, lamp.maintainer, lamp.status) == ("power", None, "intact")
    assert lamp.surveyed_on == date(2025, 6, 1)


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"x": WEST + 1}, "geometry", "outside the city"),
        ({"x": "east"}, "geometry", "no position"),
        ({"x": SOUTH, "y": WEST}, "geometry", "longitude and latitude seem to be exchanged"),
        ({"x": "nan"}, "geometry", "no position"),
        ({"no": "6201059999000001"}, "class_code", "no such class in this edition"),
        ({"no": "620105013700001"}, "code", "a code of 16 digits is needed"),
        ({"no": "4201050137000001"}, "code", "the code is of another district than its place"),
        ({"state": "tired"}, "status", "unknown status"),
        ({"on": "20251301"}, "surveyed_on", "not a date"),
        ({"note": "x" * 1001}, "remark", "longer than 1000 characters"),
    ],
)
def test_a_bad_row_is_told_and_the_good_ones_go_in(run, wrong, field, reason):
    figures, refused = run({}, {"no": "6201050137000002"} | wrong)
    assert counts(figures) == [2, 1, 0, 1]
    assert [(row["row"], row["field"]) for row in refused] == [("3", field)]
    assert reason in refused[0]["reason"]


def test_every_fault_of_a_row_is_told_at_once(run):
    figures, refused = run({"state": "tired", "on": "yesterday", "x": ""})
    assert counts(figures) == [1, 0, 0, 1]
    assert [row["field"] for row in refused] == ["geometry", "surveyed_on", "status"]


def test_a_code_twice_in_a_file_is_refused(run):
    figures, refused = run({}, {})
    assert counts(figures) == [2, 1, 0, 1]
    assert refused[0]["reason"] == "the same code as row 2"


def test_a_known_code_is_updated_with_its_history(run):
    run({})
    Component.objects.update(maintainer=Department.objects.get(), remark="kept?")
    figures, _refused = run({"state": "破损", "note": "leans"})
    assert counts(figures) == [1, 0, 1, 0]
    lamp = Component.objects.get()
    assert (lamp.status, lamp.remark, lamp.changed_on) == ("damaged", "leans", timezone.localdate())
    assert lamp.maintainer is not None, "a field the mapping does not name is kept"
    change = ComponentChange.objects.get()
    assert change.before == {"status": "intact", "remark": "kept?"}
    assert change.after == {"status": "damaged", "remark": "leans"}


def test_the_same_file_again_changes_nothing(run):
    run({})
    figures, _refused = run({})
    assert counts(figures) == [1, 0, 0, 0]
    assert not ComponentChange.objects.exists()
    assert Component.objects.get().changed_on is None


def test_a_dry_run_stores_nothing(run):
    figures, refused = run({}, {"state": "tired", "no": "6201050137000002"}, dry_run=True)
    assert (counts(figures), len(refused)) == ([2, 1, 0, 1], 1)
    assert not Component.objects.exists()


def test_a_failure_leaves_nothing_half_done(run, monkeypatch):
    run({})

    def fail(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr(ComponentChange.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        run({"state": "破损"}, {"no": "6201050137000002"})
    assert [c.status for c in Component.objects.all()] == ["intact"]


def test_numbers_become_codes(run):
    columns = {"no": "number", "x": "lon", "y": "lat"}
    mapping = Mapping(columns, values={"class_code": "0305", "owner": "供电公司"})
    figures, refused = run({"no": "77"}, {"no": "1234567"}, mapping=mapping)
    assert counts(figures) == [2, 1, 0, 1]
    assert refused[0]["field"] == "number"
    bin_ = Component.objects.get()
    assert (bin_.code, bin_.owner.code) == ("6201050305000077", "power")


def test_codes_of_the_2026_edition_have_17_digits(run):
    mapping = Mapping(COLUMNS, edition="GB/T 47678.5-2026")
    figures, _refused = run({"no": "62010501037000001"}, mapping=mapping)
    assert counts(figures) == [1, 1, 0, 0]
    assert Component.objects.get().matter_class.code == "01037"


def test_metres_of_another_system_are_turned_into_degrees(run):
    place = to_mercator(shapely.Point(LAMP["x"], LAMP["y"]))
    mapping = Mapping(COLUMNS, crs=f"EPSG:{MERCATOR}")
    figures, _refused = run({"x": place.x, "y": place.y}, mapping=mapping)
    assert counts(figures) == [1, 1, 0, 0]
    assert Component.objects.get().geometry.x == pytest.approx(LAMP["x"], abs=1e-9)


def command(*args):
    out = StringIO()
    call_command("import_components", *map(str, args), "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def write_mapping(path, **mapping):
    path.write_text(json.dumps(mapping), encoding="utf-8")
    return path


def test_spreadsheets_and_gis_files_by_command(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["no", "x", "y", "when"])
    book.active.append([1, LAMP["x"], LAMP["y"], date(2025, 6, 1)])
    book.save(tmp_path / "lamps.xlsx")
    mapping = write_mapping(
        tmp_path / "a.json", values={"class_code": "0137"},
        columns={"no": "number", "x": "lon", "y": "lat", "when": "surveyed_on"},
    )  # fmt: skip
    report = ("--report", tmp_path / "r.csv")
    assert command(tmp_path / "lamps.xlsx", "--map", mapping, *report)["created"] == 1
    assert Component.objects.get().surveyed_on == date(2025, 6, 1)

    rail = shapely.LineString([(WEST + 0.0002, SOUTH + 0.0002), (WEST + 0.0008, SOUTH + 0.0008)])
    pyogrio.raw.write(
        tmp_path / "rails.geojson", shapely.to_wkb(np.array([rail, None])),
        [np.array([5.0, 6.0])], ["nr"], geometry_type="LineString", crs=f"EPSG:{GPS}",
    )  # fmt: skip
    mapping = write_mapping(
        tmp_path / "b.json", columns={"nr": "number"}, values={"class_code": "0217"}
    )
    figures = command(tmp_path / "rails.geojson", "--map", mapping, *report)
    assert counts(figures) == [2, 1, 0, 1]
    assert Component.objects.get(code="6201050217000005").geometry.geom_type == "LineString"
    assert "geometry" in Path(figures["report"]).read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"columns": {"no": "colour"}}, "colour"),
        ({"columns": {"x": "lon"}}, "code"),
        ({"columns": {"no": "number"}}, "class_code"),
        ({"columns": {"no": "code"}}, "lon"),
        ({"columns": {"nr": "code", "x": "lon", "y": "lat"}}, "nr"),
        ({"columns": {"no": "code", "x": "lon", "y": "lat"}, "edition": "none"}, "none"),
        ({"rows": {}}, "rows"),
    ],
)
def test_a_mapping_or_file_that_cannot_be_used_says_why(tmp_path, mapping, told):
    (tmp_path / "lamps.csv").write_text("no,x,y\n1,2,3\n", encoding="utf-8")
    path = write_mapping(tmp_path / "m.json", **mapping)
    with translation.override("en"), pytest.raises(CommandError, match=told):
        command(tmp_path / "lamps.csv", "--map", path)
    with pytest.raises(CommandError):
        command(tmp_path / "none.gpkg", "--map", path)


@pytest.mark.skipif(not DC.exists(), reason="real data is not on this machine")
def test_real_street_lights(tmp_path):
    build_grid(Plan(str(DC), district="110101", roads_layer="road"))
    mapping = Mapping(
        {"STREETLIGHTID": "number", "STREETNAME": "remark", "ASSETSTATUS_DESC": "status"},
        values={"class_code": "0137"}, translate={"status": {"Active": "intact"}},
        layer="street_light",
    )  # fmt: skip
    figures = import_components(DC, mapping, report=tmp_path / "report.csv")
    assert figures["rows"] == 3_963
    assert figures["created"] > 2_000
    assert figures["created"] + figures["rejected"] == figures["rows"]
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        refused = {(row["field"], row["value"].isdigit()) for row in csv.DictReader(file)}
    assert refused == {("number", False), ("geometry", False)}  # numbers such as 6U077
    assert import_components(DC, mapping, report=tmp_path / "again.csv")["updated"] == 0
