from datetime import date

import chinese_calendar
import pytest

from cases.time.holidays import KNOWN_THROUGH, KNOWN_YEARS, known_days, work_calendar
from cases.time.worktime import Day, Note, Schedule


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 1, 26), (True, "spring_festival")),  # Sunday, swapped
        (date(2025, 1, 29), (False, "spring_festival")),
        (date(2025, 10, 6), (False, "mid_autumn_festival")),
        (date(2025, 10, 4), (False, "national_day")),  # the Saturday inside the holiday
        (date(2026, 2, 28), (True, "spring_festival")),
        (date(2026, 1, 1), (False, "new_years_day")),
        (date(2026, 10, 10), (True, "national_day")),
    ],
)
def test_published_days(day, expected):
    assert known_days([day.year])[day] == expected


def test_plain_days_and_other_years_are_left_out():
    days = known_days([2026])

    assert date(2026, 3, 4) not in days
    assert date(2026, 3, 7) not in days
    assert {day.year for day in days} == {2026}
    assert list(days) == sorted(days)


def test_years_the_package_does_not_know_add_nothing():
    assert known_days([1999, KNOWN_THROUGH.year + 1]) == {}


def test_known_through_is_the_last_year_of_the_package():
    assert chinese_calendar.is_workday(KNOWN_THROUGH) in (True, False)
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(date(KNOWN_THROUGH.year + 1, 1, 1))


@pytest.mark.parametrize("year", sorted(KNOWN_YEARS))
def test_the_calendar_agrees_with_the_package_on_every_day(year):
    calendar = work_calendar()
    for day in chinese_calendar.get_dates(date(year, 1, 1), date(year, 12, 31)):
        assert bool(calendar.day(day).slots) == chinese_calendar.is_workday(day), day


def test_overrides_win_and_reach_into_unknown_years():
    days = known_days(
        [2026], {date(2026, 10, 1): (True, "census"), date(2027, 1, 1): (False, "new_years_day")}
    )

    assert days[date(2026, 10, 1)] == (True, "census")
    assert days[date(2027, 1, 1)] == (False, "new_years_day")


def test_days_past_the_known_ones_are_assumed_until_entered():
    next_year = KNOWN_THROUGH.year + 1
    monday = next(d for d in chinese_calendar.get_dates(
        date(next_year, 3, 1), date(next_year, 3, 7)) if d.weekday() == 0)  # fmt: skip
    hours = Schedule().slots

    assert work_calendar().day(monday) == Day(hours, Note.ASSUMED)
    assert work_calendar(known_through=date(next_year, 12, 31)).day(monday) == Day(hours)
    entered = work_calendar(overrides={monday: (False, "local")})
    assert entered.day(monday) == Day((), Note.HOLIDAY, "local")


def test_who_observes_no_holidays_has_weekdays_and_own_days_alone():
    holiday, past_all = date(2026, 10, 1), date(KNOWN_THROUGH.year + 1, 3, 1)
    hours = Schedule().slots
    calendar = work_calendar(
        overrides={date(2026, 10, 2): (False, "local")}, observes_holidays=False, name="shifts"
    )

    assert calendar.name == "shifts"
    assert calendar.day(holiday) == Day(hours)
    assert calendar.day(date(2026, 10, 2)) == Day((), Note.HOLIDAY, "local")
    assert calendar.day(date(2026, 10, 10)) == Day((), Note.WEEKEND)  # no swapped day either
    assert calendar.day(past_all).note in (None, Note.WEEKEND)  # nothing is assumed
