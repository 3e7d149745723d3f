"""Over HTTP, every row of the table of moves can be carried out, with every input it may have."""

from datetime import timedelta

import pytest

from cases.machine import inputs
from cases.machine.moves import MOVES
from cases.states import State
from cases.tests.cast import MORNING, bring, report
from cases.tests.rows import LATER, PEOPLE, ROWS, allowed, answers_on, name_of, stand_on
from cases.tests.scenes import campaign
from citymgmt.api.given import ActionIn

from .test_api import API, client, send, upload, wrong

NAMES = {row.name for row in inputs.DEFINITIONS if row.parse}


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER + timedelta(minutes=5))


def given_to(row, values, names):
    """Plain inputs and the photos beside them, as a program sends them."""
    given = {name: values[name] for name in names if name in NAMES}
    if "after_photos" in names:
        given |= {"photos": [upload()], "photo_types": ["after"]}
    elif "photos" in names:
        given["photos"] = [upload()]
    return given, "multipart" if "photos" in given else "json"


def test_api_actions_take_every_input_there_is():
    made = {"made_at", "made_lon", "made_lat", "photos_made_at"}
    beside = {"photos", "photo_types", "photo_ids", "client_uuid"} | made
    assert set(ActionIn().fields) == NAMES | beside


def test_api_actions_every_name_of_the_table_is_defined_once():
    named = {name for move in MOVES for name in move.named}
    assert named == set(inputs.INPUTS)
    assert len(inputs.INPUTS) == len(inputs.DEFINITIONS)


@pytest.mark.parametrize("takes", [False, True], ids=["needed", "all"])
@pytest.mark.parametrize("case_of_table", ROWS, ids=name_of)
def test_api_actions_every_row_can_be_done(cast, at_noon, case_of_table, takes):
    _number, row, source = case_of_table
    case = stand_on(cast, row, source)
    user = getattr(cast, next(who for who in PEOPLE if allowed(row, source, who)))
    offered = client(user).get(f"{API}cases/{case.number}/").json()["available_actions"]
    assert row.action in offered
    names = row.named if takes else row.needed
    given, kind = given_to(row, answers_on(cast, case, row), names)
    answer = send(user, case, row.action, given, format=kind)
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json()["state"] == (row.target or source)
    assert answer.json()["events"][-1]["action"] == row.action


@pytest.mark.parametrize("case_of_table", ROWS, ids=name_of)
def test_api_actions_refuse_what_the_row_does_not_take(cast, at_noon, case_of_table):
    """A name of another action and one of no action: neither is dropped, nothing is done."""
    _number, row, source = case_of_table
    case = stand_on(cast, row, source)
    user = getattr(cast, next(who for who in PEOPLE if allowed(row, source, who)))
    values = answers_on(cast, case, row)
    given, kind = given_to(row, values, row.needed)
    strange = next(name for name in sorted(NAMES) if name not in row.named)
    for name, value in ((strange, values[strange]), ("nonsense", 1)):
        answer = send(user, case, row.action, {**given, name: value}, format=kind)
        assert list(wrong(answer, 400, "unknown_field", name)["fields"]) == [name]
    assert case.events.count() == case.events_count


@pytest.mark.parametrize("chosen", ["none", "running"])
def test_api_actions_set_the_campaign(cast, at_noon, chosen):
    case = report(cast)
    drive = campaign(cast)
    value = "none" if chosen == "none" else drive.pk
    answer = send(cast.acceptor, case, "set_campaign", {"campaign": value})
    assert answer.status_code == 200, answer.content.decode()
    case.refresh_from_db()
    assert case.campaign == (None if chosen == "none" else drive)


def test_api_actions_take_codes_as_a_list_or_with_commas(cast, at_noon):
    office = cast.street_office.code
    for assist in ([office, "gas"], f"{office}, gas"):
        case = bring(cast, State.TO_DISPATCH, at=MORNING)
        data = {"department": "water_supply", "assist": assist}
        assert send(cast.dispatcher, case, "dispatch", data).status_code == 200
        assert {row.code for row in case.assisting.all()} == {office, "gas"}


def test_api_actions_take_no_type_without_its_photo(cast):
    data = {"photo_types": ["close"]}
    wrong(send(cast.acceptor, report(cast), "accept", data), 400, None, "photo_types")
