"""The leader's overview: comparisons, what is late by department, decisions in place."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.feed import log as live
from cases.machine import actions
from cases.states import State
from cases.tests.cast import MORNING, act, bring, report
from citymgmt.accounts.desks import desk_of
from citymgmt.accounts.models import AuditEvent
from dispatch.command.figures import figures
from dispatch.command.moves import daily
from dispatch.command.overview import by_department, decisions, tiles
from dispatch.command.rankings import communities
from dispatch.command.scope import scope_of

HOUR = timedelta(hours=1)
OVERVIEW = "dispatch:overview"


@pytest.fixture
def scope(cast):
    return scope_of(cast.leader)


def late_case(cast):
    """A case of the water company, overdue by the timer."""
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    actions.strike(at=MORNING + 2 * HOUR)
    actions.strike(at=MORNING + 5 * HOUR)
    case.refresh_from_db()
    assert case.overdue_at is not None
    return case


def asked(cast, **rest):
    case = bring(cast, State.DISPOSING, **rest)
    return act(cast, case, "extend", "liaison", opinion="等待配件")


def test_leader_starts_on_the_overview(cast, client):
    client.force_login(cast.leader)
    assert desk_of(cast.leader) == OVERVIEW
    assert client.get("/").url == reverse(OVERVIEW)


def test_tiles_compare_with_the_same_time_yesterday(cast, scope):
    report(cast, at=MORNING - 24 * HOUR)
    for _ in range(3):
        report(cast, at=MORNING)
    live.publish(send=False)
    found = {tile["name"]: tile for tile in tiles(figures(scope, MORNING))}
    reported = found["reported"]
    assert (reported["number"], reported["before"], reported["change"]) == (3, 1, 2)
    assert found["overdue"]["before"] is None


def test_late_work_is_told_by_department(cast, scope):
    late_case(cast)
    bring(cast, State.TO_DISPOSE)
    bring(cast, State.FEEDBACK_IN)  # no longer with the department
    [row] = by_department(scope, MORNING + 5 * HOUR)
    assert row == {
        "code": "water_supply", "name": "供水单位", "open": 2, "overdue": 1, "share": 50.0,
    }  # fmt: skip


def test_hot_communities_count_reports(cast, scope):
    report(cast)
    bring(cast, State.CLOSED)
    [row] = communities(scope, MORNING - HOUR, MORNING)
    assert (row["name"], row["value"], row["open"]) == ("费家营社区", 2, 1)


def test_daily_counts_by_local_day(cast, scope):
    midnight = MORNING - 9 * HOUR
    report(cast, at=midnight - timedelta(seconds=1))
    report(cast, at=midnight)
    live.publish(send=False)
    found = daily(scope, MORNING, days=3)
    assert found["days"] == ["02-28", "03-01", "03-02"]
    assert found["reported"] == [0, 1, 1]


def test_open_request_offers_both_decisions_to_who_may_decide(cast, scope):
    case = asked(cast, at=actions.context().now)  # a late request cannot be approved
    [row] = decisions(cast.leader, scope.open.exclude(pending=""))
    assert row["case"] == case
    assert row["request"].reason == "等待配件"
    assert [deed["action"] for deed in row["deeds"]] == ["approve", "refuse"]
    [row] = decisions(cast.dispatcher, scope.open.exclude(pending=""))
    assert row["deeds"] == []


def test_leader_approves_in_place(cast, client, scope):
    case = asked(cast, at=actions.context().now)
    client.force_login(cast.leader)
    page = client.get(reverse(OVERVIEW))
    assert page.context["waiting_count"] == 1
    url = page.context["waiting"][0]["deeds"][0]["url"]
    assert f'formaction="{url}"' in page.content.decode()
    answer = client.post(url, {"opinion": "同意", "back": reverse(OVERVIEW)})
    assert answer.url == reverse(OVERVIEW)
    case.refresh_from_db()
    assert case.pending == ""
    assert case.events.last().action == "approve"


def test_number_of_queries_does_not_depend_on_rows(cast, client, django_assert_max_num_queries):
    asked(cast, at=actions.context().now)
    client.force_login(cast.leader)
    client.get(reverse(OVERVIEW))  # content types and permissions are remembered from here on
    most = 32
    with django_assert_max_num_queries(most) as few:
        client.get(reverse(OVERVIEW))
    for _ in range(3):
        asked(cast, at=actions.context().now)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse(OVERVIEW))


def test_counter_opens_its_list(cast, client):
    now = actions.context().now
    filed = bring(cast, State.TO_DISPATCH, at=now, minutes=0)
    report(cast, at=now)
    client.force_login(cast.leader)
    page = client.get(reverse("dispatch:wall_list", args=["filed"]))
    assert [row.case for row in page.context["page"]] == [filed]
    assert filed.number in page.content.decode()


def test_overdue_list_narrows_to_a_department(cast, client):
    case = late_case(cast)
    client.force_login(cast.leader)
    address = reverse("dispatch:wall_list", args=["overdue"])
    assert list(client.get(address).context["page"]) == [case]
    assert list(client.get(address, {"dept": "water_supply"}).context["page"]) == [case]
    assert list(client.get(address, {"dept": "gas"}).context["page"]) == []


def taken(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_a_list_of_the_wall_is_taken_along_as_shown(cast, client):
    late = late_case(cast)
    now = actions.context().now
    filed = bring(cast, State.TO_DISPATCH, at=now, minutes=0)
    client.force_login(cast.leader)
    for counter, case in (("overdue", late), ("filed", filed)):
        address = reverse("dispatch:wall_list", args=[counter])
        head, *rows = taken(client.get(address, {"as": "csv"}))
        assert [row[1].replace("-", "") for row in rows] == [case.number]
        assert head[1] == "编号"
        paper = client.get(address, {"as": "print"}).content.decode()
        assert case.number in paper.replace("-", "")
        assert case.number in client.get(address).content.decode()
    narrowed = client.get(reverse("dispatch:wall_list", args=["overdue"]),
                          {"dept": "gas", "as": "csv"})  # fmt: skip
    assert len(taken(narrowed)) == 1
    mark = AuditEvent.objects.filter(verb="export_list").last()
    assert (mark.data["list"], mark.data["rows"]) == ("wall_overdue", 0)
    assert "部门" in mark.data["filter"]


@pytest.mark.parametrize("path", ["nothing/", "overdue/?area=620104"])
def test_unknown_lists_are_not_found(cast, client, path):
    client.force_login(cast.leader)
    assert client.get(f"/wall/list/{path}").status_code == 404


@pytest.mark.parametrize("address", ["/overview/", "/wall/list/overdue/"])
def test_overview_needs_its_verb(cast, client, address):
    client.force_login(cast.handler)
    assert client.get(address).status_code == 403
    client.force_login(cast.inspector)
    assert client.get(address).status_code == 200


# --- decisions ------------------------------------------------------------------------------
def rows_of(cast, who="leader"):
    scope = scope_of(cast.leader)
    return decisions(getattr(cast, who), scope.open.exclude(pending=""))


def test_a_row_says_who_asked_from_when_to_when_and_shows_photos(cast):
    case = asked(cast)
    [row] = rows_of(cast)
    assert (row["request"].asked_by, row["request"].department) == (cast.liaison, cast.water)
    assert row["prospect"].before == case.due_at < row["prospect"].after
    assert (row["prospect"].number, row["prospect"].most) == (1, 2)
    assert [photo.case for photo in row["photos"]] == [case]


def test_a_row_that_one_may_not_decide_has_no_input_and_says_whose_turn_it_is(cast, client):
    case = bring(cast, State.TO_DISPOSE)
    until = MORNING + timedelta(days=9)
    act(cast, case, "suspend", "liaison", at=case.state_since, opinion="冬季", until=until)
    [row] = rows_of(cast)
    assert (row["deeds"], row["turn"]) == ([], "派遣员")
    assert "派遣" in str(row["hindrance"])
    [other] = rows_of(cast, "shift_leader")
    assert (other["deeds"], str(other["hindrance"] or "")) == ([], "")
    assert other["turn"] == "派遣员"
    client.force_login(cast.inspector)
    body = client.get(reverse(OVERVIEW)).content.decode()
    assert "决定人：派遣员" in body
    assert 'name="opinion"' not in body


def test_a_row_that_cannot_be_approved_says_why(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    act(cast, case, "extend", "liaison", at=case.due_at, opinion="待料")
    [row] = rows_of(cast)  # long past its deadline by now
    assert [deed["action"] for deed in row["deeds"]] == ["refuse"]
    assert "超过期限" in str(row["hindrance"])


def test_what_one_may_decide_stands_first(cast):
    theirs = asked(cast)
    act(cast, theirs, "refuse", "leader", opinion="抓紧")
    first = bring(cast, State.TO_DISPATCH)
    act(cast, first, "void", "dispatcher", opinion="消失")
    second = asked(cast)
    rows = rows_of(cast, "liaison")
    assert [row["deeds"] for row in rows] == [[], []]
    assert {row["case"] for row in rows_of(cast)} == {first, second}


def test_refusing_without_an_opinion_is_answered_to_the_row(cast, client):
    case = asked(cast)
    client.force_login(cast.leader)
    answer = client.post(
        reverse("cases:do", args=[case.number, "refuse"]), headers={"HX-Request": "true"}
    )
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["opinion"]


def test_decisions_cost_the_same_for_one_row_and_three(cast):
    asked(cast)
    rows_of(cast)  # what people may do is remembered from here on
    with CaptureQueriesContext(connection) as one:
        rows_of(cast)
    asked(cast)
    asked(cast)
    with CaptureQueriesContext(connection) as three:
        assert len(rows_of(cast)) == 3
    assert len(three) == len(one)
