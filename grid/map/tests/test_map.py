"""The map page and its layers: who may see them, what they answer, what they refuse."""

import gzip
import json
from datetime import date

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grid.build.store import AreaRow, compose_duty_grids, store_areas
from grid.geometry import to_geos
from grid.models import MapFeature, UnitGrid
from grid.places.queries import find_places
from grid.tests.people import person

pytestmark = pytest.mark.django_db
WEST, SOUTH, SIDE = 103.70, 36.10, 0.001
BOX = f"{WEST},{SOUTH},{WEST + 5 * SIDE},{SOUTH + SIDE}"
LAYERS = ("grid:base_json", "grid:cells_json")


def cell(number):
    west = WEST + (number - 1) * SIDE
    return shapely.box(west, SOUTH, west + SIDE * 0.9, SOUTH + SIDE * 0.9)


def add_cells(areas, *numbers):
    for n in numbers:
        UnitGrid.objects.create(
            code=f"620105001001{n:03d}", community=areas["620105001001"],
            geometry=to_geos(cell(n)), area_m2=9_000,
        )  # fmt: skip


@pytest.fixture
def areas():
    ground = shapely.box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE)
    found = store_areas(
        AreaRow(code, name, ground)
        for code, name in (
            ("620105", "安宁区"), ("620105001", "培黎街道"), ("620105001001", "费家营社区"),
        )
    )  # fmt: skip
    add_cells(found, 1)
    compose_duty_grids()
    return found


@pytest.fixture
def reader(client):
    user = person("reader", "see_map")
    client.force_login(user)
    return client


def get(client, name, **query):
    return client.get(reverse(name), query)


def test_base_map_holds_areas_and_features(reader, areas):
    line = shapely.LineString([(WEST, SOUTH), (WEST + SIDE, SOUTH)])
    road = MapFeature(kind="road_main", name="建宁路", geometry=to_geos(line), schematic=True)
    road.save()
    data = get(reader, "grid:base_json").json()
    kinds = {f["properties"]["kind"]: f["properties"]["name"] for f in data["features"]}
    assert kinds == {
        "road_main": "建宁路", "district": "安宁区", "street": "培黎街道",
        "community": "费家营社区",
    }  # fmt: skip
    assert data["schematic"] is True
    assert data["features"][0]["geometry"]["coordinates"] == [[103.7, 36.1], [103.701, 36.1]]


def test_base_map_is_not_sent_twice(reader, areas):
    first = get(reader, "grid:base_json")
    assert "private" in first["Cache-Control"]
    again = reader.get(reverse("grid:base_json"), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    areas["620105"].name = "renamed"
    areas["620105"].save(update_fields=["name"])
    changed = reader.get(reverse("grid:base_json"), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_layers_are_compressed(reader, areas):
    answer = reader.get(reverse("grid:base_json"), headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content))["type"] == "FeatureCollection"


def test_cells_of_a_box(reader, areas):
    data = get(reader, "grid:cells_json", bbox=BOX).json()
    assert [f["properties"]["code"] for f in data["features"]] == ["620105001001001"]
    assert data["truncated"] is False
    far = f"{WEST + 1},{SOUTH},{WEST + 2},{SOUTH + 1}"
    assert get(reader, "grid:cells_json", bbox=far).json()["features"] == []


def test_too_many_cells_are_told(reader, areas, monkeypatch):
    add_cells(areas, 2, 3)
    monkeypatch.setattr("grid.map.views.CELL_LIMIT", 2)
    data = get(reader, "grid:cells_json", bbox=BOX).json()
    assert (len(data["features"]), data["truncated"]) == (2, True)


def test_layers_ask_as_often_for_three_cells_as_for_one(reader, areas):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            get(reader, "grid:cells_json", bbox=BOX)
        return len(seen)

    one = queries()
    add_cells(areas, 2, 3)
    assert queries() == one


@pytest.mark.parametrize(
    "bbox",
    ["", "1,2,3", "a,b,c,d", "104,36,103,37", "103,nan,104,37", "36,103,37,104", "0,0,999,1"],
)
def test_a_box_that_is_none_is_refused(reader, bbox):
    answer = get(reader, "grid:cells_json", bbox=bbox)
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["code"], list(problem["fields"])) == ("bad_bbox", ["bbox"])


def test_a_cell_says_where_it_lies_and_who_walks_it(reader, areas):
    walker = person("walker")
    UnitGrid.objects.get().duty_grid.collectors.add(walker)
    page = reader.get(reverse("grid:cell_card", args=["620105001001001"])).content.decode()
    for text in ("620105001001001", "培黎街道", "费家营社区", "walker"):
        assert text in page
    assert reader.get(reverse("grid:cell_card", args=["620105001001009"])).status_code == 404


def test_the_map_is_for_those_who_may_see_it(client, areas):
    addresses = [reverse("grid:map"), reverse("grid:cell_card", args=["620105001001001"])]
    addresses += [f"{reverse(name)}?bbox={BOX}" for name in LAYERS]
    for address in addresses:
        assert client.get(address).status_code == 302
    client.force_login(person("stranger", "publish"))
    assert {client.get(address).status_code for address in addresses} == {403}
    client.force_login(person("reader", "see_map"))
    assert {client.get(address).status_code for address in addresses} == {200}
    assert client.post(reverse("grid:base_json")).status_code == 405


def test_the_page_says_that_a_schematic_is_one(reader, areas):
    assert reader.get(reverse("grid:map")).context["schematic"] is False
    line = shapely.LineString([(WEST, SOUTH), (WEST + SIDE, SOUTH)])
    MapFeature.objects.create(kind="lane", geometry=to_geos(line), schematic=True)
    assert reader.get(reverse("grid:map")).context["schematic"] is True


def test_places_are_found_by_code_and_name(areas):
    line = shapely.LineString([(WEST, SOUTH), (WEST + SIDE, SOUTH)])
    for _n in range(2):
        MapFeature.objects.create(kind="road_main", name="培黎路", geometry=to_geos(line))
    assert [p["name"] for p in find_places("培黎")] == ["培黎街道", "培黎路"]
    assert [p["name"] for p in find_places("620105001")] == ["620105001001001"]
    place = find_places("费家营")[0]
    assert WEST < place["lon"] < WEST + 3 * SIDE
    assert find_places("nowhere") == []


# --- days and large cities ----------------------------------------------------------------------
def test_the_grid_on_another_day(reader, areas):
    add_cells(areas, 2)
    UnitGrid.objects.filter(code__endswith="001").update(
        start_date=date(2026, 1, 1), end_date=date(2026, 3, 1)
    )
    UnitGrid.objects.filter(code__endswith="002").update(start_date=date(2026, 3, 1))

    def codes(**days):
        data = get(reader, "grid:cells_json", bbox=BOX, **days).json()
        return [feature["properties"]["code"][-3:] for feature in data["features"]]

    assert (codes(on="2026-02-28"), codes(on="2026-03-01"), codes()) == (["001"], ["002"], ["002"])
    assert get(reader, "grid:cells_json", bbox=BOX, on="yesterday").json()["code"] == "bad_day"
    page = get(reader, "grid:map", on="2026-02-28").content.decode()
    assert "cells.json?on=2026-02-28" in page


def test_a_cell_says_what_became_of_it(reader, areas):
    add_cells(areas, 2)
    old, new = UnitGrid.objects.order_by("code")[:2]
    new.predecessors.add(old)
    for cell, other in ((old, new), (new, old)):
        page = reader.get(reverse("grid:cell_card", args=[cell.code])).content.decode()
        assert other.code in page


def test_a_large_base_map_leaves_the_small_roads_to_their_own_layer(reader, areas, monkeypatch):
    line = to_geos(shapely.LineString([(WEST, SOUTH), (WEST + SIDE, SOUTH + SIDE)]))
    kinds = ["lane", "lane", "road_secondary", "road_main"]
    MapFeature.objects.all().delete()
    MapFeature.objects.bulk_create(MapFeature(kind=kind, geometry=line) for kind in kinds)

    def drawn(name, **query):
        features = get(reader, name, **query).json()["features"]
        return sorted(f["properties"]["kind"] for f in features if f["geometry"]["type"][0] == "L")

    assert drawn("grid:base_json") == sorted(kinds)
    assert "roads.json" not in get(reader, "grid:map").content.decode()
    monkeypatch.setattr("grid.map.views.FEATURE_LIMIT", 2)
    assert drawn("grid:base_json") == ["road_main", "road_secondary"]
    assert drawn("grid:roads_json", bbox=BOX) == ["lane", "lane"]
    assert "roads.json" in get(reader, "grid:map").content.decode()
