"""What narrows the table of cases narrows the list beside the map and the map itself as well."""

import re
from datetime import date
from urllib.parse import parse_qs, urlparse

import pytest
from django.urls import reverse

from cases.finding.queries import Filter
from cases.presenting import pages as desk
from cases.states import State
from cases.tests.cast import SOUTH, STEP, WEST, bring

BOX = f"{WEST},{SOUTH},{WEST + 2 * STEP},{SOUTH + 2 * STEP}"
ALL = (
    "q=井盖&street=620105001&class=component:0101&source=patrol&department=water_supply"
    "&since=2026-03-01&until=2026-03-31"
)


def params(text):
    return {name: values[0] for name, values in parse_qs(text).items()}


def test_what_narrows_goes_into_the_address_and_back(cast):
    narrow = desk.narrowing(params(f"{ALL}&overdue=1&state=to_dispose"))
    assert narrow == Filter(
        q="井盖", state="to_dispose", street="620105001", matter="component:0101", overdue=True,
        source="patrol", department=cast.water.path, since=date(2026, 3, 1),
        until=date(2026, 3, 31),
    )  # fmt: skip
    assert desk.narrowing(desk.kept(narrow)) == narrow
    assert desk.kept(Filter()) == {}


@pytest.mark.parametrize(
    "query", ["since=x", "department=nobody", "until=2026-02-31", "campaign=x"]
)
def test_what_makes_no_sense_narrows_nothing(cast, query):
    assert desk.narrowing(params(query)) == Filter()


@pytest.fixture
def two(cast):
    """One with the water department, one to accept."""
    return bring(cast, State.TO_DISPOSE), bring(cast, State.REGISTERED)


@pytest.fixture
def dispatcher(cast, client):
    client.force_login(cast.dispatcher)
    return client


def links(page, name):
    found = re.search(rf'href="([^"]*{re.escape(name)}\?[^"]*)"', page.content.decode())
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("department=water_supply", 0),
        ("source=patrol&since=2026-03-02&until=2026-03-02", None),
        ("since=2026-03-03", ()),
    ],
)
def test_the_list_and_the_map_keep_what_the_table_was_narrowed_by(dispatcher, two, query, place):
    wanted = {case.number for case in two}
    if place is not None:
        wanted = {two[place].number} if isinstance(place, int) else set()
    table = dispatcher.get(f"/cases/?view=table&{query}")
    assert {row.number for row, _cells in table.context["lines"]} == wanted
    beside = links(table, reverse("cases:search"))
    shown = {row["case"].number for row in dispatcher.get(beside).context["rows"]}
    assert shown == wanted
    on_map = urlparse(links(table, "/map/")).query
    page = dispatcher.get(f"/map/?{on_map}").content.decode()
    layer = re.search(r'"cases": "([^"]*)"', page)[1].replace("&amp;", "&")
    assert params(urlparse(layer).query) == params(query)
    marks = dispatcher.get(layer, {**params(urlparse(layer).query), "bbox": BOX}).json()["features"]
    assert {mark["properties"]["number"] for mark in marks} == wanted


def test_the_list_says_what_narrows_it_and_lets_go_of_it(dispatcher, two):
    page = dispatcher.get(f"/cases/?queue=all&{ALL}").content.decode()
    for name, value in (
        ("source", "patrol"),
        ("department", "water_supply"),
        ("since", "2026-03-01"),
    ):
        assert re.search(rf'name="{name}" value="{value}"[^>]* checked', page), name
    assert "map-narrowed" not in dispatcher.get("/map/?on=2026-03-01").content.decode()
    assert "map-narrowed" in dispatcher.get("/map/?source=patrol").content.decode()


def test_overdue_of_the_table_is_overdue_of_the_list(dispatcher, two):
    beside = links(dispatcher.get("/cases/?view=table&overdue=on"), reverse("cases:search"))
    assert params(urlparse(beside).query)["overdue"] == "1"
