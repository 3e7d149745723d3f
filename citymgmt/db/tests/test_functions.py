"""Functions and aggregates, on whichever database the profile has."""

import json

import pytest
from django.contrib.gis.db.models import Collect, Extent, MakeLine, PointField, Union
from django.contrib.gis.db.models import functions as geo
from django.contrib.gis.geos import GEOSGeometry, Point, Polygon
from django.core import serializers
from django.db.models import Count, F, Value

from .conftest import SIDE, SOUTH, WEST, at, cell, line
from .models import Cell, Road, Shape, Spot

pytestmark = pytest.mark.usefixtures("town")

# ST_DistanceSphere and ST_DistanceSpheroid from the middle of cell 00 to its corner.
SPHERE_M, SPHEROID_M = 714.7524, 714.4885


def one(model, name, expression):
    return model.objects.annotate(answer=expression).get(name=name).answer


def test_distance_in_metres_on_degrees():
    here = at(0.5, 0.5)
    assert one(Spot, "corner", geo.Distance("geom", here)).m == pytest.approx(SPHERE_M, rel=1e-5)
    spheroid = geo.Distance("geom", here, spheroid=True)
    assert one(Spot, "corner", spheroid).m == pytest.approx(SPHEROID_M, rel=1e-5)
    assert one(Spot, "inside", geo.Distance("geom", here)).m == 0
    assert one(Spot, "nowhere", geo.Distance("geom", here)) is None
    wgs = geo.Distance("wgs", at(0.5, 0.5, srid=4326))
    assert one(Spot, "corner", wgs).m == pytest.approx(SPHERE_M, rel=1e-5)


def test_distance_to_lines_and_areas():
    """Expected: ST_DistanceSphere, which follows great circles where we follow the plane."""
    assert one(Cell, "20", geo.Distance("geom", at(4, 0.5))).m == pytest.approx(898.388, rel=1e-4)
    assert one(Cell, "00", geo.Distance("geom", at(0.5, 0.5))).m == 0
    assert one(Road, "inner", geo.Distance("geom", at(0.5, 0.5))).m == pytest.approx(0, abs=0.05)
    away = one(Road, "edge", geo.Distance("geom", at(0.5, 0.5)))
    assert away.m == pytest.approx(555.964, rel=1e-4)


def test_length_in_metres():
    """900.497 on the spheroid; the zone of 105° E stretches it by 0.016 %."""
    assert one(Road, "edge", geo.Length("geom")).m == pytest.approx(900.4972, rel=1e-6)
    in_zone = geo.Length(geo.Transform("geom", 4507))
    assert one(Road, "edge", in_zone).m == pytest.approx(900.497, rel=3e-4)


def test_area_of_a_projected_geometry():
    """900.4 m × 1109.6 m."""
    area = one(Cell, "00", geo.Area(geo.Transform("geom", 4507)))
    assert area.sq_m == pytest.approx(900.44 * 1109.6, rel=1e-3)


def test_transform():
    moved = one(Spot, "corner", geo.Transform("geom", 3857))
    assert moved.srid == 3857
    assert moved.x == pytest.approx((WEST + SIDE) * 20037508.342789 / 180, abs=0.01)
    assert one(Spot, "nowhere", geo.Transform("geom", 3857)) is None
    assert one(Spot, "corner", geo.Transform("geom", 4326)).coords == pytest.approx(
        (WEST + SIDE, SOUTH + SIDE)
    )


def test_geometry_from_geometry():
    middle = one(Cell, "00", geo.Centroid("geom"))
    assert (middle.srid, middle.geom_type) == (4490, "Point")
    assert middle.coords == pytest.approx(at(0.5, 0.5).coords)
    on_it = one(Cell, "00", geo.PointOnSurface("geom"))
    assert cell(0, 0).contains(on_it)
    around = one(Road, "inner", geo.Envelope("geom"))
    assert around.extent == pytest.approx((103.702, 36.102, 103.708, 36.108))


def test_overlay():
    half = Polygon.from_bbox((WEST, SOUTH, WEST + SIDE / 2, SOUTH + SIDE))
    half.srid = 4490
    assert one(Cell, "00", geo.Intersection("geom", half)).area == pytest.approx(SIDE**2 / 2)
    assert one(Cell, "00", geo.Difference("geom", half)).area == pytest.approx(SIDE**2 / 2)
    assert one(Cell, "10", geo.Union("geom", half)).area == pytest.approx(SIDE**2 * 1.5)
    assert one(Cell, "10", geo.SymDifference("geom", half)).area == pytest.approx(SIDE**2 * 1.5)
    nothing = one(Cell, "21", geo.Intersection("geom", half))
    assert nothing.empty
    assert nothing.srid == 4490


def test_overlay_in_another_system_is_transformed():
    half = Polygon.from_bbox((WEST, SOUTH, WEST + SIDE / 2, SOUTH + SIDE))
    half.srid = 4326
    assert one(Cell, "00", geo.Intersection("geom", half)).area == pytest.approx(SIDE**2 / 2)


def test_validity():
    bow = Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)], srid=4490)
    Shape.objects.create(name="bow", geom=bow)
    assert one(Shape, "bow", geo.IsValid("geom")) is False
    assert one(Shape, "block", geo.IsValid("geom")) is True
    repaired = one(Shape, "bow", geo.MakeValid("geom"))
    assert repaired.valid
    assert repaired.area == pytest.approx(0.5)


def test_counts():
    assert one(Cell, "00", geo.NumPoints("geom")) == 5
    assert one(Road, "edge", geo.NumPoints("geom")) == 2
    assert one(Shape, "spot", geo.NumPoints("geom")) == 1


def test_text_forms():
    plain = json.loads(one(Spot, "corner", geo.AsGeoJSON("geom")))
    assert plain == {"type": "Point", "coordinates": [103.71, 36.11]}
    rounded = json.loads(one(Cell, "00", geo.AsGeoJSON("geom", precision=1, bbox=True, crs=True)))
    assert rounded["coordinates"][0][0] == [103.7, 36.1]
    assert rounded["bbox"] == [103.7, 36.1, 103.7, 36.1]
    assert rounded["crs"]["properties"]["name"] == "EPSG:4490"
    text = GEOSGeometry(one(Spot, "corner", geo.AsWKT("geom")))
    assert text.coords == pytest.approx((103.71, 36.11), abs=1e-12)
    binary = GEOSGeometry(memoryview(one(Spot, "corner", geo.AsWKB("geom"))))
    assert binary.coords == at(1, 1).coords
    assert one(Spot, "nowhere", geo.AsGeoJSON("geom")) is None


def test_extent():
    box = Cell.objects.aggregate(box=Extent("geom"))["box"]
    assert box == pytest.approx((WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 2 * SIDE))
    assert Cell.objects.none().aggregate(box=Extent("geom"))["box"] is None
    assert Spot.objects.filter(geom=None).aggregate(box=Extent("geom"))["box"] is None


def test_union_and_collection():
    answer = Cell.objects.aggregate(one=Union("geom"), many=Collect("geom"))
    assert answer["one"].geom_type == "Polygon"
    assert answer["one"].srid == 4490
    assert answer["one"].area == pytest.approx(6 * SIDE**2)
    assert answer["many"].geom_type == "MultiPolygon"
    assert len(answer["many"]) == 6
    mixed = Shape.objects.exclude(name="empty").aggregate(many=Collect("geom"))["many"]
    assert mixed.geom_type == "GeometryCollection"
    assert Spot.objects.filter(geom=None).aggregate(one=Union("geom"))["one"] is None


def test_aggregates_by_group():
    rows = Cell.objects.values(row=F("name")).annotate(n=Count("pk"), box=Extent("geom"))
    assert len(rows) == 6
    assert all(row["n"] == 1 for row in rows)


def test_a_value_as_the_geometry():
    fixed = Value(Point(103.71, 36.11, srid=4490), output_field=PointField(srid=4490))
    assert one(Spot, "inside", geo.Distance(fixed, "geom")).m == pytest.approx(SPHERE_M, rel=1e-5)


def test_rows_survive_dump_and_load():
    dumped = serializers.serialize("json", Spot.objects.order_by("pk"))
    field = Spot._meta.get_field("geom")
    loaded = [field.to_python(row["fields"]["geom"]) for row in json.loads(dumped)]
    Spot.objects.bulk_create([Spot(name=f"copy {n}", geom=geom) for n, geom in enumerate(loaded)])
    copies = Spot.objects.filter(name__startswith="copy").order_by("pk")
    originals = Spot.objects.exclude(name__startswith="copy").order_by("pk")
    assert [spot.geom for spot in copies] == [spot.geom for spot in originals]
    assert copies[0].geom.srid == 4490


def test_empty_and_null_come_back():
    assert Shape.objects.get(name="empty").geom.empty
    assert Spot.objects.get(name="nowhere").geom is None
    assert Spot.objects.get(name="corner").geom == at(1, 1)
    assert Spot.objects.get(name="corner").wgs.srid == 4326


def test_bulk_update_and_returned_keys():
    new = Road.objects.create(name="new", geom=line((0, 0), (2, 2)))
    other = Road.objects.create(name="other", geom=line((0, 0), (2, 2)))
    assert other.pk == new.pk + 1
    new.geom, other.geom = line((5, 5), (6, 6)), line((7, 7), (8, 8))
    assert Road.objects.bulk_update([new, other], ["geom"]) == 2
    assert Road.objects.get(geom__covers=at(5, 5)) == new
    assert Road.objects.get(geom__covers=at(8, 8)) == other


def test_line_from_points_is_refused_by_the_embedded_backend(embedded):
    with pytest.raises(Exception, match="MakeLine"):
        Spot.objects.using("embedded").aggregate(MakeLine("geom"))


def test_sql_is_shown_for_a_lookup():
    assert "spatial_cell" in str(Cell.objects.filter(geom__covers=at(0, 0)).query)
