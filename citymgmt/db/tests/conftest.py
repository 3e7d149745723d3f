"""A town of 3 × 2 cells of 0.01°, spots, roads and shapes."""

import pytest
from django.contrib.gis.geos import LineString, Point, Polygon
from django.db import connection, connections

from .models import MODELS, Cell, Road, Shape, Spot

WEST, SOUTH, SIDE = 103.70, 36.10, 0.01


def cell(column, row):
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    return Polygon.from_bbox((west, south, west + SIDE, south + SIDE))


def at(east, north, srid=4490):
    """A point so many cells east and north of the town's corner."""
    return Point(WEST + east * SIDE, SOUTH + north * SIDE, srid=srid)


def line(*ends, srid=4490):
    return LineString([at(*end).coords for end in ends], srid=srid)


@pytest.fixture(scope="session")
def _tables(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            for model in MODELS:
                editor.create_model(model)
        yield
        with connection.schema_editor() as editor:
            for model in MODELS:
                editor.delete_model(model)


def build(using="default"):
    Cell.objects.using(using).bulk_create(
        Cell(name=f"{column}{row}", geom=cell(column, row))
        for column in range(3)
        for row in range(2)
    )
    Spot.objects.using(using).bulk_create(
        [
            Spot(name="inside", geom=at(0.5, 0.5), wgs=at(0.5, 0.5, 4326), reach=100),
            Spot(name="corner", geom=at(1, 1), wgs=at(1, 1, 4326), reach=2000),
            Spot(name="outside", geom=at(9, 9), wgs=at(9, 9, 4326), reach=10),
            Spot(name="nowhere"),
        ]
    )
    Road.objects.using(using).bulk_create(
        [
            Road(name="through", geom=line((-1, 0.5), (4, 0.5))),
            Road(name="inner", geom=line((0.2, 0.2), (0.8, 0.8))),
            Road(name="edge", geom=line((0, 0), (1, 0))),
        ]
    )
    Shape.objects.using(using).bulk_create(
        [
            Shape(name="block", geom=Polygon.from_bbox((WEST, SOUTH, WEST + 0.015, SOUTH + 0.015))),
            Shape(name="spot", geom=at(0.5, 0.5)),
            Shape(name="empty", geom=Polygon()),
        ]
    )


@pytest.fixture
def town(_tables, db):
    build()


@pytest.fixture
def embedded(tmp_path, django_db_blocker):
    """An embedded database of this test alone, whatever the profile; its tables are empty."""
    alias = "embedded"
    wanted = {"ENGINE": "citymgmt.db", "NAME": str(tmp_path / "embedded.sqlite3")}
    known = connections.configure_settings({"default": {}, alias: wanted})
    connections.settings[alias] = known[alias]
    with django_db_blocker.unblock():
        with connections[alias].schema_editor() as editor:
            for model in MODELS:
                editor.create_model(model)
        yield connections[alias]
        connections[alias].close()
    del connections[alias]
    del connections.settings[alias]
