"""What is the embedded backend's own: the index, the refusals, the checks, threads."""

import contextlib
import os
import sqlite3
import threading

import pytest
from django.contrib.gis.db import models as gis
from django.contrib.gis.db.models import functions as geo
from django.contrib.gis.geos import LineString, Point, Polygon
from django.contrib.gis.measure import D
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, NotSupportedError, OperationalError, connections, transaction

from citymgmt.db.base import DatabaseWrapper

from .conftest import SIDE, SOUTH, WEST, at, build, cell
from .models import Cell, Road, Shape, Spot


@pytest.fixture
def town(embedded):
    build("embedded")
    return embedded


def of(model):
    return model.objects.using("embedded")


def sql(rows):
    return rows.query.get_compiler("embedded").as_sql()[0]


def tree(connection, name):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {name} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize(
    "lookup",
    [
        {"geom__covers": at(0.5, 0.5)},
        {"geom__intersects": at(0.5, 0.5)},
        {"geom__bboverlaps": at(0.5, 0.5)},
        {"geom__dwithin": (at(0.5, 0.5), 0.001)},
        {"geom__distance_lt": (at(0.5, 0.5), D(m=50))},
    ],
    ids=lambda lookup: next(iter(lookup)),
)
def test_the_tree_answers(town, lookup):
    plan = of(Cell).filter(**lookup).explain()
    assert "SEARCH spatial_cell USING INTEGER PRIMARY KEY" in plan
    assert "spatial_cell_geom_rtree VIRTUAL TABLE INDEX" in plan


def test_the_tree_follows_the_table(town):
    everything = sorted(of(Spot).exclude(geom=None).values_list("pk", flat=True))
    assert tree(town, "spatial_spot_geom_rtree") == everything
    spot = of(Spot).get(name="nowhere")
    spot.geom = at(1, 1)
    spot.save()
    assert tree(town, "spatial_spot_geom_rtree") == sorted([*everything, spot.pk])
    of(Spot).filter(name="inside").update(geom=None)
    of(Spot).filter(name="corner").delete()
    left = of(Spot).filter(geom__isnull=False).values_list("pk", flat=True)
    assert tree(town, "spatial_spot_geom_rtree") == sorted(left)
    of(Spot).all().delete()
    assert tree(town, "spatial_spot_geom_rtree") == []


def test_a_rollback_takes_the_tree_along(town):
    before = tree(town, "spatial_spot_geom_rtree")
    with transaction.atomic("embedded"):
        of(Spot).create(name="late", geom=at(1, 1))
        transaction.set_rollback(True, "embedded")
    assert tree(town, "spatial_spot_geom_rtree") == before


def test_no_tree_where_vacuum_may_renumber(town):
    assert "rtree" not in sql(of(Shape).filter(geom__covers=at(0, 0)))
    with town.cursor() as cursor:
        cursor.execute("VACUUM")
    assert {shape.name for shape in of(Shape).filter(geom__covers=at(0.5, 0.5))} == {
        "block", "spot"
    }  # fmt: skip
    assert of(Cell).get(geom__covers=at(0.5, 0.5)).name == "00"


def test_trees_are_nobodys_tables(town):
    names = town.introspection.table_names()
    assert "spatial_cell" in names
    assert not [name for name in names if "rtree" in name]


def test_inspectdb(town, capsys):
    call_command("inspectdb", "spatial_road", database="embedded")
    written = capsys.readouterr().out
    assert "geom = models.LineStringField(srid=4490)" in written
    assert "flat = models.LineStringField(srid=4507, blank=True, null=True)" in written


def test_without_an_rtree_module_boxes_are_compared(town, monkeypatch):
    monkeypatch.setitem(town.features.__dict__, "has_rtree", False)
    query = of(Cell).filter(geom__covers=at(0.5, 0.5))
    assert "rtree" not in sql(query)
    assert query.get().name == "00"


@pytest.mark.parametrize(
    "lookup",
    ["contains_properly", "left", "right", "overlaps_left", "strictly_above"],
)
def test_other_lookups_are_refused_by_name(town, lookup):
    with pytest.raises(NotSupportedError, match=f"the {lookup} lookup"):
        of(Cell).filter(**{f"geom__{lookup}": at(0, 0)}).exists()


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("Azimuth", geo.Azimuth("geom", at(0, 0))),
        ("GeoHash", geo.GeoHash("geom")),
        ("AsKML", geo.AsKML("geom")),
        ("BoundingCircle", geo.BoundingCircle("geom")),
        ("Translate", geo.Translate("geom", 1, 1)),
        ("SnapToGrid", geo.SnapToGrid("geom", 0.1)),
        ("ForcePolygonCW", geo.ForcePolygonCW("geom")),
    ],
)
def test_other_functions_are_refused_by_name(town, name, expression):
    with pytest.raises(NotSupportedError, match=name):
        list(of(Spot).annotate(answer=expression))


@pytest.mark.parametrize("aggregate", [gis.MakeLine, gis.Extent3D])
def test_other_aggregates_are_refused_by_name(town, aggregate):
    with pytest.raises(NotSupportedError, match=aggregate.name):
        of(Spot).aggregate(answer=aggregate("geom"))


def test_area_in_square_degrees_is_refused(town):
    """PostGIS would give 0.0001 and GeoDjango would call it square metres."""
    with pytest.raises(NotSupportedError, match="Area on geodetic"):
        list(of(Cell).annotate(area=geo.Area("geom")))


def test_rasters_and_geographies_are_refused(town):
    with pytest.raises(ImproperlyConfigured, match="raster support"):
        gis.RasterField().db_type(town)
    with pytest.raises(NotSupportedError, match="geography"):
        gis.PointField(geography=True).db_type(town)


def test_srid_of_stored_geometry_cannot_change(town):
    old, new = gis.PointField(srid=4490), gis.PointField(srid=4326)
    for field in old, new:
        field.set_attributes_from_name("geom")
        field.model = Spot
    refused = pytest.raises(NotSupportedError, match="from 4490 to 4326")
    with refused, town.schema_editor() as editor:
        editor.alter_field(Spot, old, new)


@pytest.mark.parametrize(
    "value", [LineString((1, 1), (2, 2), srid=4490), cell(0, 0)], ids=["line", "polygon"]
)
def test_a_column_takes_one_kind_only(town, value):
    with pytest.raises(IntegrityError, match="CHECK constraint failed"):
        of(Spot).filter(name="inside").update(geom=value)


def test_a_column_takes_its_own_system_only(town):
    """A column of another system, past the transformation of values."""
    with pytest.raises(IntegrityError, match="CHECK constraint failed"), town.cursor() as cursor:
        cursor.execute("UPDATE spatial_spot SET geom = wgs")


def test_mixed_systems_in_sql_fail_and_are_logged(town, caplog):
    with (
        pytest.raises(OperationalError, match="user-defined function"),
        town.cursor() as cursor,
    ):
        cursor.execute("SELECT ST_Covers(geom, wgs) FROM spatial_spot")
    assert "ST_Covers failed" in caplog.text
    assert "mixed SRID geometries: 4490 and 4326" in caplog.text


def test_three_dimensions_are_kept(town):
    of(Shape).create(name="high", geom=Point(103, 36, 1500, srid=4490))
    assert of(Shape).get(name="high").geom.coords == (103, 36, 1500)


def test_many_threads_ask_at_once(town):
    """Each has its own connection and its own cache of geometries."""
    block = Polygon.from_bbox((WEST - 1e-6, SOUTH - 1e-6, WEST + 2.1 * SIDE, SOUTH + 2.1 * SIDE))
    block.srid = 4490
    answers, failures = [], []

    def ask():
        try:
            for _ in range(20):
                answers.append(of(Cell).filter(geom__within=block).count())
                answers.append(of(Road).filter(geom__intersects=block).count() + 1)
        except Exception as error:
            failures.append(error)
            raise
        finally:
            connections["embedded"].close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert answers == [4] * 160


@pytest.mark.django_db
def test_a_kept_connection_notices_that_its_file_was_replaced(tmp_path):
    """As a restored backup does; the connection is looked at before the first question after."""
    path, other = tmp_path / "one.sqlite3", tmp_path / "other.sqlite3"
    for name in (path, other):
        with contextlib.closing(sqlite3.connect(name)) as made, made:
            made.execute(f"CREATE TABLE spot AS SELECT '{name.stem}' AS name")
    options = {"NAME": path, "AUTOCOMMIT": True, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    kept = DatabaseWrapper(options | {"OPTIONS": {}, "TIME_ZONE": None}, alias="kept")

    def asked():
        kept.close_if_unusable_or_obsolete()
        with kept.cursor() as cursor:
            return cursor.execute("SELECT name FROM spot").fetchone()[0]

    assert asked() == "one"
    first = kept.connection
    assert (asked(), kept.connection is first) == ("one", True)
    os.replace(other, path)
    assert asked() == "other"
    kept.close()
