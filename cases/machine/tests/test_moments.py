"""The moment of a deed is read under its lock, and guards see what the timer wrote before it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.machine import actions
from cases.states import State
from cases.tests.cast import MORNING, bring, report
from citymgmt.lib.errors import NotNow

MINUTE = timedelta(minutes=1)


class Watch:
    """The clock of the machine, set by hand."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def watch(monkeypatch):
    found = Watch(MORNING + timedelta(hours=1))
    monkeypatch.setattr(timezone, "now", found)
    return found


@pytest.fixture
def meanwhile(monkeypatch):
    """meanwhile(deed): done once, between what the next step reads and its lock."""
    waiting, read_all = [], actions.photo_store.read_all

    def read(*args):
        found = read_all(*args)
        if waiting:
            waiting.pop()()
        return found

    monkeypatch.setattr(actions.photo_store, "read_all", read)
    return waiting.append


def times(case):
    return list(case.events.order_by("seq").values_list("at", flat=True))


@pytest.mark.parametrize("second", ["urge", "instruct", "dispatch", "void"])
def test_times_do_not_run_backwards(cast, watch, meanwhile, second):
    case = bring(cast, State.TO_DISPATCH)
    given = {"department": cast.water} if second == "dispatch" else {"opinion": "快办"}

    def urged():
        watch.now += MINUTE
        actions.perform(case, "urge", by=cast.shift_leader, given={"opinion": "快办"})

    meanwhile(urged)
    by = cast.leader if second == "instruct" else cast.dispatcher
    actions.perform(case, second, by=by, given=given)
    assert times(case) == sorted(times(case))
    assert times(case)[-2:] == [watch.now, watch.now]


def test_a_watch_that_is_behind_does_not_turn_the_log_back(cast, watch):
    case = bring(cast, State.TO_DISPATCH)
    given = {"opinion": "快办"}
    for minutes in (3, -3):
        watch.now += minutes * MINUTE
        actions.perform(case, "urge", by=cast.shift_leader, given=given)
    assert times(case)[-1] == times(case)[-2]


def test_an_extension_is_not_granted_after_the_mark(cast, watch, meanwhile):
    """The shift leader pressed the button in time; the timer had the lock first."""
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    watch.now = case.due_at
    actions.perform(case, "extend", by=cast.liaison, given={"opinion": "等配件"})
    case.refresh_from_db()

    def struck():
        watch.now += 2 * timedelta(seconds=1)
        assert actions.strike() == 1

    meanwhile(struck)
    with pytest.raises(NotNow):
        actions.perform(case, "approve", by=cast.shift_leader)
    case.refresh_from_db()
    assert (case.extensions, case.overdue_at) == (0, case.due_at)
    assert times(case) == sorted(times(case))


def test_the_mark_counts_for_a_watch_that_is_behind(cast, watch):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    watch.now = case.due_at
    actions.perform(case, "extend", by=cast.liaison, given={"opinion": "等配件"})
    case.refresh_from_db()
    actions.strike(at=case.due_at + MINUTE)
    with pytest.raises(NotNow):
        actions.perform(case, "approve", by=cast.shift_leader)


def test_the_timer_reads_the_clock_under_each_lock(cast, watch):
    """Its round began before somebody acted on the case that it comes to."""
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    watch.now = case.due_at + MINUTE
    began = actions.context()
    watch.now += MINUTE
    actions.perform(case, "urge", by=cast.shift_leader, given={"opinion": "快办"})
    actions.strike(within=began)
    assert case.events.filter(action="overdue").exists()
    assert times(case) == sorted(times(case))


def test_a_simulation_sets_its_own_moment(cast, watch):
    case = report(cast)
    actions.perform(case, "accept", by=cast.acceptor, at=MORNING + 5 * MINUTE)
    assert times(case)[-1] == MORNING + 5 * MINUTE
