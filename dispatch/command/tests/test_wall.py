"""The figures of the wall against hand-made moves in the town of the cast."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm

from cases.feed import log as live
from cases.machine import actions
from cases.states import State
from cases.tests.cast import MORNING, act, bring, report
from dispatch.command import layers
from dispatch.command.figures import figures
from dispatch.command.moves import Hourly
from dispatch.command.scope import overseen, scope_of
from grid.geometry import STORED
from grid.models import Position

HOUR = timedelta(hours=1)
MIDNIGHT = MORNING - 9 * HOUR  # MORNING is 09:00 in Shanghai


@pytest.fixture
def scope(cast):
    return scope_of(cast.leader)


def count(scope, at=MORNING + HOUR):
    live.publish(send=False)
    return figures(scope, at)


def numbers(document):
    return {name: number for name, number in document["counters"].items() if number}


def test_each_step_is_counted_once(cast, scope):
    bring(cast, State.CLOSED)
    report(cast)
    assert numbers(count(scope)) == {
        "reported": 2, "accepted": 1, "filed": 1, "dispatched": 1, "disposed": 1, "checked": 1,
        "closed": 1,
        "overdue": 1,  # an hour after it was reported the second waits for acceptance too long
    }  # fmt: skip


def test_work_under_department_review_is_not_disposed_yet(cast, scope):
    bring(cast, State.DEPT_REVIEW)
    assert "disposed" not in numbers(count(scope))


def test_day_begins_at_midnight_in_shanghai(cast, scope):
    second = timedelta(seconds=1)
    report(cast, at=MIDNIGHT - second)
    report(cast, at=MIDNIGHT)
    report(cast, at=MIDNIGHT + second)
    found = count(scope)
    assert found["day_start"] == "2026-03-02T00:00:00+08:00"
    assert found["counters"]["reported"] == 2
    assert found["yesterday"]["reported"] == 1


def test_yesterday_is_compared_at_the_same_time_of_day(cast, scope):
    for hours in (26, 24, 23):
        report(cast, at=MORNING - hours * HOUR)
    found = count(scope, MORNING)
    assert found["yesterday"]["reported"] == 3
    assert found["yesterday_by_now"]["reported"] == 2


def test_hours_of_the_last_day_end_with_the_present_one(cast, scope):
    report(cast, at=MORNING)
    report(cast, at=MORNING - 23 * HOUR)
    report(cast, at=MORNING - 25 * HOUR)
    found = count(scope, MORNING + timedelta(minutes=30))
    assert (found["hours"][0], found["hours"][-1]) == ("10", "09")
    assert found["hourly"]["reported"] == [1] + 22 * [0] + [1]


def test_a_row_not_yet_published_is_not_counted(cast, scope):
    report(cast)
    assert figures(scope, MORNING)["counters"]["reported"] == 0
    found = count(scope, MORNING)
    assert found["counters"]["reported"] == 1
    assert found["seq"] == live.head() == 1


def test_closing_rate_divides_by_what_is_due(cast, scope):
    bring(cast, State.CLOSED)
    bring(cast, State.TO_CHECK)
    bring(cast, State.TO_DISPOSE)  # neither done nor late: not due
    found = count(scope)
    assert (found["due"], found["rate"]) == (2, 50.0)


def test_nothing_due_has_no_rate(scope):
    assert figures(scope, MORNING)["rate"] is None


def test_overdue_case_is_counted_ranked_and_alarms(cast, scope):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    late = MORNING + 5 * HOUR
    actions.strike(at=MORNING + 2 * HOUR)  # the warning first
    actions.strike(at=late)
    found = count(scope, late)
    assert found["counters"]["overdue"] == 1
    assert found["due"] == 1
    [alarm] = found["alarms"]
    assert (alarm["number"], alarm["overdue"], alarm["place"]) == (case.number, True, "费家营社区")
    assert found["streets"] == [
        {
            "code": "620105001",
            "name": "培黎街道",
            "filed": 1,
            "closed": 0,
            "overdue": 1,
            "rate": 0.0,
        }
    ]


def test_late_case_alarms_before_an_urgent_one_in_time(cast, scope):
    late = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    actions.strike(at=MORNING + 2 * HOUR)
    actions.strike(at=MORNING + 5 * HOUR)
    urgent = report(cast, urgent=True, at=MORNING + 5 * HOUR)
    found = count(scope, MORNING + 5 * HOUR)
    assert [row["number"] for row in found["alarms"]] == [late.number, urgent.number]


def test_departments_are_ranked_by_work_done_in_time(cast, scope):
    bring(cast, State.FEEDBACK_IN, filing_condition=cast.cover_open)
    late = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    bring(cast, State.FEEDBACK_IN, case=late, at=MORNING + 6 * HOUR)
    [row] = count(scope, MORNING + 8 * HOUR)["departments"]
    assert (row["name"], row["disposed"], row["rate"]) == ("供水单位", 2, 50.0)


def test_another_area_is_not_counted(cast, scope):
    report(cast)
    assert count(scope_of(cast.outsider))["counters"]["reported"] == 0


def test_scope_narrows_to_an_area_below_and_refuses_others(cast):
    assert scope_of(cast.leader, cast.street.code).areas == {cast.street.pk}
    assert scope_of(cast.leader, cast.elsewhere.code) is None
    assert scope_of(cast.leader, "620105999") is None
    report(cast)
    assert count(scope_of(cast.leader, cast.street.code))["counters"]["reported"] == 1


def test_a_street_compares_its_communities(cast):
    bring(cast, State.TO_DISPATCH)
    [row] = count(scope_of(cast.leader, cast.street.code))["streets"]
    assert (row["code"], row["filed"]) == (cast.community.code, 1)


def test_a_person_without_areas_sees_nothing(cast):
    report(cast)
    assert overseen(cast.evaluator) == []
    found = count(scope_of(cast.evaluator))
    assert numbers(found) == {}
    assert found["moves"] == []


def test_moves_tell_newest_first_and_no_warnings(cast, scope):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    actions.strike(at=MORNING + 2 * HOUR)
    found = count(scope, MORNING + 2 * HOUR)["moves"]
    assert [row["action"] for row in found] == ["dispatch", "file", "accept", "report"]
    assert found[0] == {
        "seq": 4, "at": "2026-03-02T01:03:00+00:00", "number": case.number,
        "area": "620105001001", "kind": "component", "class": "上水井盖", "action": "dispatch",
        "state": "to_dispose", "post": "dispatcher",
    }  # fmt: skip


def test_query_count_does_not_depend_on_rows(cast, scope, django_assert_max_num_queries):
    bring(cast, State.TO_CHECK)
    live.publish(send=False)
    with django_assert_max_num_queries(10):
        figures(scope, MORNING + HOUR)
    for cell in range(4):
        bring(cast, State.CLOSED, case=report(cast, cell=cell))
    live.publish(send=False)
    with django_assert_max_num_queries(10):
        figures(scope, MORNING + HOUR)


def test_no_word_of_any_person_leaves(cast, scope):
    secret = "电话13912345678张三丰"
    case = report(cast, description=secret, address=secret)
    act(cast, case, "accept", "acceptor", opinion=secret)
    Position.objects.create(user=cast.collector, at=MORNING, point=case.point)
    told = json.dumps([count(scope), layers.live_layers(scope, MORNING)], ensure_ascii=False)
    assert case.number in told
    for person in ("acceptor", "collector"):
        assert getattr(cast, person).full_name not in told
    assert secret not in told


# --- layers ---------------------------------------------------------------------------------
def test_layers_show_open_cases_and_loaded_cells(cast, scope):
    bring(cast, State.CLOSED)
    report(cast, cell=1)
    report(cast, cell=1, at=MORNING - HOUR)
    found = layers.live_layers(scope, MORNING)
    assert sorted(f["properties"]["fresh"] for f in found["cases"]["features"]) == [False, True]
    [cell] = found["cells"]["features"]
    assert cell["properties"] == {"code": cast.cells[1].code, "load": 2, "overdue": True}
    assert cell["geometry"]["type"] == "Polygon"
    assert layers.live_layers(scope_of(cast.outsider), MORNING)["cases"]["features"] == []


def test_collectors_are_shown_where_they_were_last_while_on_duty(cast, scope):
    def place(user, minutes, x):
        from django.contrib.gis.geos import Point

        at = MORNING - timedelta(minutes=minutes)
        Position.objects.create(user=user, at=at, point=Point(x, 36.1, srid=STORED))

    place(cast.collector, 9, 103.7001)
    place(cast.collector, 2, 103.7002)
    place(cast.collector2, 2, 103.7003)  # patrols nowhere in the district
    [feature] = layers.live_layers(scope, MORNING)["collectors"]["features"]
    assert feature["geometry"]["coordinates"] == [103.7002, 36.1]
    assert feature["properties"] == {}
    cast.collector.on_duty = False
    cast.collector.save()
    assert layers.live_layers(scope, MORNING)["collectors"]["features"] == []


# --- addresses ------------------------------------------------------------------------------
ADDRESSES = ("wall", "wall_figures", "wall_layers", "wall_ground")


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(("who", "status"), [("leader", 200), ("collector", 403), ("handler", 403)])
def test_wall_needs_its_verb(cast, client, name, who, status):
    client.force_login(getattr(cast, who))
    assert client.get(reverse(f"dispatch:{name}")).status_code == status


@pytest.mark.parametrize("name", ADDRESSES)
def test_wall_asks_to_sign_in(client, db, name):
    assert client.get(reverse(f"dispatch:{name}")).status_code == 302


@pytest.mark.parametrize("name", ["wall_figures", "wall_layers"])
def test_area_of_others_is_not_found(cast, client, name):
    client.force_login(cast.leader)
    address = reverse(f"dispatch:{name}")
    assert client.get(address, {"area": cast.elsewhere.code}).status_code == 404
    assert client.get(address, {"area": cast.street.code}).status_code == 200


def test_cached_figures_are_not_those_of_other_areas(cast, client):
    actions_now = actions.context().now
    report(cast, at=actions_now)
    live.publish(send=False)
    address = reverse("dispatch:wall_figures")
    client.force_login(cast.leader)
    assert client.get(address).json()["counters"]["reported"] == 1
    assign_perm("grid.oversee_area", cast.evaluator, cast.elsewhere)
    client.force_login(cast.evaluator)
    assert client.get(address).json()["counters"]["reported"] == 0


def test_wall_page_knows_scenes_and_words(cast, client):
    client.force_login(cast.leader)
    setup = client.get(reverse("dispatch:wall")).context["setup"]
    assert [scene["code"] for scene in setup["scenes"]] == ["", cast.street.code]
    assert setup["scenes"][0]["box"] == pytest.approx([103.7, 36.1, 103.702, 36.102])
    assert setup["names"]["classes"]["component:0101"] == "上水井盖"
    assert setup["names"]["classes"]["event:0101"] == "私搭乱建"
    assert cast.community.code in setup["names"]["areas"]


def test_hourly_and_client_count_by_the_same_rule(cast, scope):
    """What the page adds up from the feed is what the server counts."""
    bring(cast, State.CLOSED)
    report(cast)
    live.publish(send=False)
    from dispatch.command.counted import COUNTED

    told = [row["told"] for row in live.since(0, 100)]
    counted = {
        one.name: sum(
            (not one.actions or event["action"] in one.actions)
            and (not one.target or event["state"] == one.target)
            for event in told
        )
        for one in COUNTED
    }
    hourly = Hourly(scope, live.head(), MORNING + HOUR)
    assert hourly.between(MIDNIGHT, MORNING + 2 * HOUR) == counted
