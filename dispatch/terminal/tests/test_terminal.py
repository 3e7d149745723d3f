"""The terminal of the departments: who opens it, what stands in which lane, the offers' reasons."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.machine.actions import strike
from cases.models import Case
from cases.states import State
from cases.tests.cast import act, bring, report
from dispatch.terminal.queries import LIGHTS, lane, waiting_for


def ago(minutes=15):
    return timezone.now() - timedelta(minutes=minutes)


def open_terminal(client, user, query="", status=200, **headers):
    client.force_login(user)
    answer = client.get(f"/terminal/{query}", **headers)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("name", ["acceptor", "dispatcher", "leader", "collector"])
def test_terminal_is_for_departments(cast, client, name):
    open_terminal(client, getattr(cast, name), status=403)


@pytest.mark.parametrize("view", ["lanes", "table"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_liaison_sees_the_cases_of_the_department(cast, client, view, language):
    case = bring(cast, State.TO_DISPOSE, at=ago())
    headers = {"HTTP_ACCEPT_LANGUAGE": language}
    assert case.number in open_terminal(client, cast.liaison, f"?view={view}", **headers)
    for other in (cast.street_liaison, cast.outsider, cast.handler):
        assert case.number not in open_terminal(client, other, f"?view={view}")


def test_handler_sees_what_was_assigned(cast, client):
    case = bring(cast, State.DISPOSING, at=ago())
    body = open_terminal(client, cast.handler)
    assert case.number in body
    assert f"/cases/{case.number}/do/dispose/" in body


@pytest.mark.parametrize("view", ["lanes", "table"])
def test_a_search_narrows_every_lane(cast, client, view):
    kept, _other = (
        bring(cast, State.TO_DISPOSE, at=ago(), case=report(cast, at=ago(), cell=cell, address=at))
        for cell, at in enumerate(["银滩路", "安宁西路"])
    )
    body = open_terminal(client, cast.liaison, f"?view={view}&q=银滩")
    assert re.findall(r'id="row-(\d+)"', body) == [kept.number]
    assert len(re.findall(r'id="row-', open_terminal(client, cast.liaison, f"?view={view}"))) == 2


def test_lanes_hold_every_case_once(cast):
    late = bring(cast, State.TO_DISPOSE, at=ago(180), filing_condition=cast.cover_open)
    soon = bring(
        cast, State.TO_DISPOSE, at=ago(110), filing_condition=cast.cover_open,
        case=report(cast, at=ago(110), cell=1),
    )  # fmt: skip
    calm = bring(
        cast, State.TO_DISPOSE, at=ago(), filing_condition=cast.cover_open,
        case=report(cast, at=ago(), cell=2),
    )  # fmt: skip
    strike()
    now, rows = timezone.now(), waiting_for(cast.liaison)
    found = {light: list(lane(rows, light, now)) for light in LIGHTS}
    assert found == {"red": [late], "yellow": [soon], "green": [calm], "grey": []}


def test_a_liaison_finds_what_may_be_appealed_against(cast, client):
    """Closed and disposed of late: the newest first, until it is exempted."""
    late, exempt, punctual = (
        bring(cast, State.CLOSED, at=ago(180), case=report(cast, at=ago(180), cell=cell))
        for cell in range(3)
    )
    Case.objects.exclude(pk=punctual.pk).update(disposal_overdue=True)
    Case.objects.filter(pk=exempt.pk).update(exempt=True)
    body = open_terminal(client, cast.liaison, "?view=late")
    assert re.findall(r'id="row-(\d+)"', body) == [late.number]
    assert f"/cases/{late.number}/do/appeal/" in body
    assert late.number not in open_terminal(client, cast.outsider, "?view=late")
    assert "?view=late" not in open_terminal(client, cast.handler)


def test_same_queries_with_one_and_three_rows(cast, client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        open_terminal(client, cast.liaison)
        with CaptureQueriesContext(connection) as caught:
            open_terminal(client, cast.liaison)
        return len(caught)

    bring(cast, State.TO_DISPOSE, at=ago())
    one = count()
    for cell in (1, 2):
        bring(cast, State.TO_DISPOSE, at=ago(), case=report(cast, at=ago(), cell=cell))
    assert count() == one


def test_candidates_come_first_with_their_reason(cast, client):
    case = report(cast, at=ago(), by="acceptor", source="hotline_12319")
    client.force_login(cast.acceptor)
    url = f"/cases/{case.number}/do/send_verify/"
    body = client.get(url, headers={"HX-Request": "true"}).content.decode()
    options = re.findall(r'<option value="(\w+)"[^>]*>([^<]*)<', body)
    assert options[0][0] == "collector"
    assert "—" in options[0][1]
    assert [value for value, _text in options].count("collector2") == 1


@pytest.mark.parametrize("view", ["lanes", "table"])
def test_a_long_lane_says_how_long_it_is_and_shows_more(cast, client, monkeypatch, view):
    monkeypatch.setattr("dispatch.terminal.queries.LANE_SIZE", 1)
    for cell in range(3):
        bring(cast, State.TO_DISPOSE, at=ago(), case=report(cast, at=ago(), cell=cell))
    body = open_terminal(client, cast.liaison, f"?view={view}&q=上水")
    assert len(re.findall(r'id="row-', body)) == 1
    more = re.search(r'href="([^"]+)" data-more-lane>([^<]+)<', body)
    assert "1" in more[2]
    assert "3" in more[2]
    assert "size=2" in more[1]
    assert "q=" in more[1]
    longer = open_terminal(
        client, cast.liaison, more[1].split("terminal/")[1].replace("&amp;", "&")
    )
    assert len(re.findall(r'id="row-', longer)) == 2


# --- narrowed, in an order, several at once -------------------------------------------------
def order_of(body):
    return re.findall(r'id="row-(\d+)"', body)


@pytest.fixture
def three(cast):
    """With the department: in the cells 0, 1 and 2, the later the longer due."""
    return [
        bring(cast, State.TO_DISPOSE, at=ago(60 - cell), case=report(cast, at=ago(60), cell=cell))
        for cell in range(3)
    ]


@pytest.mark.parametrize("view", ["lanes", "table"])
def test_lists_are_narrowed_by_number_words_class_and_street(cast, client, three, view):
    Case.objects.filter(pk=three[1].pk).update(description="井盖松动 响声大")
    numbers = {case.number for case in three}
    for query, found in (
        (f"q={three[0].number[-6:]}", {three[0].number}),
        ("q=响声", {three[1].number}),
        ("class=component:0101", numbers),
        ("class=event:0101", set()),
        (f"street={cast.street.code}", numbers),
        ("street=620105999", set()),
    ):
        body = open_terminal(client, cast.liaison, f"?view={view}&{query}")
        assert set(order_of(body)) == found, query
    assert f'<option value="{cast.street.code}" selected>' in open_terminal(
        client, cast.liaison, f"?view={view}&street={cast.street.code}"
    )


def test_what_is_chosen_stays_in_the_links_of_the_list(cast, client, three):
    body = open_terminal(client, cast.liaison, "?class=component:0101&sort=-number")
    assert "?view=lanes&amp;class=component%3A0101&amp;sort=-number&amp;case=" in body


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", [0, 1, 2]),
        ("sort=-number", [2, 1, 0]),
        ("sort=near&lon=103.7014&lat=36.1004", [1, 0, 2]),
        ("sort=near", [0, 1, 2]),
        ("sort=near&lon=x&lat=36.1", [0, 1, 2]),
        ("sort=street", [0, 1, 2]),
    ],
)
def test_orders(cast, client, three, query, places):
    body = open_terminal(client, cast.liaison, f"?{query}")
    assert order_of(body) == [three[place].number for place in places]
    assert ("data-away" in body) == ("lat=36.1004" in query)


def test_the_nearest_of_a_long_lane_are_its_first(cast, client, three, monkeypatch):
    monkeypatch.setattr("dispatch.terminal.queries.LANE_SIZE", 1)
    body = open_terminal(client, cast.liaison, "?sort=near&lon=103.7005&lat=36.1014")
    assert order_of(body) == [three[2].number]


def ticks(body):
    return dict(re.findall(r'value="(\d+)"[^>]*form="several"\s+data-steps="([^"]*)"', body))


@pytest.mark.parametrize("view", ["lanes", "table"])
def test_only_rows_that_permit_a_step_can_be_chosen(cast, client, three, view):
    given = bring(cast, State.DISPOSING, at=ago(50))
    reviewed = bring(cast, State.DEPT_REVIEW, at=ago(50))
    act(cast, three[2], "return_", "liaison", at=ago(1), opinion="非本部门职责")
    body = open_terminal(client, cast.liaison, f"?view={view}")
    assert given.number in order_of(body)
    assert ticks(body) == {
        three[0].number: "assign",
        three[1].number: "assign",
        reviewed.number: "feedback",
    }


def test_a_handler_chooses_nothing(cast, client):
    bring(cast, State.DISPOSING, at=ago())
    body = open_terminal(client, cast.handler)
    assert "data-ticks" not in body
    assert ticks(body) == {}


def test_work_is_assigned_and_fed_back_on_several_and_one_comes_back(cast, client, three):
    client.force_login(cast.liaison)
    reviewed = [bring(cast, State.DEPT_REVIEW, at=ago(50)) for _n in range(2)]
    home = "/terminal/?view=lanes&sort=-number"
    sent = {"action": "assign", "handler": "handler", "back": home}
    numbers = [case.number for case in three]
    token = "0b0ef2d5-2f76-4a4c-9b35-5d7f0f4c7f11"
    answer = client.post("/cases/several/", {**sent, "client_uuid": token, "number": numbers})
    assert len(answer.context["done"]) == 3
    assert answer.context["back"] == home
    sent = {"action": "feedback", "client_uuid": token.replace("0b", "1c"), "back": home}
    numbers = [case.number for case in [*reviewed, three[0]]]
    answer = client.post("/cases/several/", {**sent, "number": numbers})
    assert [one.number for one in answer.context["refused"]] == [three[0].number]
    assert Case.objects.filter(state=State.FEEDBACK_IN).count() == 2


def test_steps_on_several_lead_to_no_other_site(cast, client, three):
    client.force_login(cast.liaison)
    answer = client.post("/cases/several/", {"action": "assign", "back": "https://elsewhere.test/"})
    assert answer.context["back"] == "/cases/?view=table"
