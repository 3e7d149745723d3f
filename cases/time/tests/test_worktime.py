from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.time.holidays import work_calendar
from cases.time.worktime import (
    MAX_LINES,
    SHANGHAI,
    Limit,
    Note,
    Schedule,
    Unit,
    WorkCalendar,
    advance,
    deadline,
    elapsed,
    explain,
    in_seconds,
    whole,
)

CALENDAR = work_calendar()
HOUR, DAY = 3600, 8 * 3600
DAILY = ((time(8), time(12)), (time(14), time(18)))
SUMMER = ((time(7, 30), time(11, 30)), (time(15), time(18, 30)))


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        # within a day, over lunch, over night
        ("2026-03-04 09:00", "2 working_hours", "2026-03-04 11:00"),
        ("2026-03-04 11:00", "2 working_hours", "2026-03-04 15:00"),
        ("2026-03-04 17:30", "1 working_hours", "2026-03-05 08:30"),
        ("2026-03-04 09:15", "1 working_days", "2026-03-05 09:15"),
        ("2026-03-04 09:00", "0.5 working_days", "2026-03-04 15:00"),
        ("2026-03-04 11:50", "30 working_minutes", "2026-03-04 14:20"),
        # used up at the end of a slot: due there, not at the next opening
        ("2026-03-04 08:00", "4 working_hours", "2026-03-04 12:00"),
        ("2026-03-04 08:00", "1 working_days", "2026-03-04 18:00"),
        ("2026-03-06 14:00", "4 working_hours", "2026-03-06 18:00"),
        # a start outside work time counts from the next opening
        ("2026-03-04 06:00", "1 working_hours", "2026-03-04 09:00"),
        ("2026-03-04 12:00", "1 working_hours", "2026-03-04 15:00"),
        ("2026-03-04 12:59", "1 working_hours", "2026-03-04 15:00"),
        ("2026-03-04 18:00", "1 working_hours", "2026-03-05 09:00"),
        ("2026-03-06 20:00", "1 working_hours", "2026-03-09 09:00"),
        ("2026-03-07 10:00", "1 working_days", "2026-03-09 18:00"),
        # Spring Festival 2025: rest 01-28 to 02-04, work on Sunday 01-26 and Saturday 02-08
        ("2025-01-24 17:00", "2 working_hours", "2025-01-26 09:00"),
        ("2025-01-27 17:00", "2 working_hours", "2025-02-05 09:00"),
        ("2025-02-07 17:00", "2 working_hours", "2025-02-08 09:00"),
        # Spring Festival 2026: rest 02-15 to 02-23, work on Saturdays 02-14 and 02-28
        ("2026-02-13 14:00", "1 working_days", "2026-02-14 12:00"),
        ("2026-02-14 14:00", "1 working_days", "2026-02-24 12:00"),
        ("2026-02-27 09:00", "2 working_days", "2026-03-02 09:00"),
        # National Day 2025: rest 10-01 to 10-08, work on Sunday 09-28 and Saturday 10-11
        ("2025-09-26 16:00", "1 working_days", "2025-09-28 16:00"),
        ("2025-09-30 16:00", "1 working_days", "2025-10-09 16:00"),
        ("2025-10-10 16:00", "1 working_days", "2025-10-11 16:00"),
        # National Day 2026: rest 10-01 to 10-07, work on Sunday 09-20 and Saturday 10-10
        ("2026-09-18 16:00", "1 working_days", "2026-09-20 16:00"),
        ("2026-09-30 17:00", "4 working_hours", "2026-10-08 11:00"),
        ("2026-10-09 09:00", "5 working_days", "2026-10-15 09:00"),
        # into 2027, of which nothing is known: Friday 01-01 is taken for a work day
        ("2026-12-31 09:00", "1 working_days", "2027-01-01 09:00"),
        ("2026-12-31 09:00", "2 working_days", "2027-01-04 09:00"),
        # day and night, holidays and lunch included
        ("2026-03-04 11:50", "30 minutes", "2026-03-04 12:20"),
        ("2026-09-30 23:30", "2 urgent_hours", "2026-10-01 01:30"),
        ("2026-02-14 18:00", "3 urgent_days", "2026-02-17 18:00"),
        ("2026-02-14 18:00", "0.5 urgent_hours", "2026-02-14 18:30"),
    ],
)
def test_deadline(start, limit, expected):
    value, unit = limit.split()
    limit = Limit(Decimal(value), Unit(unit))

    assert deadline(at(start), limit, CALENDAR) == at(expected)
    assert elapsed(at(start), at(expected), limit.unit.is_working, CALENDAR) == in_seconds(
        limit, CALENDAR
    )


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-03-04 09:00", "2026-03-04 09:00", 0),
        ("2026-03-04 12:00", "2026-03-04 14:00", 0),
        ("2026-03-04 11:59", "2026-03-04 14:01", 120),
        ("2026-03-06 18:00", "2026-03-09 08:00", 0),
        ("2026-10-01 00:00", "2026-10-08 00:00", 0),
        ("2026-10-10 00:00", "2026-10-11 00:00", DAY),
        ("2025-01-01 00:00", "2026-01-01 00:00", 248 * DAY),
        ("2026-01-01 00:00", "2027-01-01 00:00", 248 * DAY),
    ],
)
def test_elapsed_work_time(start, end, seconds):
    assert elapsed(at(start), at(end), True, CALENDAR) == seconds


def test_six_hours_make_a_working_day_where_the_office_says_so():
    calendar = work_calendar(minutes_per_day=360)

    due = deadline(at("2026-03-04 09:00"), Limit(Decimal(1), Unit.WORKING_DAYS), calendar)

    assert due == at("2026-03-04 17:00")


def test_instants_of_any_zone_come_out_in_utc():
    start = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)  # Thursday 07:30 in Shanghai
    due = advance(start, HOUR, True, CALENDAR)

    assert due == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    assert due.tzinfo is UTC
    assert advance(start.astimezone(ZoneInfo("America/New_York")), HOUR, True, CALENDAR) == due


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        advance(datetime(2026, 3, 4, 9), HOUR, True, CALENDAR)  # noqa: DTZ001


def test_an_instant_belongs_to_its_second():
    start = at("2026-03-04 09:00") + timedelta(microseconds=999_999)

    assert whole(start) == at("2026-03-04 09:00")
    assert advance(start, 60, True, CALENDAR) == at("2026-03-04 09:01")
    assert elapsed(start, at("2026-03-04 09:00:01"), True, CALENDAR) == 1


def test_no_time_is_due_at_once_even_at_night():
    assert advance(at("2026-03-04 22:00"), 0, True, CALENDAR) == at("2026-03-04 22:00")


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="not negative"):
        advance(at("2026-03-04 09:00"), -1, True, CALENDAR)
    with pytest.raises(ValueError, match="before the start"):
        elapsed(at("2026-03-04 09:00"), at("2026-03-04 08:59"), True, CALENDAR)


# --- limits ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("unit", "seconds", "working"),
    [
        (Unit.MINUTES, 90, False),
        (Unit.WORKING_MINUTES, 90, True),
        (Unit.URGENT_HOURS, 5400, False),
        (Unit.URGENT_DAYS, 129600, False),
        (Unit.WORKING_HOURS, 5400, True),
        (Unit.WORKING_DAYS, 43200, True),
    ],
)
def test_units(unit, seconds, working):
    assert in_seconds(Limit(Decimal("1.5"), unit), CALENDAR) == seconds
    assert unit.is_working is working


def test_limits_round_to_seconds_half_up():
    assert in_seconds(Limit(Decimal("0.0250"), Unit.MINUTES), CALENDAR) == 2
    assert in_seconds(Limit(Decimal("0.0001"), Unit.MINUTES), CALENDAR) == 1


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_a_limit_is_a_positive_number(value):
    with pytest.raises(ValueError, match="more than zero"):
        Limit(Decimal(value), Unit.MINUTES)


# --- calendars ------------------------------------------------------------------------------
def test_summer_hours_lie_over_the_ordinary_ones():
    summer = Schedule(date(2026, 6, 1), date(2026, 9, 30), SUMMER)
    calendar = work_calendar(schedules=(Schedule(), summer))

    assert advance(at("2026-05-29 17:00"), 2 * HOUR, True, calendar) == at("2026-06-01 08:30")
    assert advance(at("2026-06-02 11:00"), HOUR, True, calendar) == at("2026-06-02 15:30")
    assert advance(at("2026-09-30 18:00"), HOUR, True, calendar) == at("2026-10-08 08:30")


def test_a_swapped_work_day_keeps_the_hours_of_its_season_and_weekday():
    short = ((time(9), time(12)),)
    calendar = WorkCalendar(
        schedules=(
            Schedule(slots=DAILY),
            Schedule(slots=short, weekdays=frozenset({5})),
            Schedule(valid_from=date(2026, 6, 1), slots=SUMMER),
        ),
        days={date(2026, 3, 8): True, date(2026, 6, 6): True, date(2026, 3, 9): False},
    )

    assert calendar.day(date(2026, 3, 7)).slots == short  # a usual Saturday
    assert calendar.day(date(2026, 3, 8)).slots == DAILY  # a swapped Sunday
    assert calendar.day(date(2026, 3, 9)).slots == ()
    assert calendar.day(date(2026, 6, 6)).slots == SUMMER
    assert calendar.day(date(2026, 6, 13)).slots == ()  # in summer Saturdays are free


def test_night_hours_may_end_at_midnight():
    calendar = WorkCalendar(schedules=(Schedule(slots=((time(20), time.min),)),))

    assert advance(at("2026-03-04 21:00"), 3 * HOUR, True, calendar) == at("2026-03-05 00:00")
    assert advance(at("2026-03-04 21:00"), 4 * HOUR, True, calendar) == at("2026-03-05 21:00")


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        (((time(22), time(6)),), "crosses midnight"),
        (((time(8), time(8)),), "crosses midnight or is empty"),
        (((time(8), time(12)), (time(11), time(18))), "overlap"),
        (((time(14), time(18)), (time(8), time(12))), "out of order"),
        (((time(20), time.min), (time(21), time(22))), "overlap"),
        (((time(8, tzinfo=UTC), time(12, tzinfo=UTC)),), "local times"),
        (((time(8, 0, 0, 5), time(12)),), "whole seconds"),
    ],
)
def test_slots_that_make_no_sense_are_refused(english, slots, message):
    with pytest.raises(ValueError, match=message):
        Schedule(slots=slots)


def test_schedules_and_calendars_that_make_no_sense_are_refused(english):
    with pytest.raises(ValueError, match="before they begin"):
        Schedule(date(2026, 6, 1), date(2026, 5, 1))
    with pytest.raises(ValueError, match="Weekdays"):
        Schedule(weekdays=frozenset({7}))
    with pytest.raises(ValueError, match="has no hours"):
        WorkCalendar(schedules=(Schedule(slots=()),))
    with pytest.raises(ValueError, match="more than zero minutes"):
        WorkCalendar(minutes_per_day=0)
    with pytest.raises(ValueError, match="share a weekday"):
        WorkCalendar(schedules=(Schedule(), Schedule(slots=SUMMER)))


@pytest.mark.parametrize(
    "schedule",
    [Schedule(valid_to=date(2026, 3, 31)), Schedule(weekdays=frozenset())],
    ids=["expired", "never"],
)
def test_a_calendar_that_runs_out_of_work_says_so(english, schedule):
    with pytest.raises(ValueError, match="no work time in the 400 days"):
        advance(at("2026-03-30 09:00"), 3 * DAY, True, WorkCalendar(schedules=(schedule,)))


# --- explanations ---------------------------------------------------------------------------
def lines(start, seconds, working=True, calendar=CALENDAR):
    return [
        (
            f"{line.start.astimezone(SHANGHAI):%m-%d %H:%M}",
            f"{line.end.astimezone(SHANGHAI):%m-%d %H:%M}",
            line.seconds / HOUR,
            line.note,
            line.name,
        )
        for line in explain(at(start), seconds, working, calendar)
    ]


def test_explanation_names_holidays_and_swapped_days():
    assert lines("2026-02-13 17:00", 11 * HOUR) == [
        ("02-13 17:00", "02-13 18:00", 1, None, ""),
        ("02-14 08:00", "02-14 12:00", 4, Note.SWAPPED, "spring_festival"),
        ("02-14 14:00", "02-14 18:00", 4, Note.SWAPPED, "spring_festival"),
        ("02-15 00:00", "02-24 00:00", 0, Note.HOLIDAY, "spring_festival"),
        ("02-24 08:00", "02-24 10:00", 2, None, ""),
    ]


def test_explanation_tells_what_was_assumed():
    assert lines("2026-12-31 17:00", 10 * HOUR) == [
        ("12-31 17:00", "12-31 18:00", 1, None, ""),
        ("01-01 08:00", "01-01 12:00", 4, Note.ASSUMED, ""),
        ("01-01 14:00", "01-01 18:00", 4, Note.ASSUMED, ""),
        ("01-02 00:00", "01-04 00:00", 0, Note.WEEKEND, ""),
        ("01-04 08:00", "01-04 09:00", 1, Note.ASSUMED, ""),
    ]


def test_explanation_waits_for_the_opening():
    assert lines("2026-03-06 19:00", HOUR) == [
        ("03-06 19:00", "03-07 00:00", 0, Note.OFF_HOURS, ""),
        ("03-07 00:00", "03-09 00:00", 0, Note.WEEKEND, ""),
        ("03-09 08:00", "03-09 09:00", 1, None, ""),
    ]
    assert lines("2026-03-04 12:30", HOUR)[0] == (
        "03-04 12:30", "03-04 14:00", 0, Note.OFF_HOURS, "",
    )  # fmt: skip
    assert lines("2026-03-07 10:00", HOUR)[0] == (
        "03-07 10:00", "03-09 00:00", 0, Note.WEEKEND, "",
    )  # fmt: skip


def test_explanation_ends_where_the_night_shift_does():
    night = WorkCalendar(schedules=(Schedule(slots=((time(20), time.min),)),))

    assert lines("2026-03-04 21:00", 3 * HOUR, calendar=night) == [
        ("03-04 21:00", "03-05 00:00", 3, None, "")
    ]


def test_explanation_of_continuous_time_is_one_line():
    assert lines("2026-09-30 23:00", 2 * HOUR, working=False) == [
        ("09-30 23:00", "10-01 01:00", 2, None, "")
    ]


def test_explanations_stay_short():
    assert len(explain(at("2026-03-02 09:00"), 20 * DAY, True, CALENDAR)) <= MAX_LINES
    year = explain(at("2026-01-05 09:00"), 240 * DAY, True, CALENDAR)
    assert len(year) < 130
    assert sum(line.seconds for line in year) == 240 * DAY
    assert year[0].end == at("2026-01-09 18:00")


# --- properties -----------------------------------------------------------------------------
def reference(start: datetime, end: datetime, calendar: WorkCalendar) -> int:
    """Work minutes from start to end, by looking at every single minute."""
    minutes, moment = 0, start
    while moment < end:
        local = moment.astimezone(SHANGHAI)
        rests = local.weekday() > 4
        works = calendar.days.get(local.date(), not rests)
        in_slot = any(opening <= local.time() < closing for opening, closing in DAILY)
        minutes += works and in_slot
        moment += timedelta(minutes=1)
    return minutes


spring_2026 = st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=SHANGHAI)
)
minutes = st.integers(0, 20 * 24 * 60)
calendars = st.sampled_from(
    [
        CALENDAR,
        work_calendar(schedules=(Schedule(), Schedule(date(2026, 2, 1), slots=SUMMER))),
        work_calendar(schedules=(Schedule(slots=((time.min, time(5)), (time(21), time.min))),)),
    ]
)


@settings(max_examples=40, deadline=None)
@given(start=spring_2026, length=minutes)
def test_elapsed_agrees_with_counting_minutes(start, length):
    start = start.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=length)
    counted = elapsed(start, end, True, CALENDAR)
    assert counted == 60 * reference(start, end, CALENDAR)


@settings(max_examples=30, deadline=None)
@given(start=spring_2026, length=st.integers(1, 5 * 8 * 60))
def test_advance_agrees_with_counting_minutes(start, length):
    start = start.replace(second=0, microsecond=0)
    due = advance(start, 60 * length, True, CALENDAR)
    assert reference(start, due, CALENDAR) == length
    assert reference(start, due - timedelta(minutes=1), CALENDAR) == length - 1


@given(start=spring_2026, seconds=st.integers(0, 40 * DAY), working=..., calendar=calendars)
def test_elapsed_inverts_advance(
    start: datetime, seconds: int, working: bool, calendar: WorkCalendar
):
    due = advance(start, seconds, working, calendar)
    assert elapsed(start, due, working, calendar) == seconds
    if seconds:  # and it is the earliest such instant
        before = due - timedelta(seconds=1)
        assert elapsed(start, before, working, calendar) == seconds - 1


@given(
    start=spring_2026,
    first=st.integers(0, 10 * DAY),
    second=st.integers(0, 10 * DAY),
    later=st.integers(0, 10**6),
    calendar=calendars,
)
def test_advance_adds_up_and_never_falls(start, first, second, later, calendar):
    step = advance(start, first, True, calendar)
    assert advance(step, second, True, calendar) == advance(start, first + second, True, calendar)
    assert step <= advance(start + timedelta(seconds=later), first, True, calendar)


@given(moments=st.lists(spring_2026, min_size=3, max_size=3), working=..., calendar=calendars)
def test_elapsed_adds_up(moments: list[datetime], working: bool, calendar: WorkCalendar):
    a, b, c = sorted(moments)
    both = elapsed(a, b, working, calendar) + elapsed(b, c, working, calendar)
    assert both == elapsed(a, c, working, calendar)


@given(start=spring_2026, seconds=st.integers(1, 60 * DAY), calendar=calendars)
def test_explanation_accounts_for_every_second(start, seconds, calendar):
    told = explain(start, seconds, True, calendar)
    assert sum(line.seconds for line in told) == seconds
    assert told[0].start <= told[0].end
    assert told[-1].end == advance(start, seconds, True, calendar)
    assert all(one.end <= two.start for one, two in pairwise(told))
    assert all(line.start < line.end for line in told)
    assert all(line.seconds == elapsed(line.start, line.end, True, calendar) for line in told)
