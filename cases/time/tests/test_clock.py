import json
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.time import clock as clocks
from cases.time.clock import Clock, Light, Line, LineKind, Span
from cases.time.holidays import work_calendar
from cases.time.worktime import SHANGHAI, Limit, Unit, advance, elapsed
from citymgmt.tests.shared import SHARED

CALENDAR = work_calendar()
HOUR = 3600
DAY = 8 * HOUR
TWO_DAYS = Limit(Decimal(2), Unit.WORKING_DAYS)
FOUR_HOURS = Limit(Decimal(4), Unit.WORKING_HOURS)
TWO_URGENT = Limit(Decimal(2), Unit.URGENT_HOURS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def round_(clock: Clock, begin: datetime, end: datetime) -> Clock:
    return clocks.pause(clocks.resume(clock, begin), end, CALENDAR, "feedback")


def light_of(clock: Clock, now: datetime) -> Light:
    """Of the moments that are stored for it."""
    return clocks.light(clocks.due_at(clock, CALENDAR), clocks.warn_at(clock, CALENDAR), now)


@pytest.fixture
def running() -> Clock:
    """Four working hours from Wednesday 09:00: warns 12:00+12 min of work, due at 15:00."""
    return clocks.start(FOUR_HOURS, march(4, 9))


def test_a_clock_knows_what_comes_next(running):
    assert running.working
    assert running.started_at == running.running_since == march(4, 9)
    assert clocks.warn_at(running, CALENDAR) == march(4, 14, 12)
    assert clocks.warn_at(running, CALENDAR, Decimal("0.5")) == march(4, 11)
    assert clocks.due_at(running, CALENDAR) == march(4, 15)
    assert clocks.remaining_at(running, march(4, 14, 30), CALENDAR) == HOUR // 2


LIGHTS = SHARED["lights"]  # of the clock above; the scripts of the pages turn at the same second


def test_the_shared_examples_are_of_this_clock(running):
    assert clocks.due_at(running, CALENDAR) == datetime.fromisoformat(LIGHTS["due"])
    assert clocks.warn_at(running, CALENDAR) == datetime.fromisoformat(LIGHTS["warn"])


@pytest.mark.parametrize("row", LIGHTS["rows"], ids=itemgetter("now"))
def test_light_and_overdue(running, row):
    now = datetime.fromisoformat(row["now"])
    assert light_of(running, now) == row["light"]
    assert clocks.overdue(running, now, CALENDAR) is row["late"]
    stopped = clocks.pause(running, now, CALENDAR, "done")
    assert clocks.overdue(stopped, march(9, 9), CALENDAR) is row["late"]
    assert light_of(stopped, now) is Light.GREY


def test_after_hours_is_late_though_no_work_time_passed():
    clock = clocks.start(FOUR_HOURS, march(4, 14))

    assert clocks.due_at(clock, CALENDAR) == march(4, 18)
    assert clocks.used_at(clock, march(4, 20), CALENDAR) == 4 * HOUR
    assert clocks.overdue(clock, march(4, 20), CALENDAR)


def test_urgent_time_runs_through_the_holiday():
    clock = clocks.start(TWO_URGENT, at("2026-09-30 23:30"))

    assert clocks.due_at(clock, CALENDAR) == at("2026-10-01 01:30")
    assert clocks.used_at(clock, at("2026-10-01 00:30"), CALENDAR) == HOUR


def test_a_pause_moves_the_deadline(running):
    paused = clocks.pause(running, march(4, 10), CALENDAR, "return_")

    assert paused.used == HOUR
    assert paused.running_since is None
    assert clocks.due_at(paused, CALENDAR) is None
    assert clocks.warn_at(paused, CALENDAR) is None
    assert clocks.deadline(paused, CALENDAR) is None
    assert light_of(paused, march(9, 9)) is Light.GREY
    assert clocks.used_at(paused, march(9, 9), CALENDAR) == HOUR

    resumed = clocks.resume(paused, march(5, 16))
    assert clocks.due_at(resumed, CALENDAR) == march(6, 9)
    assert clocks.warn_at(resumed, CALENDAR) == march(6, 8, 12)


def test_a_pause_that_did_not_end_is_as_before(running):
    paused = clocks.pause(running, march(4, 10), CALENDAR, "approve")
    assert clocks.unresume(clocks.resume(paused, march(5, 16))) == paused
    with pytest.raises(ValueError, match="does not run"):
        clocks.unresume(paused)
    with pytest.raises(ValueError, match="at least one span"):
        clocks.unresume(running)


def test_a_reader_whose_watch_is_slow_sees_a_fresh_clock(running):
    assert clocks.used_at(running, march(4, 8, 59), CALENDAR) == 0


def test_an_extension_is_kept_apart(running):
    once = clocks.extend(running, 4 * HOUR)

    assert (once.limit, once.extended) == (FOUR_HOURS, 4 * HOUR)
    assert clocks.due_at(once, CALENDAR) == march(5, 9)
    assert clocks.extend(once, HOUR).extensions == (4 * HOUR, HOUR)
    assert clocks.total(once, CALENDAR) == 8 * HOUR


def test_an_approved_extension_is_once_the_limit(running):
    once = clocks.extended_once(running, CALENDAR)

    assert once.extensions == (4 * HOUR,)
    assert clocks.extended_once(once, CALENDAR).extensions == (4 * HOUR, 4 * HOUR)


def test_an_extension_can_lift_an_overdue(running):
    late = clocks.pause(running, march(4, 16), CALENDAR, "done")

    assert clocks.overdue(late, march(4, 16), CALENDAR)
    assert not clocks.overdue(clocks.extend(late, HOUR), march(4, 16), CALENDAR)


@pytest.mark.parametrize(
    "deed",
    [
        lambda c: clocks.pause(
            clocks.pause(c, march(4, 10), CALENDAR, "x"), march(4, 11), CALENDAR, "x"
        ),
        lambda c: clocks.pause(c, march(4, 8), CALENDAR, "x"),
        lambda c: clocks.resume(c, march(4, 10)),
        lambda c: clocks.resume(clocks.pause(c, march(4, 10), CALENDAR, "x"), march(4, 9)),
        lambda c: clocks.extend(c, 0),
        lambda c: Clock(FOUR_HOURS, ()),
        lambda c: Clock(FOUR_HOURS, (Span(march(4, 9)), Span(march(4, 10)))),
    ],
    ids=[
        "pause twice", "pause before start", "resume running", "resume into the past",
        "extend by nothing", "no span", "two open spans",
    ],
)  # fmt: skip
def test_deeds_that_make_no_sense_are_refused(running, deed):
    with pytest.raises(ValueError, match=r"\w"):
        deed(running)


# --- bundled deadline -----------------------------------------------------------------------
def test_rework_by_the_same_department_uses_what_remains():
    first = clocks.pause(clocks.start(TWO_DAYS, march(2, 8)), march(3, 16), CALENDAR, "feedback")
    assert first.used == DAY + 6 * HOUR

    second = clocks.resume(first, march(5, 17))

    assert clocks.due_at(second, CALENDAR) == march(6, 9)
    assert not clocks.overdue(round_(first, march(5, 17), march(6, 9)), march(9, 9), CALENDAR)
    assert clocks.overdue(round_(first, march(5, 17), march(6, 9, 1)), march(9, 9), CALENDAR)


@pytest.mark.parametrize(
    ("ended", "reached"),
    [(march(4, 15), march(4, 15)), (march(4, 17), march(4, 15))],
    ids=["used up to the second", "already late"],
)
@pytest.mark.parametrize("again", [march(5, 9), march(5, 22)], ids=["at work", "at night"])
def test_rework_after_an_exhausted_limit_is_overdue_at_once(running, ended, reached, again):
    first = clocks.pause(running, ended, CALENDAR, "feedback")
    assert clocks.overdue(first, again, CALENDAR) is (ended > reached)

    second = clocks.resume(first, again)

    assert clocks.due_at(second, CALENDAR) == reached
    assert clocks.overdue(second, again, CALENDAR)
    assert light_of(second, again) is Light.RED


def test_an_extension_after_an_exhausted_limit_counts_from_the_new_round(running):
    first = clocks.pause(running, march(4, 17), CALENDAR, "feedback")  # 6 of 4 hours used

    second = clocks.extend(clocks.resume(first, march(5, 9)), 3 * HOUR)

    assert clocks.due_at(second, CALENDAR) == march(5, 10)


def test_what_was_counted_stands_when_the_calendar_changes(running):
    paused = clocks.pause(running, march(4, 11), CALENDAR, "feedback")
    holiday = work_calendar(overrides={march(4, 9).date(): (False, "local")})

    assert clocks.used_at(paused, march(5, 9), holiday) == 2 * HOUR
    assert clocks.due_at(clocks.resume(paused, march(5, 9)), holiday) == march(5, 11)
    late = clocks.pause(running, march(4, 17), CALENDAR, "feedback")
    assert clocks.deadline(late, holiday) == march(4, 17)


@pytest.mark.parametrize(
    ("used", "limit", "multiple"),
    [
        (7200, 7200, "0.00"), (3600, 7200, "0.00"), (10800, 7200, "0.50"), (7236, 7200, "0.01"),
        (7235, 7200, "0.00"), (205, 200, "0.03"), (100_000, 1000, "99.00"),
    ],
)  # fmt: skip
def test_overdue_multiple(used, limit, multiple):
    result = clocks.overdue_multiple(used, limit)
    assert str(result) == multiple


def test_overdue_multiple_needs_a_limit():
    with pytest.raises(ValueError, match="more than zero"):
        clocks.overdue_multiple(1, 0)


# --- account and storage --------------------------------------------------------------------
def test_the_account_of_a_clock(running):
    clock = clocks.extend(
        clocks.resume(clocks.pause(running, march(4, 10), CALENDAR, "return_"), march(4, 11)), HOUR
    )

    assert clocks.explain_clock(clock, march(4, 14, 30), CALENDAR) == (
        Line(LineKind.LIMIT, 4 * HOUR),
        Line(LineKind.EXTENSION, HOUR),
        Line(LineKind.SPAN, HOUR, march(4, 9), march(4, 10), "return_"),
        Line(LineKind.PAUSE, HOUR, march(4, 10), march(4, 11), "return_"),
        Line(LineKind.SPAN, HOUR + HOUR // 2, march(4, 11)),
        Line(LineKind.USED, 2 * HOUR + HOUR // 2),
        Line(LineKind.REMAINING, 2 * HOUR + HOUR // 2),
        Line(LineKind.DUE, start=march(4, 17)),
    )


def test_a_pause_of_no_length_is_no_line_of_the_account(running):
    again = clocks.resume(clocks.pause(running, march(4, 10), CALENDAR, "verify"), march(4, 10))

    assert clocks.explain_clock(again, march(4, 11), CALENDAR)[1:3] == (
        Line(LineKind.SPAN, HOUR, march(4, 9), march(4, 10), "verify"),
        Line(LineKind.SPAN, HOUR, march(4, 10)),
    )


def test_the_account_of_a_paused_and_of_a_late_clock(running):
    paused = clocks.pause(running, march(4, 10), CALENDAR, "suspend")
    assert clocks.explain_clock(paused, march(5, 10), CALENDAR)[1:] == (
        Line(LineKind.SPAN, HOUR, march(4, 9), march(4, 10), "suspend"),
        Line(LineKind.PAUSE, 24 * HOUR, march(4, 10), None, "suspend"),
        Line(LineKind.USED, HOUR),
        Line(LineKind.REMAINING, 3 * HOUR),
    )
    late = clocks.pause(running, march(4, 17), CALENDAR, "done")
    assert clocks.explain_clock(late, march(5, 10), CALENDAR)[1:] == (
        Line(LineKind.SPAN, 6 * HOUR, march(4, 9), march(4, 17), "done"),
        Line(LineKind.PAUSE, 17 * HOUR, march(4, 17), None, "done"),
        Line(LineKind.USED, 6 * HOUR),
        Line(LineKind.OVER, 2 * HOUR),
        Line(LineKind.DUE, start=march(4, 15)),
    )


def test_stored_instants_are_utc_text(running):
    data = clocks.to_json(clocks.pause(running, march(4, 10), CALENDAR, "done"))

    assert data == {
        "limit": {"value": "4", "unit": "working_hours"},
        "spans": [
            {
                "start": "2026-03-04T01:00:00+00:00",
                "stop": "2026-03-04T02:00:00+00:00",
                "seconds": 3600,
                "reason": "done",
            }
        ],
        "extensions": [],
    }


@pytest.mark.parametrize("key", ["limit", "spans", "extensions"])
def test_a_damaged_record_is_refused(running, key):
    data = clocks.to_json(running)
    del data[key]
    with pytest.raises(KeyError, match=key):
        clocks.from_json(data)


# --- properties -----------------------------------------------------------------------------
moments = st.datetimes(datetime(2026, 1, 20), datetime(2026, 3, 20)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=SHANGHAI)
)
histories = st.lists(moments, min_size=1, max_size=8, unique=True).map(sorted)
limits = st.builds(Limit, st.integers(1, 20).map(Decimal), st.sampled_from(list(Unit)))


def run(limit: Limit, history: list[datetime]) -> Clock:
    """Started at the first moment, then paused and resumed in turn."""
    clock = clocks.start(limit, history[0])
    for moment in history[1:]:
        if clock.running:
            clock = clocks.pause(clock, moment, CALENDAR, "verify")
        else:
            clock = clocks.resume(clock, moment)
    return clock


@given(limit=limits, begin=moments, gap=st.integers(0, 10**6), end=st.integers(0, 10**6))
def test_a_pause_of_no_length_changes_nothing(limit, begin, gap, end):
    clock = clocks.start(limit, begin)
    middle = begin + timedelta(seconds=gap)
    now = middle + timedelta(seconds=end)
    again = clocks.resume(clocks.pause(clock, middle, CALENDAR, "verify"), middle)

    assert clocks.due_at(again, CALENDAR) == clocks.due_at(clock, CALENDAR)
    assert clocks.used_at(again, now, CALENDAR) == clocks.used_at(clock, now, CALENDAR)
    assert light_of(again, now) == light_of(clock, now)
    assert clocks.overdue(again, now, CALENDAR) == clocks.overdue(clock, now, CALENDAR)


@given(limit=limits, history=histories)
def test_used_is_the_sum_of_the_running_spans(limit, history):
    clock = run(limit, history)
    now = history[-1] + timedelta(days=3)
    ends = [*history, now] if len(history) % 2 else history
    counted = sum(
        elapsed(begin, end, clock.working, CALENDAR)
        for begin, end in zip(ends[::2], ends[1::2], strict=True)
    )
    assert clocks.used_at(clock, now, CALENDAR) == counted


@given(limit=limits, history=histories)
def test_the_deadline_follows_the_published_formula(limit, history):
    clock = run(limit, history)
    due = clocks.due_at(clock, CALENDAR)
    remaining = clocks.total(clock, CALENDAR) - clock.used
    if not clock.running:
        assert due is None
    elif remaining > 0:
        assert due == advance(clock.running_since, remaining, clock.working, CALENDAR)
    else:
        assert due <= clock.running_since


@given(limit=limits, history=histories, wait=st.integers(0, 10**7))
def test_the_lights_come_in_order(limit, history, wait):
    clock = run(limit, history)
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    seen = [light_of(clock, history[-1] + timedelta(seconds=s)) for s in (0, wait, 2 * wait)]
    if clock.running:
        assert seen == sorted(seen, key=order.index)
        assert clocks.warn_at(clock, CALENDAR) <= clocks.due_at(clock, CALENDAR)
    else:
        assert set(seen) == {Light.GREY}


@given(limit=limits, history=histories, extensions=st.lists(st.integers(1, 10**6), max_size=2))
def test_storage_gives_back_the_same_clock(limit, history, extensions):
    clock = run(limit, history)
    for seconds in extensions:
        clock = clocks.extend(clock, seconds)
    if clock.running and len(history) % 3 == 0:
        clock = clocks.pause(clock, history[-1], CALENDAR, "done")

    assert clocks.from_json(json.loads(json.dumps(clocks.to_json(clock)))) == clock
