"""Areas and unit grids in the database: from files."""

import json
from io import StringIO

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.management import call_command
from django.core.management.base import CommandError

from citymgmt.lib.errors import BadInput
from grid.build.store import AreaRow, check_stored, parent_code, store_areas
from grid.geometry import GPS, from_geos, to_degrees, to_geos, to_metres
from grid.models import Area, DutyGrid, UnitGrid

pytestmark = pytest.mark.django_db
ORIGIN, STEP, LINES = (500_000, 3_900_000), 200, 8


def lattice():
    """Straight roads 200 m apart in metres of the zone, over 1.4 km."""
    x0, y0 = ORIGIN
    at, end = np.arange(LINES) * STEP, (LINES - 1) * STEP
    return [
        line
        for d in at
        for line in (
            shapely.LineString([(x0 + d, y0 - 20), (x0 + d, y0 + end + 20)]),
            shapely.LineString([(x0 - 20, y0 + d), (x0 + end + 20, y0 + d)]),
        )
    ]


def write(path, shapes, kind, **fields):
    shapes = to_degrees(np.array(shapes, dtype=object), 105)
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), [np.array(v) for v in fields.values()], list(fields),
        driver="GPKG", geometry_type=kind, crs=f"EPSG:{GPS}",
    )  # fmt: skip
    return str(path)


@pytest.fixture
def roads(tmp_path):
    return write(tmp_path / "roads.gpkg", lattice(), "LineString", lanes=[2] * (2 * LINES))


def run(command, *args):
    out = StringIO()
    call_command(command, *args, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_faults_of_the_stored_grid_are_found(roads):
    run("build_grid", "--roads", roads, "--district", "620105")
    one, other, *_rest = UnitGrid.objects.order_by("code")
    one.geometry = to_geos(shapely.union(from_geos(one.geometry), from_geos(other.geometry)))
    one.save()
    assert check_stored()["overlaps"] == 1
    _end(other)
    UnitGrid.objects.filter(pk=one.pk).update(code="999999999999001")
    assert (check_stored()["overlaps"], check_stored()["bad_codes"]) == (0, 1)
    _end(one)
    assert check_stored()["gaps"] == 1


def _end(cell):
    UnitGrid.objects.filter(pk=cell.pk).update(end_date=cell.start_date)


def test_an_empty_database_has_no_faults():
    found = run("check_grid")
    assert found.pop("findings") == []
    assert set(found.values()) == {0}


def test_grid_from_roads_alone_stands_in_for_areas(roads):
    figures = run("build_grid", "--roads", roads, "--district", "420100", "--name", "武汉")
    assert figures["area_m2"] == pytest.approx(1_400**2, rel=1e-6)
    assert figures["share_5k_20k"] > 0.95
    assert [figures[k] for k in ("gaps", "overlaps", "crossing")] == [0, 0, 0]
    assert UnitGrid.objects.count() == figures["cells"]
    assert Area.objects.get(code="420100").name == "武汉"
    assert {c[:9] for c in UnitGrid.objects.values_list("code", flat=True)} == {"420100001"}


def test_grid_follows_given_areas_and_makes_their_parents(roads, tmp_path):
    x, y = ORIGIN
    halves = [shapely.box(x, y, x + 690, y + 1_400), shapely.box(x + 690, y, x + 1_400, y + 1_400)]
    areas = write(
        tmp_path / "areas.gpkg", halves, "Polygon",
        no=["620105001001", "620105002001"], label=["West", "East"],
    )  # fmt: skip
    fields = ("--code-field", "no", "--name-field", "label", "--district", "620105")
    figures = run("build_grid", "--roads", roads, "--areas", areas, *fields, "--name", "安宁区")
    assert figures["crossing"] == figures["gaps"] == 0
    tree = dict(Area.objects.values_list("code", "parent__code"))
    assert tree == {
        "620105": None, "620105001": "620105", "620105002": "620105",
        "620105001001": "620105001", "620105002001": "620105002",
    }  # fmt: skip
    assert Area.objects.get(code="620105").name == "安宁区"
    assert DutyGrid.objects.count() == 2


def test_a_barrier_divides_blocks(roads, tmp_path):
    x, y = ORIGIN
    wall = shapely.LineString([(x, y + 60), (x + 1_400, y + 60)])
    barriers = write(tmp_path / "walls.gpkg", [wall], "LineString", sort=["wall"])
    run("build_grid", "--roads", roads, "--barriers", barriers, "--district", "420100")
    shapes = [from_geos(g) for g in UnitGrid.objects.values_list("geometry", flat=True)]
    _west, south, _east, north = shapely.bounds(to_metres(np.array(shapes), 105)).T
    assert ((south > y + 59) | (north < y + 61)).all()


def test_dry_run_stores_nothing(roads):
    figures = run("build_grid", "--roads", roads, "--district", "420100", "--dry-run")
    assert figures["cells"] > 100
    assert not UnitGrid.objects.exists()
    assert not Area.objects.exists()


def test_a_grid_is_never_built_over(roads):
    run("build_grid", "--roads", roads, "--district", "420100")
    with pytest.raises(CommandError, match="420100"):
        run("build_grid", "--roads", roads, "--district", "420100")


def test_what_cannot_be_built_says_why(roads, tmp_path):
    with pytest.raises(CommandError, match="6"):
        run("build_grid", "--roads", roads)
    with pytest.raises(CommandError, match="none"):
        run("build_grid", "--roads", str(tmp_path / "none.gpkg"), "--district", "420100")
    with pytest.raises(CommandError, match="roads"):
        run("build_grid", "--roads", roads, "--areas", roads)


def test_areas_come_with_their_parents():
    with pytest.raises(BadInput, match="620105001"):
        store_areas([AreaRow("620105001001", "alone")])
    with pytest.raises(BadInput, match="12345"):
        store_areas([AreaRow("12345", "odd")])
    store_areas([AreaRow("6201", "City"), AreaRow("620105", "District")])
    areas = store_areas([AreaRow("620105", "Renamed")])
    assert (areas["620105"].name, areas["620105"].parent.code) == ("Renamed", "6201")
    assert [parent_code(c) for c in ("620105001001", "620105", "6201")] == ["620105001", "6201", ""]


def test_names_of_areas_in_gbk_without_cpg_are_read_and_noise_is_refused(roads, tmp_path):
    x, y = ORIGIN
    ground = to_degrees(np.array([shapely.box(x, y, x + 1_400, y + 1_400)], dtype=object), 105)

    def areas(name, encoding):
        path = tmp_path / f"{encoding}.shp"
        pyogrio.raw.write(
            path,
            shapely.to_wkb(ground),
            [np.array(["620105001001"], dtype=object), np.array([name], dtype=object)],
            ["code", "name"],
            geometry_type="Polygon",
            crs=f"EPSG:{GPS}",
            encoding=encoding,
        )
        path.with_suffix(".cpg").unlink(missing_ok=True)
        return str(path)

    with pytest.raises(CommandError, match="1"):
        run("build_grid", "--roads", roads, "--areas", areas("·Ñ¼ÒÓªÉçÇø", "UTF-8"))
    run("build_grid", "--roads", roads, "--areas", areas("费家营社区", "GBK"))
    assert Area.objects.get(code="620105001001").name == "费家营社区"
