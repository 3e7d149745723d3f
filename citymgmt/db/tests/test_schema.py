"""Migrations of geometry columns, on whichever database the profile has."""

import pytest
from django.contrib.gis.db import models
from django.db import IntegrityError, connection, transaction
from django.db.migrations import AddField, AlterField, CreateModel, RemoveField, RenameField
from django.db.migrations.operations import RenameModel
from django.db.migrations.state import ProjectState

from .conftest import at, cell

pytestmark = pytest.mark.django_db(transaction=True)

SITE = CreateModel(
    "Site",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("geom", models.PointField(srid=4490)),
    ],
)


class Migrated:
    """The table of model Site (or what it was renamed to), changed step by step."""

    def __init__(self):
        self.state = ProjectState()
        self.name = "Site"
        self.run(SITE)

    def run(self, operation):
        before, after = self.state, self.state.clone()
        operation.state_forwards("yard", after)
        with connection.schema_editor() as editor:
            operation.database_forwards("yard", editor, before, after)
        self.state = after

    @property
    def rows(self):
        return self.state.apps.get_model("yard", self.name).objects

    def near(self, field="geom"):
        found = self.rows.filter(**{f"{field}__coveredby": cell(0, 0)})
        return sorted(found.values_list("name", flat=True))


@pytest.fixture
def site():
    made = Migrated()
    made.rows.create(name="in", geom=at(0.5, 0.5))
    made.rows.create(name="out", geom=at(5, 5))
    yield made
    with connection.schema_editor() as editor:
        editor.delete_model(made.state.apps.get_model("yard", made.name))
    with connection.cursor() as cursor:
        left = connection.introspection.get_table_list(cursor)
    assert not [table.name for table in left if table.name.startswith("yard_")]


def test_add_a_column_that_may_be_empty(site):
    site.run(AddField("site", "area", models.PolygonField(srid=4490, null=True)))
    site.rows.filter(name="in").update(area=cell(0, 0))
    assert site.rows.get(area__covers=at(0.1, 0.1)).name == "in"
    assert site.near() == ["in"]


def test_add_a_column_with_a_default(site):
    site.run(AddField("site", "area", models.PolygonField(srid=4490, default=cell(0, 0))))
    assert site.rows.filter(area__covers=at(0.1, 0.1)).count() == 2
    assert site.near() == ["in"]


def test_add_another_column(site):
    site.run(AddField("site", "size", models.IntegerField(default=3)))
    assert site.near() == ["in"]
    site.rows.create(name="late", geom=at(0.2, 0.2))
    assert site.near() == ["in", "late"]


def test_allow_and_forbid_null(site):
    site.run(AlterField("site", "geom", models.PointField(srid=4490, null=True)))
    empty = site.rows.create(name="null", geom=None)
    assert site.near() == ["in"]
    empty.delete()
    site.run(AlterField("site", "geom", models.PointField(srid=4490)))
    assert site.near() == ["in"]
    with pytest.raises(IntegrityError), transaction.atomic():
        site.rows.create(name="null", geom=None)


def test_rename_a_column(site):
    site.run(RenameField("site", "geom", "place"))
    site.rows.create(name="late", place=at(0.2, 0.2))
    site.rows.filter(name="in").update(place=at(7, 7))
    assert site.near("place") == ["late"]


def test_rename_the_key(site):
    site.run(RenameField("site", "id", "number"))
    site.rows.create(name="late", geom=at(0.2, 0.2))
    assert site.near() == ["in", "late"]


def test_rename_the_table(site):
    site.run(RenameModel("Site", "Place"))
    site.name = "Place"
    site.rows.create(name="late", geom=at(0.2, 0.2))
    assert site.near() == ["in", "late"]


def test_remove_a_column(site):
    site.run(AddField("site", "area", models.PolygonField(srid=4490, null=True)))
    site.run(RemoveField("site", "geom"))
    site.rows.create(name="late", area=cell(0, 0))
    assert site.rows.get(area__covers=at(0.1, 0.1)).name == "late"


def test_with_and_without_index(site):
    site.run(AlterField("site", "geom", models.PointField(srid=4490, spatial_index=False)))
    site.rows.create(name="late", geom=at(0.2, 0.2))
    assert site.near() == ["in", "late"]
    site.run(AlterField("site", "geom", models.PointField(srid=4490)))
    assert site.near() == ["in", "late"]


def test_a_constraint_remakes_the_table(site):
    model = site.state.apps.get_model("yard", "Site")
    constraint = models.UniqueConstraint(fields=["name"], name="yard_site_name")
    with connection.schema_editor() as editor:
        editor.add_constraint(model, constraint)
    site.rows.create(name="late", geom=at(0.2, 0.2))
    assert site.near() == ["in", "late"]


def test_inspection_names_kind_and_system(site):
    site.run(AddField("site", "area", models.MultiPolygonField(srid=4326, null=True)))
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "yard_site")
    kinds = {}
    for column in columns:
        kind = connection.introspection.get_field_type(column.type_code, column)
        if kind == "GeometryField":
            kinds[column.name] = connection.introspection.get_geometry_type("yard_site", column)
    assert kinds == {
        "geom": ("PointField", {"srid": 4490}),
        "area": ("MultiPolygonField", {}),
    }
