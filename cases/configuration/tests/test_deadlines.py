"""Long overdue exactly once; and what a change of the calendar does to promises already made."""

import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from cases.configuration import deadlines
from cases.machine import actions
from cases.machine.actions import strike
from cases.models import Calendar, CalendarDay
from cases.presenting import words as presenting
from cases.record.chain import broken_cases
from cases.states import Action, State
from cases.tests.cast import MORNING, act, bring, photo
from cases.tests.scenes import switch
from cases.time.worktime import Note

HOUR = timedelta(hours=1)


def struck(case):
    """{timer's action: rows}"""
    timers = [Action.WARN, Action.OVERDUE, Action.ESCALATE]
    rows = case.events.filter(action__in=timers).values_list("action", flat=True)
    return dict(Counter(rows))


# --- exactly once ---------------------------------------------------------------------------
def test_each_moment_is_logged_once_however_often_the_timer_looks(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)  # 2 urgent hours
    start = case.state_since
    for minutes in range(0, 400, 7):
        strike(at=start + timedelta(minutes=minutes))
        strike(at=start + timedelta(minutes=minutes))
    case.refresh_from_db()

    assert struck(case) == {"warn": 1, "overdue": 1, "escalate": 1}
    assert case.next_at is None
    at = case.events.get(action=Action.ESCALATE).at
    assert timedelta(0) <= at - (start + 3 * HOUR) < timedelta(minutes=7)


def test_it_waits_for_one_and_a_half_times_the_limit(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    start = case.state_since
    for _n in range(3):  # a timer that was away catches up step by step
        strike(at=start + 3 * HOUR - timedelta(seconds=1))
    assert struck(case) == {"overdue": 1}  # no warning after the deadline
    case.refresh_from_db()
    assert case.next_at == start + 3 * HOUR
    strike(at=start + 3 * HOUR)
    assert struck(case)["escalate"] == 1


def test_handing_on_inside_the_department_strikes_no_second_time(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    later = case.state_since + 4 * HOUR
    for _n in range(3):
        strike(at=later)
    act(cast, case, "assign", "liaison", at=later, handler=cast.handler)
    act(cast, case, "unassign", "liaison", at=later + HOUR)
    for _n in range(3):
        strike(at=later + 2 * HOUR)
    assert struck(case)["escalate"] == 1


def test_another_department_starts_with_a_clean_clock(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    later = case.state_since + 4 * HOUR
    for _n in range(3):
        strike(at=later)
    act(cast, case, "redispatch", "dispatcher", at=later, department=cast.street_office,
        opinion="改派")  # fmt: skip
    for hours in (1.9, 2.1, 3.1):
        strike(at=later + timedelta(hours=hours))
    assert struck(case)["escalate"] == 2


def test_the_share_is_a_switch(cast):
    switch("escalate_share", 2.0)
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    start = case.state_since
    for hours in (2.1, 3.5, 3.9):
        strike(at=start + timedelta(hours=hours))
    assert "escalate" not in struck(case)
    strike(at=start + 4 * HOUR)
    assert struck(case)["escalate"] == 1


# --- a changed calendar ---------------------------------------------------------------------
@pytest.fixture
def promised(cast):
    """Dispatched on Monday 2 March with two working days: due on Wednesday."""
    case = bring(cast, State.TO_DISPOSE)
    assert case.due_at == case.state_since + timedelta(days=2)
    return case


def close_tuesday():
    calendar = Calendar.objects.get(active=True)
    CalendarDay.objects.create(calendar=calendar, date="2026-03-03", works=False, name="停工日")


def found():
    return list(deadlines.differences(actions.context(MORNING)))


def run(*options):
    out, err = io.StringIO(), io.StringIO()
    call_command("recompute_deadlines", "--json", *options, stdout=out, stderr=err)
    return json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_without_a_change_nothing_differs(promised):
    assert found() == []


def test_differences_say_old_new_and_why_and_write_nothing(promised):
    close_tuesday()
    (one,) = found()

    assert one.due == (promised.due_at, promised.due_at + timedelta(days=1))
    assert one.moves
    assert "2026-03-03" in one.why
    assert "停工日" in one.why
    before = promised.events_count
    figures, told = run()
    promised.refresh_from_db()
    assert figures == {"different": 1, "moving": 1, "written": 0}
    assert promised.number in told
    assert promised.events_count == before


def test_apply_writes_them_with_a_row_each(promised, cast):
    close_tuesday()
    old, warned = promised.due_at, promised.warn_at
    figures, _told = run("--apply")
    promised.refresh_from_db()

    assert figures["written"] == 1
    assert promised.due_at == old + timedelta(days=1)
    assert promised.work_items.get().due_at == promised.due_at
    row = promised.events.get(action=Action.RETIME)
    assert row.data == {
        "due_from": old.isoformat(), "due_to": promised.due_at.isoformat(),
        "warn_from": warned.isoformat(), "warn_to": promised.warn_at.isoformat(),
    }  # fmt: skip
    assert row.post == "system"
    assert list(broken_cases()) == []
    assert run("--apply")[0] == {"different": 0, "moving": 0, "written": 0}


def test_a_mark_ahead_of_its_moment_again_is_taken_back(promised):
    late = promised.due_at + timedelta(minutes=5)
    strike(at=late)
    close_tuesday()
    ctx = actions.context(late)
    assert deadlines.recompute(deadlines.differences(ctx), ctx) == 1
    promised.refresh_from_db()

    assert promised.overdue_at is None
    assert not promised.disposal_overdue
    strike(at=promised.due_at)
    assert struck(promised)["overdue"] == 1
    strike(at=promised.due_at + timedelta(seconds=1))
    assert struck(promised)["overdue"] == 2


def test_other_limits_never_touch_a_promise(promised, cast):
    cast.cover_worn.limit_value = 9
    cast.cover_worn.save()
    cast.edition.active = False
    cast.edition.save()
    assert found() == []


def test_a_threshold_moves_the_warning_but_no_promise(promised):
    switch("warn_share", 0.5)
    old = promised.warn_at
    (one,) = found()
    assert not one.moves
    figures, _told = run("--apply")
    promised.refresh_from_db()
    assert figures == {"different": 1, "moving": 0, "written": 0}
    assert promised.next_at == promised.warn_at == one.alarm[1] < old
    row = promised.events.get(action=Action.RETIME)
    assert row.data == {"warn_from": old.isoformat(), "warn_to": promised.warn_at.isoformat()}
    assert list(broken_cases()) == []
    assert found() == []


def test_a_warning_ahead_of_its_moment_again_is_taken_back(promised):
    early = promised.warn_at
    strike(at=early)
    switch("warn_share", 0.9)
    ctx = actions.context(early)
    deadlines.recompute(deadlines.differences(ctx), ctx)
    promised.refresh_from_db()

    assert promised.warned_at is None
    assert promised.next_at == promised.warn_at > early
    strike(at=promised.warn_at)
    assert struck(promised) == {"warn": 2}
    assert list(broken_cases()) == []


def test_the_threshold_of_escalation_moves_only_the_look(promised):
    for _n in range(2):
        strike(at=promised.due_at + timedelta(seconds=1))
    switch("escalate_share", 3.0)
    run("--apply")
    old = promised.next_at
    promised.refresh_from_db()
    assert promised.next_at > old
    assert not promised.events.filter(action=Action.RETIME).exists()


def test_closed_cases_are_left_alone(cast):
    bring(cast, State.CLOSED)
    close_tuesday()
    assert found() == []


# --- the explanation ------------------------------------------------------------------------
def test_the_explanation_tells_pauses_extensions_bundles_and_assumed_days(cast, client):
    """Two rounds of one department with an extension, into a year that is not published."""
    late = datetime(2026, 12, 30, 1, 0, tzinfo=UTC)  # Wednesday 09:00
    case = bring(cast, State.TO_DISPOSE, at=late)
    act(cast, case, "extend", "liaison", at=late + HOUR, opinion="待料")
    act(cast, case, "approve", "shift_leader", at=late + 2 * HOUR, opinion="同意")
    photos = [photo("after", "green")]
    act(cast, case, "feedback", "liaison", at=late + 3 * HOUR, opinion="完成", photos=photos)
    act(cast, case, "send_back", "dispatcher", at=late + 4 * HOUR, opinion="不清楚")
    account = presenting.account(case, actions.context(late + 5 * HOUR))
    kinds = Counter(str(line["kind"]) for line in account["lines"])

    assert kinds["limit"] == kinds["extension"] == kinds["pause"] == kinds["due"] == 1
    assert kinds["span"] == 2
    assert next(line for line in account["lines"] if line["kind"] == "pause")["note"]
    notes = {slot["note"] for slot in account["slots"]}
    assert str(presenting.NOTE_WORDS[Note.ASSUMED]) in notes
    client.force_login(cast.dispatcher)
    paper = client.get(f"/cases/{case.number}/clock/").content.decode()
    part = client.get(f"/cases/{case.number}/clock/", headers={"hx-request": "true"})
    assert "data-print" in paper
    assert "<html" not in part.content.decode()
    for said in (paper, part.content.decode()):
        assert "2027-01-01" in said
