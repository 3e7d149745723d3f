"""One cohort: no rate passes 100, whatever happened, whenever it is looked at."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.counting.cohorts import DUE_OR_DONE, PAIRS, pair
from evaluation.counting.facts import fold
from evaluation.counting.indicators import (
    COUNTS,
    POSTS,
    Period,
    above_full,
    count,
    count_by,
    count_many,
    members,
    rates,
)
from evaluation.counting.settings import CHOICES, DENOMINATORS, Settings
from evaluation.counting.tests.logs import END, SET_UP, WORK, at, case, log
from evaluation.counting.tests.test_indicators import a, done, seen, working

DAY = Period(at(0), at(1440))
NEXT = Period(at(1440), at(2880))
PLAIN = Settings()
OTHERS = {
    name: st.sampled_from(choices)
    for name, choices in CHOICES.items()
    if name not in ("membership", "zero_denominator")
}
DENOMINATED = st.fixed_dictionaries(
    {rate: st.sampled_from(counts) for rate, counts in DENOMINATORS.items()}
)
# A collector's missed reports are no part of what he filed: that choice has two cohorts.
ONE_COHORT = DENOMINATED.filter(lambda chosen: chosen["missed_rate"] != "filed")
SETTINGS = st.builds(Settings, **OTHERS, denominators=ONE_COHORT)

WAY = [*SET_UP, *WORK, *END]
CHECKED_BACK = [*SET_UP, *WORK, "pass_check", "send_check", "check", "rework", *WORK, *END]
SEEN_FIRST = ["report", "send_verify", "verify", *SET_UP[1:], *WORK, *END]
ASKED = ("approve", {"request_kind": "extend", "seconds": 3600})
EXTENDED = [*SET_UP, *WORK[:2], ASKED, *WORK[2:], *END]
REFUSED = ["report", "reject"]

VOICES = st.lists(st.sampled_from([100, 80, 50, 0, -100]), max_size=3).map(tuple)


@st.composite
def facts(draw):
    """A case cut off anywhere on one of the ways, in steps from a minute to a day."""
    way = draw(st.sampled_from([WAY, CHECKED_BACK, SEEN_FIRST, EXTENDED, REFUSED]))
    steps = log(*way[: draw(st.integers(1, len(way)))], every=draw(st.integers(1, 1440)))
    late = draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps)))
    view = case(
        case_id=draw(st.integers(1, 9)),
        source_group=draw(st.sampled_from(["collector", "public"])),
        needs_verify=draw(st.booleans()),
        due_at=draw(st.none() | st.integers(0, 4000).map(at)),
        stage_due_at=draw(st.none() | st.integers(0, 4000).map(at)),
        holder_id=draw(st.sampled_from([1, 2])),
        reporter_id=draw(st.sampled_from([1, 2])),
        exempt=draw(st.booleans()),
        called=draw(VOICES),
        rated=draw(VOICES),
        missed=draw(st.booleans()),
        missed_by_id=draw(st.sampled_from([1, 2])),
    )
    told = [replace_late(step, flag) for step, flag in zip(steps, late, strict=True)]
    return fold(view, told)


def replace_late(step, late):
    return type(step)(**{name: getattr(step, name) for name in step.__slots__} | {"overdue": late})


@given(st.lists(facts(), max_size=6), SETTINGS, st.integers(1, 4000))
def test_no_rate_passes_100_whatever_the_log(found, settings, cutoff):
    for period in (DAY, NEXT):
        if at(cutoff) < period.start:
            continue
        for by in (None, "department", "community", *POSTS):
            for counts in count_by(by, found, period, settings, at(cutoff)).values():
                assert above_full(rates(counts, settings)) == []


@given(st.lists(facts(), max_size=6), SETTINGS)
def test_one_pass_over_many_groupings_counts_the_same(found, settings):
    groupings = dict.fromkeys([None, "department", *POSTS], ())
    together = count_many(groupings, found, DAY, settings, DAY.end)
    for by in groupings:
        assert together[by] == count_by(by, found, DAY, settings, DAY.end)


@given(st.lists(facts(), max_size=6), st.sampled_from(sorted(DUE_OR_DONE)))
def test_the_cases_behind_a_count_are_as_many(found, name):
    once = ("_times", "_hours", "_points", "_multiple", "satisfaction_", "satisfied")
    total = count(found, DAY, PLAIN, DAY.end)[name]
    behind = len(members(name, found, DAY, PLAIN, DAY.end))
    assert behind == total or any(part in name for part in once)


def test_a_late_closing_of_last_period_does_not_lift_this_one():
    """Disposed on the first day and closed on the second: the picture with 126 of 125."""
    carried = done(disposed_at=at(1400), closed_at=at(1500), case_id=1)
    today = done(disposed_at=at(1500), closed_at=at(1600), case_id=2)
    own = Settings(membership="own")
    assert "close_rate" in above_full(rates(count([carried, today], NEXT, own, NEXT.end), own))
    found = count([carried, today], NEXT, PLAIN, NEXT.end)
    assert (found["should_close"], found["closed"]) == (1, 1)
    assert rates(found, PLAIN)["close_rate"] == 100
    assert rates(count([carried], DAY, PLAIN, DAY.end), PLAIN)["close_rate"] == 0


def test_nobody_is_judged_for_what_is_not_due():
    tasks = [working(due_at=at(5000), case_id=n) for n in range(9)]
    found = seen([*tasks, done(case_id=10)])
    assert (found["should_dispose"], found["should_close"]) == (10, 1)
    assert rates(count([*tasks, done()], DAY, PLAIN, DAY.end), PLAIN)["dispose_on_time_rate"] == 100
    by_task = Settings(denominators={"dispose_on_time_rate": "should_dispose"})
    assert rates(count(tasks, DAY, by_task, DAY.end), by_task)["dispose_on_time_rate"] == 0


@pytest.mark.parametrize(
    ("state", "given", "whole"),
    [
        ("registered", {"should_send_verify": True}, "should_send_verify"),
        ("verifying", {"verify_sent_at": at(3)}, "should_verify"),
        ("to_dispatch", {"filed_at": at(3)}, "should_dispatch"),
        ("to_check", {"check_due_at": at(3)}, "should_send_check"),
        ("checking", {"check_sent_at": at(3), "check_due_at": at(2)}, "should_check"),
        ("disposing", {"dispatched_at": at(3), "should_dispose": True}, "should_close"),
    ],
)
def test_a_task_counts_when_it_is_done_or_late(state, given, whole):
    ahead = at(5000)
    due = {"stage_due_at": ahead, "due_at": ahead}
    assert whole not in seen([a(state=state, **given, **due)])
    late = a(state=state, **given, stage_due_at=at(9), due_at=at(9))
    assert seen([late])[whole] == 1
    assert seen([late], period=NEXT)[whole] == 1  # still undone, a day later


def test_a_public_report_accepted_without_a_look_should_have_been_sent():
    found = seen([a(should_send_verify=True, accepted_at=at(5), state="to_file")])
    assert found["should_send_verify"] == 1
    ended = a(should_send_verify=True, state="void", void_origin="void", voided_at=at(5))
    assert seen([ended])["should_send_verify"] == 1


def test_a_pair_counts_the_part_inside_the_whole():
    before = working(filed_at=at(-5), accepted_at=at(-9), dispatched_at=at(3))
    found = count([before], DAY, PLAIN, DAY.end)
    assert (found["dispatched"], found["filed"], found["dispatched_of_filed"]) == (1, 0, 0)


def test_shirking_counts_for_the_department_that_still_has_the_case():
    moved = working(
        shirked_times=1, shirked_at=at(20), shirked_department_id=7, last_department_id=8
    )
    found = count_by("department", [moved], DAY, PLAIN, DAY.end)
    assert (found[7]["shirked"], found[8]["shirked_of_should_dispose"]) == (1, 0)


def test_pairs_are_counts_of_their_own():
    assert all(pair(part, whole) in DUE_OR_DONE for part, whole in PAIRS)
    assert not set(DUE_OR_DONE) - {pair(*names) for names in PAIRS} - set(COUNTS)


def test_a_carried_case_is_due_in_every_period_until_it_is_done():
    late = working(due_at=at(600), disposed_at=at(1500), closed_at=at(1600), overdue=True)
    first = a(state="disposing", should_dispose=True, dispatched_at=at(10), due_at=at(600))
    assert seen([first])["should_close"] == 1
    found = seen([late], period=NEXT)
    assert (found["should_close"], found["closed_overdue"]) == (1, 1)
    assert "should_close" not in seen([late], period=Period(at(2880), at(2880) + timedelta(days=1)))
