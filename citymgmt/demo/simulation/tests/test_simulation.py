"""A simulated city keeps every rule, ends with work on every desk, and can be repeated."""

from datetime import timedelta
from random import Random

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from guardian.shortcuts import assign_perm

from cases.machine.moves import MOVES
from cases.models import Attachment, Case, CaseEvent, Source
from cases.states import OPEN, State
from cases.tests.cast import MORNING, bring, person
from cases.tests.scenes import switch
from citymgmt.accounts.models import User
from citymgmt.demo.simulation import pace
from citymgmt.demo.simulation.life import Life
from citymgmt.demo.simulation.run import past
from citymgmt.demo.tasks import live_step
from dispatch.models import Assist, Instruction, Request, Ruling, Supervision, Urge, WorkItem
from dispatch.routing.loading import load_routing
from grid.models import Position

END = MORNING + timedelta(hours=6)
ALL_DAY = timedelta(days=1)


@pytest.fixture
def town(cast):
    """The cast, with routing and a staff beside the accounts named like posts."""
    load_routing()
    for post in ("collector", "acceptor", "shift_leader", "dispatcher", "leader"):
        name = f"{post}01"
        person(cast, name, post, cast.center)
        assign_perm("grid.oversee_area", getattr(cast, name), cast.district)
    cast.collector01.on_duty = True
    cast.collector01.save()
    cast.duty_grid.collectors.add(cast.collector01)
    for post in ("liaison", "handler"):
        name = f"water_{post}"
        person(cast, name, post, cast.water)
        assign_perm("accounts.handle_department", getattr(cast, name), cast.water)
    for department in (cast.government, cast.gas):
        for post in ("liaison", "handler"):
            name = f"{post}_{department.code}"
            person(cast, name, post, department)
            assign_perm("accounts.handle_department", getattr(cast, name), department)
    return cast


def run(seed=1, days=1):
    return past(seed=seed, start=END - days * ALL_DAY, end=END, per_day=8, stock=1)


def test_simulation_ends_with_work_on_every_desk(town):
    figures = run()
    assert figures["errors"] == 0
    assert figures["reported"] == Case.objects.count() > 16
    assert figures["closed"] == Case.objects.filter(state="closed").count()
    wanted = OPEN - {State.DECLINE_REVIEW, State.CLOSE_REVIEW}
    assert wanted == set(Case.objects.open().values_list("state", flat=True))
    asked = set(Request.objects.open().values_list("kind", flat=True))
    assert asked >= {"extend", "return_", "suspend", "void"}
    hashes = list(Attachment.objects.values_list("sha256", flat=True))
    assert len(set(hashes)) == len(hashes)
    call_command("verify_record")  # no column changes without a step that covers it
    assert not CaseEvent.objects.filter(feed=None).exists()


def test_simulation_counts_every_action_of_the_table(town):
    figures = run(days=12)
    assert figures["errors"] == 0
    found = figures["by_action"]
    assert set(found) == {str(row.action) for row in MOVES} - {"retime", "take_back"} | {"report"}
    assert sum(found.values()) == CaseEvent.objects.count()
    often = {name for name, number in found.items() if number}
    assert often >= {"verify", "dispatch", "assign", "feedback", "check", "close", "return_"}
    assert found["suspend_hard"] >= 6
    assert Case.objects.filter(hard_since__isnull=False).count() >= 5


def test_simulation_stockpiles_the_hard_cases_it_began_with(town):
    figures = past(seed=1, start=END - 66 * ALL_DAY, end=END, per_day=0, stock=0)
    assert figures["by_action"]["stockpile"] == figures["reported"] > 0


def test_simulation_of_two_levels_passes_through_the_city(town):
    switch("approves", "city")
    run(days=2)
    rows = CaseEvent.objects.filter(action="approve", state_to="closed")
    assert rows.filter(state_from="close_review").exists()
    assert not CaseEvent.objects.filter(action="close", state_to="closed").exists()


def test_simulation_tasks_agree_with_the_states(town):
    run()
    held = {"verifying": "verify", "checking": "check", "to_dispose": "dispose",
            "disposing": "dispose", "dept_review": "dispose"}  # fmt: skip
    open_tasks = dict(WorkItem.objects.open().values_list("case_id", "kind"))
    states = Case.objects.open().values_list("id", "state")
    assert open_tasks == {pk: held[state] for pk, state in states if state in held}
    pending = Case.objects.exclude(pending="").values_list("id", "pending")
    assert dict(pending) == dict(Request.objects.open().values_list("case_id", "kind"))


def test_simulation_same_seed_same_city(town):
    def story():
        run()
        rows = CaseEvent.objects.order_by("at", "case__number", "seq")
        found = list(rows.values_list("case__number", "action", "at", "by__username", "opinion"))
        undo()
        return found

    assert story() == story()


CITIZENS = ("CitizenMessage", "CallBack", "Call", "PublicReport")


def undo():
    from cases.models import Sequence

    called = [apps.get_model(f"hotline.{name}") for name in CITIZENS]
    kept = (Attachment, WorkItem, Request, Urge, Supervision, Instruction, Assist, Ruling)
    for model in (*called, *kept, CaseEvent):
        model.objects.all().delete()
    Case.objects.exclude(merged_into=None).delete()
    Case.objects.all().delete()
    Sequence.objects.all().delete()


def test_simulation_reports_what_fails(town):
    Source.objects.filter(code="patrol").delete()
    figures = run()
    assert figures["errors"] + figures["refused"] > 0


def test_life_moves_the_city_and_leaves_alone_what_visitors_touched(town):
    now = MORNING + timedelta(hours=6)
    mine = bring(town, State.TO_DISPATCH, at=now - timedelta(minutes=50), minutes=10)
    theirs = bring(town, State.REGISTERED, at=now - timedelta(hours=5))
    CaseEvent.objects.filter(case=theirs).update(by=town.collector01)
    life = Life(seed=3)
    moves = [life.step(now + timedelta(minutes=n)) for n in range(40)]
    assert sum(figures["errors"] for figures in moves) == 0
    assert sum(figures["reported"] for figures in moves) > 0
    assert mine.events.count() == Case.objects.get(pk=mine.pk).events_count == 3
    assert theirs.events.count() > 1
    names = set(CaseEvent.objects.exclude(case=mine).values_list("by__username", flat=True))
    assert names & {"acceptor01", "shift_leader01"}
    assert not names & {"collector", "acceptor", "shift_leader", "dispatcher", "liaison"}


def test_collectors_are_on_duty_by_shift_and_tell_where_they_walk(town):
    for n in range(2, 5):
        walker = person(town, f"collector0{n}", "collector", town.center)
        town.duty_grid.collectors.add(walker)
    life, places = Life(seed=3), set()
    for hour, expected in ((9, {1, 3}), (14, {1, 2, 3, 4}), (20, {2, 4}), (23, set())):
        now = (MORNING + timedelta(hours=hour - 9)).replace(second=7)
        life.step(now)
        on_duty = User.objects.filter(on_duty=True, username__startswith="collector0")
        assert {int(user.username[-2:]) for user in on_duty} == expected
        seen = Position.objects.filter(at=now)
        assert set(seen.values_list("user", flat=True)) == set(on_duty.values_list("pk", flat=True))
        assert all(town.duty_grid.geometry.convex_hull.covers(row.point) for row in seen)
        places |= {row.point.coords for row in seen}
    assert len(places) > 5


def test_somebody_is_on_duty_at_every_hour():
    for hour in range(24):
        numbers = [number for number in range(24) if pace.on_shift(number, hour)]
        expected = 3 if hour < 7 or hour > 21 else 24 if hour == 14 else 12 if hour < 14 else 13
        assert len(numbers) == expected
        assert 0 in numbers


def test_each_collector_tells_the_place_once_a_minute(town):
    life, now = Life(seed=3), MORNING + timedelta(hours=1)
    for n in range(24):
        life.step(now + timedelta(seconds=5 * n))
    own = Position.objects.filter(user=town.collector01, at__gte=now).order_by("at")
    assert 2 <= own.count() <= 3
    assert len({row.point.coords for row in own}) == own.count()


def test_life_only_where_a_demonstration_is_offered(town):
    assert live_step() == {}
    with override_settings(DEMO=True):
        assert live_step() == {}
    assert Case.objects.count() == 0


def test_pace_of_a_day():
    zone = timezone.get_default_timezone()
    monday, sunday = MORNING.date(), MORNING.date() - ALL_DAY
    days = {
        day: [list(pace.day_of(Random(n), day, 60, zone)) for n in range(200)]
        for day in (monday, sunday)
    }
    counts = {day: sum(map(len, runs)) / 200 for day, runs in days.items()}
    assert 57 < counts[monday] < 63
    assert 40 < counts[sunday] < 47
    hours = [at.hour for runs in days[monday] for at in runs]
    assert sum(7 <= hour < 22 for hour in hours) / len(hours) > 0.9
    assert all(list(runs) == sorted(runs) for runs in days[monday])


def test_pace_shares():
    rng = Random(1)
    patrol = sum(pace.source(rng, 10) == "patrol" for _ in range(2000)) / 2000
    assert 0.86 < patrol < 0.96
    late = sum(pace.share(rng) > 1 for _ in range(5000)) / 5000
    assert 0.02 < late < 0.08


def test_simulation_goes_on_with_open_cases(town):
    case = bring(town, State.TO_FILE, at=END - timedelta(hours=20))
    run()
    case.refresh_from_db()
    assert case.events_count > 2
