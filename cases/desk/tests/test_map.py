"""Cases on the map: only those a person may know of; the search finds what the map shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.machine import reports
from cases.machine.reports import Report
from cases.tests.cast import SOUTH, STEP, WEST, photo

pytestmark = pytest.mark.django_db
BOX = f"{WEST},{SOUTH},{WEST + 2 * STEP},{SOUTH + 2 * STEP}"


def report(cast, **given):
    said = Report(
        kind="event", matter_class="0101", source="patrol", lon=WEST + STEP / 2,
        lat=SOUTH + STEP / 2, description="litter",
    )  # fmt: skip
    case, _created = reports.report(said, by=cast.collector, photos=[photo()], **given)
    return case


def numbers(client, **query):
    data = client.get(reverse("cases:map_json"), {"bbox": BOX} | query).json()
    return [feature["properties"]["number"] for feature in data["features"]]


def test_open_cases_of_the_box(client, cast):
    case = report(cast)
    client.force_login(cast.acceptor)
    assert numbers(client) == [case.number]
    assert numbers(client, bbox=f"{WEST + 1},{SOUTH},{WEST + 2},{SOUTH + 1}") == []
    assert client.get(reverse("cases:map_json"), {"bbox": "1"}).json()["code"] == "bad_bbox"


def test_a_mark_says_state_and_where_to_read_more(client, cast):
    case = report(cast)
    client.force_login(cast.acceptor)
    (feature,) = client.get(reverse("cases:map_json"), {"bbox": BOX}).json()["features"]
    told = feature["properties"]
    assert (told["state"], told["overdue"]) == (case.state, False)
    assert told["url"] == reverse("cases:card", args=[case.number])
    card = client.get(told["url"]).content.decode()
    assert case.number in card
    assert "litter" in card


def test_what_one_may_not_know_is_not_there(client, cast):
    case = report(cast)
    client.force_login(cast.outsider)
    assert numbers(client) == []
    assert client.get(reverse("cases:card", args=[case.number])).status_code == 404
    found = client.get(reverse("cases:map_search"), {"q": case.number}).json()
    assert found == {"results": []}


def test_the_map_needs_its_verb(client, cast):
    case = report(cast)
    addresses = [
        f"{reverse('cases:map_json')}?bbox={BOX}", reverse("cases:card", args=[case.number]),
        reverse("cases:map_search"),
    ]  # fmt: skip
    assert {client.get(address).status_code for address in addresses} == {302}
    client.force_login(cast.evaluator)
    assert {client.get(address).status_code for address in addresses} == {403}


def test_too_many_cases_are_told(client, cast, monkeypatch):
    monkeypatch.setattr("cases.desk.map_views.LIMIT", 1)
    report(cast)
    report(cast)
    client.force_login(cast.acceptor)
    data = client.get(reverse("cases:map_json"), {"bbox": BOX}).json()
    assert (len(data["features"]), data["truncated"]) == (1, True)


def test_queries_do_not_grow_with_cases(client, cast):
    def queries(address, **query):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(address), query).status_code == 200
        return len(seen)

    report(cast)
    client.force_login(cast.acceptor)
    asked = [("cases:map_json", {"bbox": BOX}), ("cases:map_search", {"q": "620105"})]
    one = [queries(address, **query) for address, query in asked]
    report(cast)
    report(cast)
    assert [queries(address, **query) for address, query in asked] == one


def test_search_finds_cases_components_and_places(client, cast):
    case = report(cast)
    client.force_login(cast.acceptor)

    def names(text):
        found = client.get(reverse("cases:map_search"), {"q": text}).json()["results"]
        return [place["name"] for place in found]

    assert names(case.number) == [case.number]
    assert cast.component.code in names(cast.component.code[:12])
    assert cast.cells[0].code in names(cast.cells[0].code)
    assert "培黎街道" in names("培黎")
    assert names("x") == names("no such place") == []
