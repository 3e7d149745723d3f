"""The clock of the machine can be set to anything; the timer does not act by it without asking."""

import json
import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from cases import tasks
from cases.machine import actions
from cases.machine.taking_back import take_back
from cases.models import Case, CaseEvent, TimerRound
from cases.record.chain import broken_cases
from cases.states import State
from cases.tests.cast import act, bring, report
from cases.time.judging import Before, Bounds, Doubt, Reading, doubt
from cases.timers import watch
from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib import clock
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid import tasks as grid_tasks

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REASON = "时钟错误"


class Machine:
    """A machine whose clock can be set; its running time goes on by itself."""

    def __init__(self, now):
        self.now, self.up, self.name = now, 1000.0, "here"

    def passes(self, span):
        self.now, self.up = self.now + span, self.up + span.total_seconds()

    def is_set(self, span):
        self.now += span


@pytest.fixture
def machine(monkeypatch):
    found = Machine(timezone.now())
    monkeypatch.setattr(timezone, "now", lambda: found.now)
    monkeypatch.setattr(clock, "running", lambda: found.up)
    monkeypatch.setattr(clock, "machine", lambda: found.name)
    monkeypatch.setattr(watch, "_database_clock", lambda: None)
    return found


@pytest.fixture
def standing(cast, machine):
    """A case with its department, due in two hours; the timer has made a round."""
    case = bring(
        cast, State.TO_DISPOSE, at=machine.now, minutes=0, filing_condition=cast.cover_open
    )
    tasks.find_due()
    return case


def marks():
    return list(CaseEvent.objects.filter(by=None, action__in=["warn", "overdue"]).order_by("id"))


# --- judged ---------------------------------------------------------------------------------
NOW = timezone.make_aware(timezone.datetime(2026, 3, 2, 9))
BOUNDS = Bounds(10 * MINUTE, 7 * DAY, 200, 10, timedelta(seconds=10))
ROUND = timedelta(seconds=10)


def judged(*, before=None, **reading):
    values = {"now": NOW, "machine": "here", "running": 500.0, "last": NOW - MINUTE} | reading
    return doubt(Reading(**values), before, BOUNDS)


def kept(ago=ROUND, **values):
    running = 500.0 - values.pop("ran", ago).total_seconds()
    return Before(**{"at": NOW - ago, "machine": "here", "running": running} | values)


@pytest.mark.parametrize(
    ("before", "reading", "said"),
    [
        (None, {}, None),
        (None, {"last": None}, None),
        (None, {"due": 201}, Doubt.MANY),
        (kept(), {}, None),
        (kept(ago=9 * MINUTE, ran=ROUND), {}, None),
        (kept(ago=DAY, ran=ROUND), {}, Doubt.JUMP),
        (kept(ago=-DAY, ran=ROUND), {}, Doubt.JUMP),
        (kept(machine="before", ago=-DAY), {}, Doubt.BEHIND),
        (kept(machine="before", ago=2 * DAY), {"last": NOW - 2 * DAY}, None),
        (kept(machine="before", ago=8 * DAY), {"last": NOW - 8 * DAY}, Doubt.GAP),
        (kept(machine="before", ago=8 * DAY), {}, None),
        (kept(ago=8 * DAY), {"last": NOW - 8 * DAY}, None),
        (kept(), {"last": NOW + HOUR}, Doubt.BEHIND),
        (kept(confirmed=NOW + HOUR), {"last": NOW + HOUR}, None),
        (kept(confirmed=NOW + HOUR), {"last": NOW + 2 * HOUR}, Doubt.BEHIND),
        (kept(), {"database": NOW + 9 * MINUTE}, None),
        (kept(), {"database": NOW + 11 * MINUTE}, Doubt.DATABASE),
        (kept(), {"database": NOW - 11 * MINUTE}, Doubt.DATABASE),
        (kept(lead=HOUR), {"database": NOW + HOUR}, None),
        (kept(), {"due": 200}, None),
        (kept(), {"due": 201}, Doubt.MANY),
        (kept(due=100), {"due": 1000}, None),
        (kept(due=100), {"due": 1001}, Doubt.MANY),
        # no worker ran for an hour while the machine did: so much is truly due
        (kept(ago=HOUR), {"due": 2000}, None),
        # the machine was off over the weekend
        (kept(machine="before", ago=2 * DAY), {"due": 2000}, Doubt.MANY),
    ],
)
def test_what_is_doubted(before, reading, said):
    assert judged(before=before, **reading) == said


# --- a day ahead ----------------------------------------------------------------------------
def test_a_jump_marks_nothing_until_a_person_has_looked(cast, machine, standing, caplog):
    Case.objects.filter(pk=standing.pk).update(next_at=machine.now + HOUR)
    machine.passes(MINUTE)
    machine.is_set(DAY)
    with caplog.at_level(logging.ERROR):
        assert [tasks.find_due() for _ in range(3)] == [0, 0, 0]
    assert len([row for row in caplog.records if "The timers have stopped" in row.message]) == 1
    assert not marks()
    assert (watch.stopped().doubt, watch.stopped().told["due"]) == (Doubt.JUMP, 1)
    watch.resume(by=cast.sysadmin)
    machine.passes(ROUND)
    assert tasks.find_due() == 1
    assert [row.action for row in marks()] == ["overdue"]
    row = AuditEvent.objects.get(verb="resume_timers")
    assert (row.by, row.data["reason"]) == (cast.sysadmin, "jump")


def test_a_thousand_at_once_wait_for_a_person(cast, machine, standing, settings):
    """The machine was off for two days: all is due, in one step once somebody has said so."""
    settings.TIMERS_MOST_DUE = 3
    for cell in range(4):
        report(cast, at=machine.now, cell=cell)
    machine.is_set(2 * DAY)
    machine.up = 1.0
    assert tasks.find_due() == 0
    assert watch.stopped().doubt == Doubt.MANY
    act(cast, standing, "urge", "shift_leader", at=None, opinion="快办")  # people go on working
    watch.resume(by=None)
    machine.passes(ROUND)
    assert tasks.find_due() == 5
    assert watch.stopped() is None


def test_a_demonstration_goes_on_after_weeks(cast, machine, standing, monkeypatch):
    monkeypatch.setattr(watch, "unattended", lambda: True)
    machine.is_set(30 * DAY)
    machine.up = 1.0
    assert tasks.find_due() == 1


def test_a_restart_and_an_ordinary_day_do_not_stop_it(cast, machine, standing):
    for start in range(3):
        machine.passes(HOUR)
        machine.name, machine.up = f"start {start}", 5.0
        tasks.find_due()
        assert watch.stopped() is None
    assert marks()


@pytest.mark.parametrize("span", [DAY, -DAY])
def test_nothing_is_entered_by_a_clock_that_was_set(cast, machine, standing, span):
    """Before the next round as well as after it."""
    machine.is_set(span)
    before = CaseEvent.objects.count()
    for _ in range(2):
        with pytest.raises(NotNow) as refusal:
            act(cast, standing, "urge", "shift_leader", at=None, opinion="快办")
        assert refusal.value.code == "clock"
        with pytest.raises(NotNow):
            report(cast, at=None)
        tasks.find_due()
    assert CaseEvent.objects.count() == before
    watch.resume(by=cast.sysadmin)
    act(cast, standing, "urge", "shift_leader", at=None, opinion="快办")


def test_other_timers_do_not_act_by_it(cast, machine, standing):
    assert tasks.remove_waiting_photos() == 0
    assert grid_tasks.settle() is not None
    machine.is_set(400 * DAY)
    assert tasks.remove_waiting_photos() is None
    assert grid_tasks.settle() is None


def test_the_database_has_a_clock_of_its_own(cast, machine, standing, monkeypatch):
    monkeypatch.setattr(watch, "_database_clock", lambda: machine.now - HOUR)
    assert tasks.find_due() == 0
    assert watch.stopped().doubt == Doubt.DATABASE
    watch.resume(by=None)
    tasks.find_due()
    assert watch.stopped() is None  # the difference is known now
    monkeypatch.setattr(watch, "_database_clock", lambda: machine.now)
    tasks.find_due()
    assert watch.stopped().doubt == Doubt.DATABASE


def test_the_running_time_is_of_this_start_of_the_machine():
    first = clock.running()
    assert clock.running() >= first > 0
    assert clock.machine() == clock.machine() != ""


# --- said and let go on ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "told", "able"),
    [("sysadmin", True, True), ("shift_leader", True, False), ("leader", True, False),
     ("acceptor", False, False), ("liaison", False, False)],
)  # fmt: skip
def test_who_is_told_and_who_lets_it_go_on(cast, client, machine, standing, name, told, able):
    machine.is_set(DAY)
    tasks.find_due()
    machine.is_set(-DAY)
    client.force_login(getattr(cast, name))
    assert client.get("/notices/count/").json()["unread"] >= told
    said = "计时器已停" in client.get("/notices/").content.decode()
    assert said == told
    page = client.get("/timers/")
    assert page.status_code == (200 if told else 403)
    assert (b"/timers/resume/" in page.content) == able
    assert client.post("/timers/resume/").status_code == (302 if able else 403)
    assert (watch.stopped() is None) == able


def test_the_settings_say_that_it_stands(cast, client, machine, standing):
    client.force_login(cast.sysadmin)
    assert "计时器已停" not in client.get("/settings/process/").content.decode()
    machine.is_set(DAY)
    tasks.find_due()
    machine.is_set(-DAY)
    page = client.get("/settings/process/").content.decode()
    assert "计时器已停" in page
    assert "data-notice-count" in page


def told(*arguments, **options):
    out = StringIO()
    call_command(*arguments, as_json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_the_command_lets_it_go_on(cast, machine, standing):
    assert told("timers") == {"doubt": "", "told": {}}
    machine.is_set(DAY)
    tasks.find_due()
    assert told("timers")["doubt"] == "jump"
    assert told("timers", resume=True)["doubt"] == ""
    with pytest.raises(CommandError):
        call_command("timers", resume=True)
    with pytest.raises(NotYours):
        watch.resume(by=cast.leader)


def test_a_timer_that_stands_has_a_reason(cast, machine, standing):
    with pytest.raises(IntegrityError, match="timer_round_stopped_for_a_reason"):
        TimerRound.objects.update(stopped_at=machine.now)


# --- taken back -----------------------------------------------------------------------------
NOTHING = {"cases": 0, "marks": 0, "suspensions": 0}
PLAIN = ("warn_at", "suspended_until", "state_since",
         "warned_at", "overdue_at", "disposal_overdue", "due_at", "next_at", "supervised",
         "stockpiled_at", "arrival_late_at", "closed_kind", "state")  # fmt: skip


def columns(case):
    return Case.objects.values(*PLAIN).get(pk=case.pk)


def marked(case, at):
    """What an older timer has written by a clock that was a day ahead."""
    while actions.strike(at=at):
        pass
    case.refresh_from_db()
    assert case.overdue_at


def taken_back(cast, since, until, **options):
    return told(
        "take_back_overdue", "--from", since.isoformat(), "--to", until.isoformat(),
        "--reason", REASON, "--admin", "sysadmin", "--leader", "leader", **options,
    )  # fmt: skip


def test_false_marks_are_taken_back(cast, machine, standing):
    act(cast, standing, "supervise", "leader", at=machine.now, opinion="快办",
        supervise_type="timeout", reply_by=machine.now + HOUR)  # fmt: skip
    before = columns(standing)
    marked(standing, machine.now + DAY)
    assert columns(standing) != before
    span = machine.now + HOUR, machine.now + 2 * DAY
    figures = taken_back(cast, *span)
    written = len(CaseEvent.objects.filter(by=None))
    assert figures == {"cases": 1, "marks": written, "suspensions": 0}
    assert columns(standing) == before
    row = standing.events.latest("seq")
    assert (row.action, row.opinion, row.by) == ("take_back", REASON, cast.leader)
    assert not list(broken_cases())
    assert not audit_broken()
    audit = AuditEvent.objects.get(verb="take_back_overdue")
    assert (audit.by, audit.data["leader"]) == (cast.sysadmin, "leader")
    assert taken_back(cast, *span) == NOTHING
    assert not standing.urges.exists()


@pytest.fixture
def suspended(cast, machine, standing):
    """Until ten days from now, an hour after its dispatch."""
    at, until = machine.now + HOUR, machine.now + 10 * DAY
    machine.passes(HOUR)
    act(cast, standing, "suspend", "liaison", at=at, until=until, opinion="缺件")
    act(cast, standing, "forward", "dispatcher", at=at)
    act(cast, standing, "approve", "leader", at=at)
    return standing


def woken(case, at):
    """What a timer has done by a clock that was days ahead."""
    assert actions.strike(at=at)
    case.refresh_from_db()
    assert case.state == State.TO_DISPOSE


@pytest.mark.parametrize("also", [0, 1, 3])
def test_a_suspension_that_did_not_end_goes_on(cast, machine, suspended, also):
    """Also where marks followed."""
    before, tasks_before = columns(suspended), tasks_of(suspended)
    stopped = suspended.clocks["dispose"]
    ahead = machine.now + 11 * DAY
    woken(suspended, ahead)
    for n in range(also):
        actions.strike(at=ahead + n * DAY)
    rows = suspended.events.filter(by=None).count()
    span = machine.now + DAY, machine.now + 20 * DAY
    figures = taken_back(cast, *span)
    assert figures == {"cases": 1, "marks": rows - 1, "suspensions": 1}
    assert columns(suspended) == before
    assert tasks_of(suspended) == tasks_before
    suspended.refresh_from_db()
    assert suspended.clocks["dispose"] == stopped
    row = suspended.events.latest("seq")
    assert (row.action, row.state_from, row.state_to) == ("take_back", "to_dispose", "suspended")
    assert (row.opinion, row.by, row.at <= machine.now) == (REASON, cast.leader, True)
    assert not list(broken_cases())
    assert not audit_broken()
    assert taken_back(cast, *span) == NOTHING
    ends = before["suspended_until"] + MINUTE
    machine.passes(ends - machine.now)
    assert actions.strike(at=ends) == 1  # in its time
    suspended.refresh_from_db()
    assert (suspended.state, suspended.overdue_at) == (State.TO_DISPOSE, None)
    assert abs(suspended.events.latest("seq").at - ends) < MINUTE
    assert suspended.work_items.filter(done_at=None).count() == 1
    assert not list(broken_cases())


def tasks_of(case):
    return list(case.work_items.order_by("pk").values())


def test_a_suspension_that_somebody_went_on_from_has_ended(cast, machine, suspended):
    ahead = machine.now + 11 * DAY
    woken(suspended, ahead)
    act(cast, suspended, "assign", "liaison", at=ahead, handler=cast.handler)
    before = columns(suspended)
    assert taken_back(cast, machine.now, ahead + DAY) == NOTHING
    assert columns(suspended) == before


def test_the_end_of_a_suspension_is_not_taken_back_with_another_span(cast, machine, suspended):
    woken(suspended, machine.now + 11 * DAY)
    assert taken_back(cast, machine.now, machine.now + 10 * DAY) == NOTHING


def test_the_second_end_of_a_suspension_is_taken_back_as_well(cast, machine, suspended):
    before = columns(suspended)
    for _n in range(2):
        woken(suspended, machine.now + 11 * DAY)
        assert taken_back(cast, machine.now, machine.now + 12 * DAY)["suspensions"] == 1
        assert columns(suspended) == before
    assert not list(broken_cases())


def test_a_step_waits_until_the_end_of_a_suspension_that_lies_ahead_is_taken_back(
    cast, machine, suspended
):
    woken(suspended, machine.now + 11 * DAY)
    given = {"at": None, "handler": cast.handler}
    with pytest.raises(NotNow) as refusal:
        act(cast, suspended, "assign", "liaison", **given)
    assert refusal.value.code == "clock"
    taken_back(cast, machine.now, machine.now + 12 * DAY)
    suspended.refresh_from_db()
    act(cast, suspended, "resume", "leader", at=None)
    act(cast, suspended, "assign", "liaison", **given)
    assert abs(suspended.events.latest("seq").at - machine.now) < MINUTE
    assert suspended.warn_at > machine.now


def test_what_is_truly_late_is_marked_again(cast, machine, standing):
    marked(standing, standing.due_at + HOUR)
    machine.passes(3 * HOUR)
    taken_back(cast, standing.due_at, machine.now + DAY)
    assert actions.strike(at=machine.now + DAY)
    standing.refresh_from_db()
    assert standing.overdue_at == standing.due_at


def test_a_step_waits_until_a_mark_that_lies_ahead_is_taken_back(cast, machine, standing):
    marked(standing, machine.now + DAY)
    given = {"at": None, "handler": cast.handler}
    with pytest.raises(NotNow) as refusal:
        act(cast, standing, "assign", "liaison", **given)
    assert refusal.value.code == "clock"
    taken_back(cast, machine.now, machine.now + 2 * DAY)
    act(cast, standing, "assign", "liaison", **given)
    row = standing.events.latest("seq")
    assert abs(row.at - machine.now) < MINUTE
    assert row.overdue is False


def test_two_powers_take_marks_back(cast, machine, standing):
    marked(standing, machine.now + DAY)
    span = {"since": machine.now, "until": machine.now + 2 * DAY, "reason": REASON}
    for admin, leader in [("sysadmin", "sysadmin"), ("leader", "leader"), ("leader", "sysadmin")]:
        with pytest.raises(NotYours):
            take_back(**span, admin=getattr(cast, admin), leader=getattr(cast, leader))
    people = {"admin": cast.sysadmin, "leader": cast.leader}
    for wrong in ({"reason": " "}, {"until": machine.now}):
        with pytest.raises(BadInput):
            take_back(**span | wrong, **people)
    assert not CaseEvent.objects.filter(action="take_back").exists()
