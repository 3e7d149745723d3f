"""The demonstration's components: many, of many classes, each on its cell with its departments."""

from collections import Counter
from datetime import date

import pytest
import shapely

from citymgmt.accounts.models import Department
from citymgmt.demo.city.components import RECIPE, make_components
from citymgmt.demo.city.loading import load_schematic
from grid.geometry import from_geos, to_geos
from grid.models import UnitGrid
from inventory.classes.loading import load_classes
from inventory.components.placing import Ground
from inventory.models import Component

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 1)
ROLES = {
    ("component", "0101"): ("water_supply", ["owner_unit"]),
    ("component", "0123"): ("street_office", []),
}


@pytest.fixture
def drawn():
    load_classes()
    return load_schematic()[0]


def department(code):
    return Department.objects.create(code=code, name_zh=code, kind="utility")


def test_a_district_full_of_components(drawn):
    water, owner = department("water_supply"), department("owner_unit")
    street = department("street-620105001")
    made = make_components(drawn.roads, roles=ROLES, today=TODAY)
    assert made == Component.objects.count() >= 20_000
    codes = Counter(code[6:10] for code in Component.objects.values_list("code", flat=True))
    assert set(codes) == {code for code, *_rest in RECIPE}
    covers = Component.objects.filter(matter_class__code="0101")
    assert set(covers.values_list("maintainer", flat=True)) == {water.pk}
    assert set(covers.values_list("owner", flat=True)) == {water.pk, owner.pk}
    unknown = Component.objects.filter(matter_class__code="0123")
    here = unknown.filter(community__parent__code="620105001")
    assert set(here.values_list("owner", flat=True)) == {street.pk}
    assert make_components(drawn.roads, roles=ROLES, today=TODAY) == made
    assert Component.objects.count() == made


def test_components_lie_in_their_cell(drawn):
    make_components(drawn.roads[60:90], roles={}, today=TODAY)
    rows = Component.objects.select_related("unit_grid")
    assert rows.exists()
    for row in rows[::10]:
        assert row.unit_grid.community_id == row.community_id
        assert from_geos(row.unit_grid.geometry).intersects(from_geos(row.geometry))
        assert row.surveyed_on < TODAY


def test_the_same_seed_places_the_same(drawn):
    def places():
        rows = Component.objects.order_by("code")
        return [(c.code, c.geometry.coords, c.status) for c in rows]

    make_components(drawn.roads[60:90], roles={}, today=TODAY, seed=3)
    first = places()
    Component.objects.all().delete()
    make_components(drawn.roads[60:90], roles={}, today=TODAY, seed=3)
    assert places() == first


def test_ground_answers_like_locate(drawn):
    ground = Ground()
    cell = UnitGrid.objects.order_by("code")[7]
    shape = from_geos(cell.geometry)
    corner = shapely.Point(shape.exterior.coords[0])
    inside, outside = shape.point_on_surface(), shapely.Point(0, 0)
    found = ground.cells_of([inside, outside, corner])
    assert (found[0].pk, found[1]) == (cell.pk, None)
    touching = UnitGrid.objects.filter(geometry__intersects=to_geos(corner))
    assert found[2].code == touching.order_by("code")[0].code
