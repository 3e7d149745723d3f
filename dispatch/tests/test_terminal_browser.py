"""The terminal at a desk: the chosen case is in view, and its map speaks the page's language."""

import pytest
from playwright.sync_api import expect

from cases.states import State

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
