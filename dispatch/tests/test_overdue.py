"""One meaning of "overdue": the query, its twin, and every page that shows it, timer or not."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cases.feed import log as live
from cases.finding import queries
from cases.finding.queues import QUEUES
from cases.machine import actions
from cases.models import Case
from cases.states import State
from cases.tests.cast import MORNING, act, bring, report
from cases.tests.scenes import stand
from cases.time.overdue import is_overdue, overdue
from dispatch.command import figures, layers
from dispatch.command.overview import by_department
from dispatch.command.scope import scope_of
from dispatch.terminal.queries import lane, waiting_for

SECOND = timedelta(seconds=1)
MOMENTS = [-SECOND, timedelta(0), SECOND / 2, SECOND, SECOND * 3600]


@pytest.mark.parametrize("state", list(State))
def test_the_query_and_its_twin_agree_in_every_state(cast, state):
    case = stand(cast, state)
    around = case.due_at or MORNING
    for distance in MOMENTS:
        now = around + distance
        found = Case.objects.filter(overdue(now)).exists()
        assert found is is_overdue(case.state, case.due_at, now), (state, distance)


@pytest.mark.parametrize(("distance", "late"), list(zip(MOMENTS, [0, 0, 0, 1, 1], strict=True)))
def test_in_the_second_of_the_deadline_it_is_on_time(cast, distance, late):
    case = bring(cast, State.TO_DISPOSE)
    assert is_overdue(case.state, case.due_at, case.due_at + distance) is bool(late)
    assert Case.objects.filter(overdue(case.due_at + distance)).count() == late


def test_neither_a_stopped_clock_nor_a_closed_case_is_overdue(cast):
    later = MORNING + timedelta(days=400)
    suspended = stand(cast, State.SUSPENDED)
    closed = stand(cast, State.CLOSED)
    assert not Case.objects.filter(overdue(later), pk__in=[suspended.pk, closed.pk]).exists()
    assert not is_overdue("closed", MORNING, later)


@pytest.fixture
def late(cast):
    """A case with the water company past its deadline, of which no timer has heard."""
    now = timezone.now()
    case = bring(
        cast, State.TO_DISPOSE, at=now - timedelta(hours=30), filing_condition=cast.cover_open
    )
    assert case.overdue_at is None
    return case


def _counted(cast, client):
    """Every count of overdue cases that is shown anywhere, by its place."""
    now = timezone.now()
    scope = scope_of(cast.leader)
    wall = figures.figures(scope, now)
    drawn = layers.live_layers(scope, now)
    queue = next(queue for queue in QUEUES if queue.code == "overdue")
    narrow = queries.Filter(overdue=True)
    client.force_login(cast.leader)
    listed = client.get("/api/v1/cases/", {"overdue": "true"}).json()["results"]
    one = client.get(f"/api/v1/cases/{Case.objects.get().number}/").json()
    marks = client.get(reverse("cases:map_json"), {"bbox": "103.6,36.0,103.8,36.2"}).json()[
        "features"
    ]
    pages = client.get(reverse("dispatch:wall_list", args=["overdue"])).context["page"]
    return {
        "queue": queries.in_queue(cast.leader, queue, queries.Filter(), now).count(),
        "counts": queries.counts(cast.leader, now)["overdue"][1],
        "filter": queries.in_queue(cast.leader, queue, narrow, now).count(),
        "terminal": lane(waiting_for(cast.liaison), "red", now).count(),
        "wall": wall["counters"]["overdue"],
        "states": sum(row["overdue"] for row in wall["states"]),
        "spots": sum(row["overdue"] for row in wall["spots"]),
        "streets": sum(row["overdue"] for row in wall["streets"]),
        "alarms": sum(row["overdue"] for row in wall["alarms"]),
        "overview": sum(row["overdue"] for row in by_department(scope, now)),
        "list": pages.paginator.count,
        "drawn": sum(one["properties"]["overdue"] for one in drawn["cases"]["features"]),
        "cells": sum(one["properties"]["overdue"] for one in drawn["cells"]["features"]),
        "map": sum(one["properties"]["overdue"] for one in marks),
        "api": len(listed),
        "case": int(one["deadlines"]["overdue"]),
    }


def test_a_stopped_timer_changes_no_count(cast, client, late):
    before = _counted(cast, client)
    assert set(before.values()) == {1}, before
    actions.strike(at=timezone.now())
    actions.strike(at=timezone.now())
    late.refresh_from_db()
    assert late.overdue_at is not None
    assert _counted(cast, client) == before


def test_the_feed_tells_overdue_by_the_deadline(cast, late):
    act(cast, late, "urge", "dispatcher", at=timezone.now(), opinion="请尽快")
    live.publish(send=False)
    told = live.since(live.head() - 1, 1)[0]["told"]
    assert (told["action"], told["overdue"]) == ("urge", True)


def test_a_case_is_due_soon_although_no_timer_warned_of_it(cast):
    now = timezone.now()
    case = bring(
        cast, State.TO_DISPOSE, at=now - timedelta(minutes=115), filing_condition=cast.cover_open
    )
    assert (case.warned_at, case.due_at > now) == (None, True)
    assert [row.pk for row in lane(waiting_for(cast.liaison), "yellow", now)] == [case.pk]


def test_a_new_case_is_counted_nowhere(cast):
    case = report(cast)
    assert not is_overdue(case.state, case.due_at, MORNING)


# What may read the timer's own mark: who sets it, the guard of who came after it under the same
# lock, the record that signs all columns, and the demonstration that acts upon it.
MARKERS = (
    "cases/machine/timing.py",
    "cases/models/case.py",
    "cases/machine/guards.py",
    "cases/record/chain.py",
    "citymgmt/demo/simulation/",
)


def test_nobody_but_the_timer_reads_its_mark():
    root = Path(settings.BASE_DIR)
    readers = [
        str(path.relative_to(root))
        for folder in ("cases", "dispatch", "hotline", "evaluation", "grid", "inventory",
                       "citymgmt", "templates", "static/js")
        for path in (root / folder).rglob("*")
        if path.suffix in {".py", ".html", ".js"}
        and not {"tests", "migrations"} & set(path.parts)
        and re.search(r"\boverdue_at\b|__overdue_at\b", path.read_text())
    ]  # fmt: skip
    assert [name for name in readers if not name.startswith(MARKERS)] == ["cases/time/overdue.py"]


def test_only_one_place_compares_a_deadline_with_now():
    root = Path(settings.BASE_DIR)
    compared = re.compile(r"(?<!reply_)\bdue_at(__lte?|__gte?)|(?<!reply_)\bdue_at\s*[<>]")
    found = {
        str(path.relative_to(root)): compared.findall(path.read_text())
        for folder in ("cases", "dispatch", "hotline", "citymgmt")
        for path in (root / folder).rglob("*.py")
        if not {"tests", "migrations", "simulation"} & set(path.parts)
    }
    # `timing` sets the mark, `queries` turns pages by the deadline of the last row.
    allowed = {
        "cases/time/overdue.py",
        "cases/machine/timing.py",
        "cases/finding/queries.py",
        "cases/configuration/deadlines.py",
    }
    assert {name for name, hits in found.items() if hits} <= allowed
