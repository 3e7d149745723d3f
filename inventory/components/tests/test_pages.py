"""Components on the map, in the list and one by one."""

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grid.build.store import AreaRow, store_areas
from grid.geometry import to_geos
from grid.models import UnitGrid
from grid.tests.people import person
from inventory.classes.loading import load_classes
from inventory.components.queries import find_components
from inventory.models import Component, ComponentChange, MatterClass

pytestmark = pytest.mark.django_db
WEST, SOUTH, SIDE = 103.70, 36.10, 0.001
BOX = f"{WEST},{SOUTH},{WEST + SIDE},{SOUTH + SIDE}"


@pytest.fixture
def cell():
    load_classes()
    ground = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    areas = store_areas([
        AreaRow("620105", "安宁区", ground), AreaRow("620105001", "培黎街道", ground),
        AreaRow("620105001001", "费家营社区", ground),
    ])  # fmt: skip
    return UnitGrid.objects.create(
        code="620105001001001", community=areas["620105001001"], geometry=to_geos(ground),
        area_m2=9_990,
    )  # fmt: skip


def add(cell, number, cls="0137", **fields):
    matter = MatterClass.objects.get(edition__code="GB/T 30428.2-2013", kind="component", code=cls)
    point = shapely.Point(WEST + SIDE / 2, SOUTH + SIDE / 2)
    given = {
        "code": f"620105{cls}{number:06d}", "matter_class": matter, "name": matter.name_zh,
        "geometry": to_geos(point), "unit_grid": cell, "community": cell.community,
    }  # fmt: skip
    return Component.objects.create(**given | fields)


@pytest.fixture
def reader(client):
    client.force_login(person("reader", "see_map"))
    return client


def layer(client, zoom, bbox=BOX):
    return client.get(reverse("inventory:components_json"), {"bbox": bbox, "zoom": zoom})


def test_near_every_component_is_sent(reader, cell):
    lamp = add(cell, 1)
    add(cell, 2, status="lost")
    add(cell, 3, status="removed")
    line = shapely.LineString([(WEST, SOUTH), (WEST + SIDE, SOUTH + SIDE)])
    add(cell, 1, cls="0217", geometry=to_geos(line))
    features = layer(reader, 17).json()["features"]
    told = {f["properties"]["code"]: f["properties"] for f in features}
    assert set(told) == {lamp.code, "6201050137000002", "6201050217000001"}
    assert told[lamp.code]["url"] == reverse("inventory:component_card", args=[lamp.code])
    assert told["6201050137000002"]["status"] == "gone"
    assert {f["geometry"]["type"] for f in features} == {"Point"}


def test_far_each_cell_says_its_number(reader, cell):
    for n in (1, 2, 3):
        add(cell, n)
    add(cell, 4, status="removed")
    (feature,) = layer(reader, 15).json()["features"]
    assert feature["properties"]["count"] == 3
    assert WEST < feature["geometry"]["coordinates"][0] < WEST + SIDE


def test_too_many_are_told(reader, cell, monkeypatch):
    monkeypatch.setattr("inventory.components.views.LIMIT", 1)
    add(cell, 1)
    assert layer(reader, 18).json()["truncated"] is False
    add(cell, 2)
    data = layer(reader, 18).json()
    assert (len(data["features"]), data["truncated"]) == (1, True)


@pytest.mark.parametrize("zoom", ["x", "-1", "99", "1.5", "9" * 5_000])
def test_a_zoom_that_is_none_is_refused(reader, zoom):
    assert layer(reader, zoom).status_code == 400
    assert layer(reader, 17, bbox="1,2").json()["code"] == "bad_bbox"


def addresses(code):
    return [
        reverse("inventory:components"), reverse("inventory:component", args=[code]),
        reverse("inventory:component_card", args=[code]),
        f"{reverse('inventory:components_json')}?bbox={BOX}&zoom=15",
        f"{reverse('inventory:components_json')}?bbox={BOX}&zoom=17",
    ]  # fmt: skip


def test_queries_do_not_grow_with_rows(reader, cell):
    def counts():
        found = []
        for address in addresses(lamp.code):
            with CaptureQueriesContext(connection) as seen:
                assert reader.get(address).status_code == 200
            found.append(len(seen))
        return found

    lamp = add(cell, 1)
    ComponentChange.objects.create(component=lamp, after={"status": "lost"})
    one = counts()
    add(cell, 2)
    add(cell, 3, cls="0101")
    ComponentChange.objects.create(component=lamp, after={"status": "intact"})
    assert counts() == one


def test_components_are_for_those_who_may_see_them(client, cell):
    code = add(cell, 1).code
    assert {client.get(a).status_code for a in addresses(code)} == {302}
    client.force_login(person("stranger", "publish"))
    assert {client.get(a).status_code for a in addresses(code)} == {403}
    client.force_login(person("manager", "manage_components"))
    assert [client.get(a).status_code for a in addresses(code)[:2]] == [200, 200]


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({}, ["0101000001", "0137000001", "0137000002"]),
        ({"q": "6201050101"}, ["0101000001"]),
        ({"q": "路灯"}, ["0137000001", "0137000002"]),
        ({"q": "street lamp"}, ["0137000001", "0137000002"]),
        ({"q": "费家营"}, ["0101000001", "0137000001", "0137000002"]),
        ({"status": "lost"}, ["0137000002"]),
        ({"street": "620105001", "status": "intact"}, ["0101000001", "0137000001"]),
        ({"street": "620105009"}, []),
        ({"cls": "x"}, ["0101000001", "0137000001", "0137000002"]),
    ],
)
def test_the_list_is_searched(reader, cell, asked, codes):
    add(cell, 1)
    add(cell, 2, status="lost")
    add(cell, 1, cls="0101")
    page = reader.get(reverse("inventory:components"), asked)
    assert [row.code[6:] for row in page.context["page"]] == codes


def test_the_list_is_filtered_by_class(reader, cell):
    lamp = add(cell, 1)
    add(cell, 1, cls="0101")
    page = reader.get(reverse("inventory:components"), {"cls": lamp.matter_class_id})
    assert [row.pk for row in page.context["page"]] == [lamp.pk]


def test_a_component_says_all_that_is_known(reader, cell):
    lamp = add(cell, 1, remark="near the gate")
    ComponentChange.objects.create(component=lamp, after={"status": "lost"}, reason="storm")
    page = reader.get(reverse("inventory:component", args=[lamp.code])).content.decode()
    for text in (lamp.code, "near the gate", "storm", "培黎街道", "GB/T 47678.5-2026"):
        assert text in page
    assert reader.get(reverse("inventory:component", args=["6201050137999999"])).status_code == 404


def test_components_are_found_by_the_beginning_of_their_code(cell):
    lamp = add(cell, 1)
    assert [p["name"] for p in find_components(lamp.code[:10])] == [lamp.code]
    assert find_components("6201") == find_components("lamp") == []
