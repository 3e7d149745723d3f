"""The terminal at a desk: the chosen case is in view, and its map speaks the page's language."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Case
from cases.states import State
from citymgmt.tests.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_chosen_case_is_in_view_in_its_lane(at, begun):
    cases = [begun(State.DISPOSING, cell=n % 3) for n in range(9)]
    row = at("handler").lane(cases[-1])
    edge, lane = row.bounding_box(), row.locator("xpath=ancestor::ul").bounding_box()
    assert lane["y"] - 1 <= edge["y"]
    assert edge["y"] + edge["height"] <= lane["y"] + lane["height"] + 1
    page = row.page
    layers = page.locator("#work .leaflet-control-layers-toggle")
    expect(layers).to_have_attribute("title", "图层")


def test_a_case_changes_its_lane_in_the_second_its_light_turns(at, begun, apart):
    case = begun(State.DISPOSING)
    page = at("handler").lane(case).page
    row = page.locator(f"#row-{case.number}")
    due = timezone.now() + timedelta(seconds=15)
    apart(Case.objects.filter(pk=case.pk).update, due_at=due, next_at=due)
    page.reload()
    expect(page.locator(".lane-green").locator(row)).to_have_count(1)
    expect(page.locator(".lane-red").locator(row)).to_have_count(1)
    expect(page.locator(".lane-red .count")).to_have_text("1")


def test_a_phone_shows_what_the_table_is_about_and_when_it_is_due(at, begun, apart):
    case = begun(State.DISPOSING)
    due = timezone.now() - timedelta(days=13, hours=13)
    apart(Case.objects.filter(pk=case.pk).update, due_at=due)
    page = at("liaison").lane(case).page
    page.set_viewport_size(PHONE)
    page.goto("/terminal/?view=table")
    row = page.locator(f"#row-{case.number}")
    for cell in (row.locator("a.number"), row.locator(".terminal-what"), row.locator(".clock")):
        edge = cell.bounding_box()
        assert edge["x"] >= 0
        assert edge["x"] + edge["width"] <= PHONE["width"]
