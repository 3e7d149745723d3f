"""Deadlines across the real holidays of 2024 to 2026 and the assumed year 2027: a table worked
out by hand, and random stretches against a reference that looks at every single minute."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.time.holidays import work_calendar
from cases.time.worktime import (
    SHANGHAI,
    Limit,
    Note,
    Schedule,
    Unit,
    advance,
    deadline,
    elapsed,
    explain,
)

CALENDAR = work_calendar()
ORDINARY = ((time(8), time(12)), (time(14), time(18)))
SUMMER = ((time(8), time(12)), (time(15), time(19)))
SEASONS = work_calendar(
    schedules=(
        Schedule(),
        *(Schedule(date(y, 6, 1), date(y, 9, 30), slots=SUMMER) for y in range(2024, 2028)),
    )
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # 2024: Spring Festival 10-17 February, 18 February (Sunday) works
        ("2024-02-09 16:00", 1, "2024-02-18 16:00"),
        ("2024-04-03 17:00", 1, "2024-04-07 17:00"),  # Tomb-Sweeping, Sunday works
        ("2024-04-30 09:00", 2, "2024-05-07 09:00"),  # Labour Day
        ("2024-05-10 08:00", 2, "2024-05-11 18:00"),  # and its Saturday
        ("2024-09-30 14:00", 1, "2024-10-08 12:00"),  # National Day
        # 2025: Spring Festival 28 January - 4 February, National Day to 8 October
        ("2025-01-26 08:00", 3, "2025-02-05 18:00"),
        ("2025-04-30 08:00", 2, "2025-05-06 18:00"),
        ("2025-09-28 10:00", 1, "2025-09-29 10:00"),
        ("2025-09-30 08:00", 2, "2025-10-09 18:00"),
        # 2026: New Year 1-3 January, Spring Festival 15-23 February
        ("2026-01-04 08:00", 1, "2026-01-04 18:00"),
        ("2026-02-13 08:00", 3, "2026-02-24 18:00"),
        ("2026-09-30 08:00", 2, "2026-10-08 18:00"),
        ("2026-10-09 08:00", 2, "2026-10-10 18:00"),
        # 2027 is not published: Friday 1 January counts as any Friday
        ("2026-12-31 08:00", 2, "2027-01-01 18:00"),
    ],
)
def test_deadlines_across_holidays(start, days, due):
    limit = Limit(Decimal(days), Unit.WORKING_DAYS)
    assert deadline(at(start), limit, CALENDAR) == at(due)


def test_a_year_not_published_is_assumed_and_said_so_until_somebody_enters_it():
    start, seconds = at("2026-12-31 08:00"), 16 * 3600
    notes = {line.note for line in explain(start, seconds, True, CALENDAR)}
    entered = work_calendar(overrides={date(2027, 1, 1): (False, "new_years_day")})

    assert Note.ASSUMED in notes
    assert advance(start, seconds, True, entered) == at("2027-01-04 18:00")
    lines = explain(start, seconds, True, entered)
    assert (Note.HOLIDAY, "new_years_day") in {(line.note, line.name) for line in lines}


# --- against every single minute ------------------------------------------------------------
def works_on(day):
    known = day.year in {d.year for d in chinese_calendar.holidays}
    return chinese_calendar.is_workday(day) if known else day.weekday() < 5


def reference(start, end):
    """Work minutes from start to end under SEASONS; the slots are written out once more."""
    minutes, moment = 0, start
    while moment < end:
        local = moment.astimezone(SHANGHAI)
        slots = SUMMER if 6 <= local.month <= 9 else ORDINARY
        open_now = any(opening <= local.time() < closing for opening, closing in slots)
        minutes += works_on(local.date()) and open_now
        moment += timedelta(minutes=1)
    return minutes


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
)


@settings(max_examples=40, deadline=None)
@given(start=moments, length=st.integers(0, 12 * 24 * 60))
def test_elapsed_agrees_over_four_years(start, length):
    end = start + timedelta(minutes=length)
    assert elapsed(start, end, True, SEASONS) == 60 * reference(start, end)


@settings(max_examples=40, deadline=None)
@given(start=moments, length=st.integers(1, 4 * 8 * 60))
def test_advance_agrees_over_four_years(start, length):
    due = advance(start, 60 * length, True, SEASONS)
    assert reference(start, due) == length
    assert reference(start, due - timedelta(minutes=1)) == length - 1
