"""Components from the files of other systems: what is lost, lies or is drawn wrong is told."""

import csv
import json
from datetime import date

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from django.utils import translation

from citymgmt.accounts.models import Department
from citymgmt.lib.errors import BadInput
from grid.build.store import AreaRow, store_areas
from grid.geometry import GPS, to_bd09, to_gcj02, to_geos
from grid.models import UnitGrid
from inventory.classes.loading import NATIONAL, begin_edition, load_classes
from inventory.importing.actions import import_components
from inventory.importing.mapping import KEYS, Mapping, read_mapping
from inventory.models import ClassEdition, Component

pytestmark = pytest.mark.django_db
WEST, SOUTH, SIDE = 103.70, 36.10, 0.001
X, Y = WEST + 0.0005, SOUTH + 0.0005
TABLE = {
    "编码": "code",
    "经度": "lon",
    "纬度": "lat",
    "权属单位": "owner",
    "普查日期": "surveyed_on",
}
LAMP = ["6201050137000001", X, Y, "供电公司", "2026/5/1"]
NEW = "GB/T 47678.5-2026"


@pytest.fixture(autouse=True)
def town():
    load_classes()
    ground = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    names = [("620105", "安宁区"), ("620105001", "培黎街道"), ("620105001001", "费家营社区")]
    areas = store_areas([AreaRow(code, name, ground) for code, name in names])
    Department.objects.create(code="power", name_zh="供电公司", kind="utility")
    UnitGrid.objects.create(
        code="620105001001001",
        community=areas["620105001001"],
        geometry=to_geos(ground),
        area_m2=9_990,
    )


@pytest.fixture
def take(tmp_path):
    """Imports a file; answers (created, updated, rejected) and the report."""

    def call(path, mapping):
        with translation.override("en"):
            figures = import_components(path, mapping, report=tmp_path / "r.csv")
        with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
            told = list(csv.DictReader(file))
        return [figures[name] for name in ("created", "updated", "rejected")], told

    return call


@pytest.fixture
def table(tmp_path):
    def make(*rows, head=tuple(TABLE), encoding="utf-8"):
        path = tmp_path / "lamps.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([head, *rows])
        return path

    return make


@pytest.fixture
def shapes(tmp_path):
    def make(*given, name="lamps.shp", encoding="GBK", cpg=None, crs=f"EPSG:{GPS}", **fields):
        path = tmp_path / name
        wkb = [shape if isinstance(shape, bytes) else shapely.to_wkb(shape) for shape in given]
        columns = [np.array(column, dtype=object) for column in fields.values()]
        how = {"encoding": encoding} if name.endswith(".shp") else {}
        kind = "Point" if name.endswith(".shp") else "Unknown"
        pyogrio.raw.write(
            path,
            np.array(wkb, dtype=object),
            columns,
            list(fields),
            crs=crs,
            geometry_type=kind,
            **how,
        )
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if cpg:
            path.with_suffix(".cpg").write_text(cpg)
        return path

    return make


POINT = shapely.Point(X, Y)
SHAPE = Mapping({"CODE": "code", "OWNER": "owner", "NAME": "name"})


# --- letters of shapefiles ------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("cpg", [None, "GBK", "UTF-8", "ISO-8859-1", "nonsense"])
def test_a_shapefile_is_read_in_the_letters_it_has(take, shapes, encoding, cpg):
    path = shapes(
        POINT, encoding=encoding, cpg=cpg, CODE=[LAMP[0]], OWNER=["供电公司"], NAME=["路灯甲"]
    )
    assert take(path, SHAPE)[0] == [1, 0, 0]
    lamp = Component.objects.get()
    assert (lamp.name, lamp.owner.code) == ("路灯甲", "power")


def test_noise_that_a_file_holds_is_refused(take, shapes):
    path = shapes(POINT, name="a.gpkg", CODE=[LAMP[0]], OWNER=[""], NAME=["ÉÏË®¾®¸Ç¼×"])
    figures, told = take(path, SHAPE)
    assert figures == [0, 0, 1]
    assert (told[0]["field"], told[0]["cell"]) == ("name", "NAME")


# --- codes, dates, owners -------------------------------------------------------------------
def test_a_workbook_with_lost_digits_a_formula_and_dates(take, tmp_path):
    book = openpyxl.Workbook()
    for row in (
        list(TABLE),
        LAMP,
        [6201050137000002, *LAMP[1:]],
        ["6201050137000003", X, Y, "=A1", 46143],
        ["6201050137000004", X, Y, "", "5/1/26"],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    figures, told = take(tmp_path / "a.xlsx", Mapping(TABLE))
    assert figures == [1, 0, 3]
    assert [(line["sheet"], line["cell"]) for line in told] == [
        ("Sheet", "A3"),
        ("Sheet", "D4"),
        ("Sheet", "E5"),
    ]
    assert Component.objects.get().surveyed_on == date(2026, 5, 1)


def test_codes_that_a_spreadsheet_rounded_are_all_refused(take, table):
    rows = [[f"62010501370000{n:02d}"[:15] + "0", *LAMP[1:]] for n in (10, 11, 20)]
    figures, told = take(table(*rows), Mapping(TABLE))
    assert figures == [0, 0, 3]
    assert "15 digits" in told[0]["reason"]


def test_zeros_of_a_class_come_back_and_are_noted(take, table):
    mapping = Mapping({"n": "number", "c": "class_code", "x": "lon", "y": "lat"})
    figures, told = take(table(["7", "137", X, Y], head=("n", "c", "x", "y")), mapping)
    assert figures == [1, 0, 0]
    assert (told[0]["kind"], told[0]["reason"][:12]) == ("warning", "read as 0137")


def test_an_unknown_owner_is_a_warning_unless_required_and_keeps_the_old_one(take, table):
    take(table(LAMP), Mapping(TABLE))
    path = table([*LAMP[:3], "nobody", "2026-05-02"])
    figures, told = take(path, Mapping(TABLE))
    assert (figures, told[0]["kind"]) == ([0, 1, 0], "warning")
    assert Component.objects.get().owner.code == "power"
    assert take(path, Mapping(TABLE, required=("owner",)))[0] == [0, 0, 1]


def test_a_name_that_two_departments_have_is_refused_with_their_codes(take, table):
    Department.objects.create(code="power2", name_zh="供电公司", kind="utility")
    figures, told = take(table(LAMP), Mapping(TABLE))
    assert figures == [0, 0, 1]
    assert "power, power2" in told[0]["reason"]
    assert take(table([*LAMP[:3], " POWER ", ""]), Mapping(TABLE))[0] == [1, 0, 0]


# --- places -----------------------------------------------------------------------------------
RING = [(X, Y), (X + 0.0002, Y), (X, Y + 0.0002)]
BROKEN = (
    shapely.to_wkb(shapely.Polygon(RING))[:9]
    + b"\x03\0\0\0"
    + b"".join(np.array(RING[n]).tobytes() for n in range(3))
)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (BROKEN, "broken"),
        (
            shapely.Polygon([(X, Y), (X + 1e-4, Y + 1e-4), (X + 1e-4, Y), (X, Y + 1e-4)]),
            "not valid",
        ),
        (shapely.LineString([(X, Y), (X + 1e-4, Y)]), "surveyed as a point"),
        (shapely.MultiPoint([(X, Y), (X + 1e-4, Y)]), "surveyed as a point"),
        (shapely.Point(), "no position"),
        (shapely.Point(X, np.inf), "no numbers"),
        (shapely.Point(X + 1, Y), "outside the city"),
        (shapely.Point(Y, X), "exchanged"),
    ],
)
def test_a_geometry_that_cannot_stand_is_a_refused_row(take, shapes, shape, told):
    path = shapes(POINT, shape, name="a.gpkg", CODE=[LAMP[0], "6201050137000002"])
    figures, lines = take(path, Mapping({"CODE": "code"}))
    assert figures == [1, 0, 1]
    assert told in lines[0]["reason"]


@pytest.mark.parametrize(("crs", "shift"), [("GCJ-02", to_gcj02), ("bd09", to_bd09)])
def test_shifted_degrees_come_back(take, table, crs, shift):
    assert take(table([LAMP[0], *shift(X, Y), "", ""]), Mapping(TABLE, crs=crs))[0] == [1, 0, 0]
    place = Component.objects.get().geometry
    assert (place.x, place.y) == pytest.approx((X, Y), abs=1e-8)


def test_a_person_knows_the_system_of_a_lying_file(take, shapes):
    path = shapes(POINT, name="a.gpkg", crs="EPSG:3857", CODE=[LAMP[0]])
    assert take(path, Mapping({"CODE": "code"}))[0] == [0, 0, 1]
    assert take(path, Mapping({"CODE": "code"}, crs="EPSG:4490"))[0] == [1, 0, 0]


def geojson(path, point, **more):
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": list(point)},
        "properties": {"CODE": LAMP[0], "NAME": "路灯", "PARTS": ["a", "b"]},
    }
    whole = {"type": "FeatureCollection", "features": [feature], **more}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def named(name):
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize(
    ("crs", "shift"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", lambda x, y: (x, y)),
        ("urn:ogc:def:crs:EPSG::4490", lambda x, y: (x, y)),
        ("GCJ-02", to_gcj02),
        ("BD09", to_bd09),
    ],
)
def test_geojson_is_believed_about_its_system(take, tmp_path, crs, shift):
    path = geojson(tmp_path / "a.geojson", (*shift(X, Y), 12.5), crs=named(crs))
    assert take(path, Mapping({"CODE": "code"}))[0] == [1, 0, 0]
    place = Component.objects.get().geometry
    assert (place.x, place.y) == pytest.approx((X, Y), abs=1e-8)


@pytest.mark.parametrize(
    ("crs", "told"),
    [
        (None, "does not name"),
        (named("EPSG:999999"), "EPSG:999999"),
        (named("local"), "local"),
        ({"type": "link", "properties": {"href": "http://127.0.0.1/"}}, "does not name"),
        ("moon", "moon"),
    ],
)
def test_a_system_that_geojson_names_and_nobody_knows_is_no_guess(take, tmp_path, crs, told):
    path = geojson(tmp_path / "a.geojson", (X, Y), crs=crs)
    with pytest.raises(BadInput, match=told):
        take(path, Mapping({"CODE": "code"}))
    assert take(path, Mapping({"CODE": "code"}, crs="EPSG:4490"))[0] == [1, 0, 0]


def test_a_field_that_holds_a_list_is_told(take, tmp_path):
    path = geojson(tmp_path / "a.geojson", (X, Y))
    figures, told = take(path, Mapping({"CODE": "code", "PARTS": "remark"}))
    assert (figures, told[0]["field"]) == ([0, 0, 1], "remark")


# --- identifiers of another system ----------------------------------------------------------
def test_automatic_numbers_follow_the_last_and_the_same_file_updates(take, table):
    columns = {"id": "foreign_id", "x": "lon", "y": "lat", "note": "remark"}
    mapping = Mapping(columns, values={"class_code": "0137"}, system="power", numbers="automatic")
    take(table(LAMP), Mapping(TABLE))
    rows = [["A-1", X, Y, ""], ["A-2", X, Y, ""], ["A-1", X, Y, ""], ["", X, Y, ""]]
    figures, told = take(table(*rows, head=tuple(columns)), mapping)
    assert figures == [2, 0, 2]
    assert [line["reason"][:19] for line in told] == ["the same identifier", "empty: without it t"]
    assert take(table(["A-2", X, Y, "leans"], head=tuple(columns)), mapping)[0] == [0, 1, 0]
    found = dict(Component.objects.exclude(foreign_id="").values_list("foreign_id", "code"))
    assert found == {"A-1": "6201050137000002", "A-2": "6201050137000003"}


@pytest.mark.parametrize("made", ["2026-05-01", "2026-05-01 00:00:00", "5月1日", "1-May"])
def test_an_identifier_that_a_spreadsheet_made_a_day_is_refused(take, table, made):
    columns = {"id": "foreign_id", "x": "lon", "y": "lat"}
    mapping = Mapping(columns, values={"class_code": "0137"}, numbers="automatic")
    figures, told = take(table([made, X, Y], head=tuple(columns)), mapping)
    assert (figures, told[0]["field"], told[0]["cell"]) == ([0, 0, 1], "foreign_id", "A2")


def test_what_is_wrong_with_a_code_points_to_its_cell(take, table):
    figures, told = take(table(["6201059999000001", *LAMP[1:]]), Mapping(TABLE))
    assert (figures, told[0]["field"], told[0]["cell"]) == ([0, 0, 1], "class_code", "A2")


def test_hidden_rows_are_read_and_told(take, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(list(TABLE))
    book.active.append(LAMP)
    book.active.row_dimensions[2].hidden = True
    book.save(tmp_path / "a.xlsx")
    figures, told = take(tmp_path / "a.xlsx", Mapping(TABLE))
    assert (figures, told[0]["kind"], told[0]["row"]) == ([1, 0, 0], "warning", "2")


# --- maps -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"columns": {}, "colour": 1}, "colour.*header_row"),
        ({"columns": {"a": "code", "b": "code"}}, "twice"),
        ({"columns": {"a": "code"}, "crs": "EPSG:4610"}, "Xian 1980"),
        ({"columns": {"a": "code"}, "crs": "moon"}, "moon"),
        ({"columns": {"a": "code"}, "encoding": "klingon"}, "klingon"),
        ({"columns": {"a": "code"}, "header_row": 0}, "header_row"),
        ({"columns": {"a": "lon"}, "numbers": "automatic"}, "foreign_id"),
    ],
)
def test_a_map_that_cannot_be_meant_says_what_is_allowed(tmp_path, mapping, told):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(mapping), encoding="utf-8")
    with translation.override("en"), pytest.raises(BadInput, match=told):
        read_mapping(path)


def test_every_key_of_the_map_is_described(settings):
    page = (settings.BASE_DIR / "docs" / "import-components.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"`{key}`" not in page] == []


# --- editions -------------------------------------------------------------------------------
def test_the_new_national_edition_begins_on_its_day_by_itself():
    told = begin_edition(NEW, date(2199, 1, 1))
    assert NEW not in told["in_force"]
    assert any("2199-01-01" in line for line in told["waiting"])
    national = ClassEdition.objects.filter(local=False)
    assert national.in_force(date(2198, 12, 31)).get().code == NATIONAL
    assert national.in_force(date(2199, 1, 1)).get().code == NEW
    with pytest.raises(BadInput):
        begin_edition("CJ/T 214-2007", date(2199, 1, 1))
