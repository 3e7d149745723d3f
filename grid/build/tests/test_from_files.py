"""A grid from files: options of the command, progress, and the base map of given roads."""

import json
from datetime import date
from io import StringIO

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.management import call_command

from citymgmt.lib.errors import BadInput
from grid.build.base_map import kind_of, road_rows
from grid.build.builder import Sizes
from grid.build.from_files import Plan, build_grid
from grid.files.layers import Layer
from grid.geometry import GPS, from_geos, to_degrees, to_metres
from grid.jobs.pace import Pace
from grid.management.commands.build_grid import Teller
from grid.models import DutyMembership, MapFeature, UnitGrid

ORIGIN = (500_000, 3_900_000)


def write(path, shapes, kind, **fields):
    placed = [shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in shapes]
    columns = {name: np.array(values, dtype=object) for name, values in fields.items()}
    columns = columns or {"id": np.arange(len(shapes))}
    pyogrio.raw.write(
        path, shapely.to_wkb(to_degrees(np.array(placed, dtype=object), 105)),
        list(columns.values()), list(columns), driver="GPKG", geometry_type=kind,
        crs=f"EPSG:{GPS}",
    )  # fmt: skip
    return str(path)


@pytest.fixture
def roads(tmp_path):
    """A block of 400 m by 300 m in four lines, and a dead end."""
    lines = [
        [(0, 0), (400, 0)], [(400, 0), (400, 300)], [(400, 300), (0, 300)], [(0, 300), (0, 0)],
        [(200, 0), (200, -80)],
    ]  # fmt: skip
    return write(
        tmp_path / "roads.gpkg", [shapely.LineString(line) for line in lines], "LineString",
        highway=["primary", "primary", "secondary_link", "residential", None],
        name=["建宁路", "建宁路", "", None, "死巷"],
    )  # fmt: skip


def cells():
    shapes = np.array([from_geos(g) for g in UnitGrid.objects.values_list("geometry", flat=True)])
    return shapely.transform(to_metres(shapes, 105), lambda xy: xy - ORIGIN)


def run(*args):
    out = StringIO()
    call_command("build_grid", *args, "--district", "620105", "--json", stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_compounds_stay_whole_and_buildings_uncut(roads, tmp_path):
    compound = shapely.box(0, 0, 180, 300)
    house = shapely.box(250, 120, 350, 180)
    lines = run(
        "--roads", roads,
        "--compounds", write(tmp_path / "compounds.gpkg", [compound], "Polygon"),
        "--buildings", write(tmp_path / "buildings.gpkg", [house], "Polygon"),
    )  # fmt: skip
    figures = json.loads(lines[-1])
    assert figures["blocks"] == 2  # the wall of the compound is a line as well
    assert figures["built_up_m2"] == pytest.approx(120_000, rel=1e-6)
    assert figures["built_up_cells"] == figures["cells"] == UnitGrid.objects.count()
    for shape in (compound, house):
        assert (shapely.area(shapely.intersection(cells(), shape)) > 1).sum() == 1


@pytest.mark.django_db
def test_the_command_tells_count_rate_and_time_left(roads):
    lines = run("--roads", roads, "--dry-run")
    assert [line.split()[0] for line in lines[:-1] if line.split()[1] == line.split()[3]] == [
        "read", "blocks", "communities", "slivers", "split", "join", "measure",
    ]  # fmt: skip
    assert not MapFeature.objects.exists()


@pytest.mark.django_db
def test_what_is_built_up_is_a_setting(roads):
    assert json.loads(run("--roads", roads, "--dry-run")[-1])["built_up_cells"] == 12
    answer = run("--roads", roads, "--dry-run", "--built-up-max", "100000")
    assert json.loads(answer[-1])["built_up_cells"] == 0


@pytest.mark.django_db
def test_given_roads_become_the_base_map_with_their_class(roads):
    run("--roads", roads)
    found = set(MapFeature.objects.values_list("kind", "name", "schematic"))
    assert found == {
        ("road_main", "建宁路", False), ("road_secondary", "", False),
        ("lane", "", False), ("lane", "死巷", False),
    }  # fmt: skip
    joined = MapFeature.objects.get(name="建宁路")
    assert len(from_geos(joined.geometry).coords) == 3  # two lines of one street are one


@pytest.mark.django_db
def test_a_grid_begins_on_the_day_given(roads):
    build_grid(Plan(str(roads), district="620105", since=date(2026, 1, 1)))
    first = date(2026, 1, 1)
    assert set(UnitGrid.objects.values_list("start_date", flat=True)) == {first}
    assert set(DutyMembership.objects.values_list("valid_from", flat=True)) == {first}


def test_roads_without_a_class_are_lanes():
    layer = Layer(np.array([shapely.LineString([(103, 36), (103, 37)])]), {})
    assert [(row.kind, row.name) for row in road_rows(layer)] == [("lane", "")]
    assert kind_of("trunk_link") == kind_of("主干路") == kind_of("ROAD_MAIN") == "road_main"
    assert kind_of("tertiary") == "road_secondary"
    assert kind_of(None) == kind_of("service") == kind_of(7) == "lane"


@pytest.mark.django_db
def test_stopping_stores_nothing(roads):
    def stop(step, done, total):
        if step == "join":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        build_grid(Plan(roads=roads, district="620105"), progress=stop)
    assert not UnitGrid.objects.exists()


@pytest.mark.django_db
def test_a_file_is_named_without_its_place_on_the_server(tmp_path):
    missing = str(tmp_path / "gone.gpkg")
    with pytest.raises(BadInput) as refused:
        build_grid(Plan(roads=missing, district="620105", sizes=Sizes()), dry_run=True)
    assert refused.value.detail.startswith("gone.gpkg: ")


# --- pace -------------------------------------------------------------------------------------
def test_pace_counts_anew_with_every_step():
    pace = Pace()
    pace.hear("split", 0, 100, now=10.0)
    assert (pace.rate, pace.left, pace.finished) == (0.0, None, False)
    pace.hear("split", 40, 100, now=14.0)
    assert (pace.rate, pace.left) == (10.0, 6.0)
    pace.hear("join", 0, 5, now=20.0)
    assert (pace.rate, pace.left) == (0.0, None)
    pace.hear("join", 5, 5, now=21.0)
    assert pace.finished


def test_a_line_a_second_and_the_last_of_each_step():
    said, times = [], iter([0.0, 0.1, 2.1, 2.2])
    tell = Teller(said.append, clock=lambda: next(times))
    for done in (0, 10, 210, 300):
        tell("split", done, 300)
    assert [line.split()[1] for line in said] == ["0", "210", "300"]
    assert said[1].split() == ["split", "210", "/", "300", "100/s", "1", "s", "left"]
