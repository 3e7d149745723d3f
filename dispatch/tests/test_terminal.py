"""The terminal of the departments: who opens it, what stands in which lane, the offers' reasons."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.actions import strike
from cases.models import Case
from cases.states import State
from cases.tests.cast import bring, report
from dispatch.views import LANES, lane, waiting_for


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
    found = {light: list(lane(rows, light, now)) for light in LANES}
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
    monkeypatch.setattr("dispatch.views.LANE_SIZE", 1)
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
