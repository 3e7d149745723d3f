"""The schematic district is stored whole, once, and without a fault."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from citymgmt.demo.city.loading import load_schematic
from grid.models import Area, DutyGrid, MapFeature, UnitGrid

pytestmark = pytest.mark.django_db


def test_schematic_district_is_stored_whole_once():
    drawn, figures = load_schematic()
    assert figures["gaps"] == figures["overlaps"] == figures["crossing"] == 0
    assert UnitGrid.objects.count() == figures["cells"] > 2_000
    assert Area.objects.filter(level="community").count() == len(drawn.communities)
    assert DutyGrid.objects.count() == len(drawn.communities)
    assert not UnitGrid.objects.filter(duty_grid=None).exists()
    assert not MapFeature.objects.filter(schematic=False).exists()
    before = set(UnitGrid.objects.values_list("id", flat=True))
    _drawn, again = load_schematic()
    assert again["cells"] == figures["cells"]
    assert set(UnitGrid.objects.values_list("id", flat=True)) == before


def test_stored_grid_is_checked_by_command():
    load_schematic()
    out = StringIO()
    call_command("check_grid", "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert found.pop("cells") == UnitGrid.objects.count()
    assert found.pop("findings") == []
    assert set(found.values()) == {0}
