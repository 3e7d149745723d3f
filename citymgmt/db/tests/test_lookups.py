"""Every supported lookup, on whichever database the profile has."""

import pytest
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Polygon
from django.contrib.gis.measure import D
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from .conftest import SIDE, SOUTH, WEST, at, cell, line
from .models import Cell, Road, Shape, Spot

pytestmark = pytest.mark.usefixtures("town")

ROW = Polygon.from_bbox((WEST, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE))
ROW.srid = 4490
HALF = Polygon.from_bbox((WEST + SIDE / 2, SOUTH + SIDE / 4, WEST + 1.5 * SIDE, SOUTH + SIDE / 2))
HALF.srid = 4490
BIG = Polygon.from_bbox((WEST - 1, SOUTH - 1, WEST + 1, SOUTH + 1))
BIG.srid = 4490
FAR = Polygon.from_bbox((10, 10, 11, 11))
FAR.srid = 4490
ALL_CELLS = {"00", "01", "10", "11", "20", "21"}
LOWER = {"00", "10", "20"}

CASES = [
    (Cell, "covers", at(0.5, 0.5), {"00"}),
    (Cell, "covers", at(1, 1), {"00", "01", "10", "11"}),
    (Cell, "covers", at(9, 9), set()),
    (Cell, "covers", line((0.2, 0.2), (0.8, 0.8)), {"00"}),
    (Cell, "contains", at(0.5, 0.5), {"00"}),
    (Cell, "contains", at(1, 1), set()),
    (Cell, "coveredby", ROW, LOWER),
    (Cell, "within", ROW, LOWER),
    (Cell, "within", cell(0, 0), {"00"}),
    (Cell, "intersects", HALF, {"00", "10"}),
    (Cell, "intersects", line((0.5, 0.5), (1.6, 1.4)), {"00", "10", "11"}),
    (Cell, "disjoint", HALF, {"01", "11", "20", "21"}),
    (Cell, "disjoint", FAR, ALL_CELLS),
    (Cell, "overlaps", HALF, {"00", "10"}),
    (Cell, "overlaps", cell(0, 0), set()),
    (Cell, "touches", cell(0, 0), {"01", "10", "11"}),
    (Cell, "crosses", line((0.5, 0.5), (0.5, 9)), {"00", "01"}),
    (Cell, "equals", cell(1, 1), {"11"}),
    (Cell, "exact", cell(1, 1), {"11"}),
    (Cell, "same_as", cell(1, 1), {"11"}),
    (Cell, "bboverlaps", HALF, {"00", "10"}),
    (Cell, "bbcontains", at(0.5, 0.5), {"00"}),
    (Cell, "contained", BIG, ALL_CELLS),
    (Cell, "dwithin", (at(3.5, 0.5), 0.006), {"20"}),
    (Cell, "dwithin", (at(3.5, 0.5), 0.004), set()),
    (Road, "crosses", cell(0, 0), {"through"}),
    (Road, "within", cell(0, 0), {"inner"}),
    (Road, "coveredby", cell(0, 0), {"inner", "edge"}),
    (Road, "touches", cell(0, 0), {"edge"}),
    (Spot, "within", ROW, {"inside"}),
    (Spot, "coveredby", ROW, {"inside", "corner"}),
    (Spot, "dwithin", (at(0.5, 0.5), 0.008), {"inside", "corner"}),
    (Spot, "distance_lte", (at(0.5, 0.5), D(m=10)), {"inside"}),
    (Spot, "distance_lt", (at(0.5, 0.5), D(km=2)), {"inside", "corner"}),
    (Spot, "distance_lt", (at(0.5, 0.5), 2000), {"inside", "corner"}),
    (Spot, "distance_gt", (at(0.5, 0.5), D(km=2)), {"outside"}),
    (Spot, "distance_gte", (at(0.5, 0.5), D(m=10)), {"corner", "outside"}),
    (Spot, "distance_lte", (at(0.5, 0.5), D(km=2), "spheroid"), {"inside", "corner"}),
    (Spot, "isnull", True, {"nowhere"}),
    (Spot, "isnull", False, {"inside", "corner", "outside"}),
    (Shape, "covers", at(0.5, 0.5), {"block", "spot"}),
    (Shape, "bboverlaps", BIG, {"block", "spot"}),
    (Shape, "disjoint", FAR, {"block", "spot", "empty"}),
    (Shape, "intersects", BIG, {"block", "spot"}),
    (Shape, "isvalid", True, {"block", "spot", "empty"}),
    (Shape, "isempty", True, {"empty"}),
]


def names(rows):
    return {row.name for row in rows}


@pytest.mark.parametrize(
    ("model", "lookup", "value", "expected"),
    CASES,
    ids=[f"{model.__name__}-{lookup}-{number}" for number, (model, lookup, *_) in enumerate(CASES)],
)
def test_lookup_finds_the_rows(model, lookup, value, expected):
    if isinstance(value, Polygon):
        value = value.clone()
        value.srid = 4490
    found = model.objects.filter(**{f"geom__{lookup}": value})

    assert names(found) == expected
    rest = model.objects.exclude(**{f"geom__{lookup}": value})
    assert names(rest) == names(model.objects.all()) - expected


def test_a_value_in_another_system_is_transformed():
    assert names(Cell.objects.filter(geom__covers=at(0.5, 0.5, srid=4326))) == {"00"}
    in_metres = at(0.5, 0.5).transform(4507, clone=True)
    assert names(Cell.objects.filter(geom__covers=in_metres)) == {"00"}
    assert names(Spot.objects.filter(wgs__within=ROW)) == {"inside"}


def test_dwithin_refuses_metres_on_degrees():
    with pytest.raises(ValueError, match="degree units"):
        Spot.objects.filter(geom__dwithin=(at(0, 0), D(m=5))).exists()


def test_distance_from_an_expression():
    near = Spot.objects.filter(geom__distance_lte=(at(0.5, 0.5), F("reach")))
    assert names(near) == {"inside", "corner"}
    assert names(Spot.objects.filter(geom__dwithin=(at(0.5, 0.5), F("reach")))) == {
        "inside", "corner", "outside"
    }  # fmt: skip


def test_metres_of_a_projected_field():
    road = Road.objects.get(name="inner")
    road.flat = road.geom.transform(4507, clone=True)
    road.save()
    start = at(0.2, 0.2).transform(4507, clone=True)
    start.x -= 30
    assert names(Road.objects.filter(flat__dwithin=(start, D(m=31)))) == {"inner"}
    assert names(Road.objects.filter(flat__dwithin=(start, D(m=10)))) == set()
    assert names(Road.objects.filter(flat__distance_lt=(start, D(m=31)))) == {"inner"}
    assert names(Road.objects.filter(flat__distance_lt=(start, D(m=10)))) == set()


def test_conditions_joined_by_or_and_not():
    inner = Q(geom__covers=at(0.5, 0.5))
    assert names(Cell.objects.filter(inner | Q(geom__covers=at(2.5, 0.5)))) == {"00", "20"}
    assert names(Cell.objects.filter(~inner)) == ALL_CELLS - {"00"}
    assert Cell.objects.filter(inner, name="10").count() == 0


def test_a_column_on_the_right():
    cells = Cell.objects.filter(geom__covers=OuterRef("geom")).order_by("name")
    spots = Spot.objects.annotate(cell=Subquery(cells.values("name")[:1]))
    assert dict(spots.values_list("name", "cell")) == {
        "inside": "00", "corner": "00", "outside": None, "nowhere": None
    }  # fmt: skip
    crossed = Road.objects.filter(name="through", geom__crosses=OuterRef("geom"))
    assert names(Cell.objects.filter(Exists(crossed))) == LOWER


def test_counting_within_cells():
    spots = Spot.objects.filter(geom__coveredby=OuterRef("geom")).order_by()
    counted = spots.annotate(one=F("reach") * 0 + 1).values("one").annotate(n=Count("pk"))
    cells = Cell.objects.annotate(n=Subquery(counted.values("n")))
    assert dict(cells.values_list("name", "n")) == {
        "00": 2, "01": 1, "10": 1, "11": 1, "20": None, "21": None
    }  # fmt: skip


def test_the_nearest_first_and_the_unknown_apart():
    here = at(0.9, 0.9)
    spots = Spot.objects.annotate(away=Distance("geom", here))
    known = spots.filter(geom__isnull=False).order_by("away")
    assert [spot.name for spot in known] == ["corner", "inside", "outside"]
    assert spots.get(name="nowhere").away is None


def test_updates_and_deletes_are_seen_by_the_next_lookup():
    spot = Spot.objects.get(name="outside")
    spot.geom = at(2.5, 0.5)
    spot.save()
    assert names(Spot.objects.filter(geom__within=ROW)) == {"inside", "outside"}
    Spot.objects.filter(name="inside").update(geom=at(9, 9))
    assert names(Spot.objects.filter(geom__within=ROW)) == {"outside"}
    Spot.objects.filter(geom__within=ROW).delete()
    assert names(Spot.objects.all()) == {"inside", "corner", "nowhere"}
    assert not Spot.objects.filter(geom__within=ROW).exists()
    Spot.objects.filter(geom__dwithin=(at(1, 1), 0.001)).update(geom=None)
    assert Spot.objects.get(name="corner").geom is None
    assert names(Spot.objects.filter(geom__dwithin=(at(9, 9), 0.001))) == {"inside"}
