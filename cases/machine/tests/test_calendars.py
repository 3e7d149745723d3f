"""Several calendars side by side, on paper: `cleaning` works every day from 06:00 and through
holidays, `short` has the center's hours but six of them count as a day."""

from datetime import date, datetime, time
from decimal import Decimal
from types import SimpleNamespace

import pytest

from cases.machine.calendars import Calendars
from cases.states import Stage
from cases.time.holidays import work_calendar
from cases.time.worktime import SHANGHAI, Limit, Note, Schedule, Unit, deadline, explain

EARLY = ((time(6), time(12)), (time(14), time(18)))
FESTIVAL_2027 = {date(2027, 2, day): (False, "spring_festival") for day in range(6, 13)}
CENTER = work_calendar(overrides=FESTIVAL_2027)
CLEANING = work_calendar(
    (Schedule(slots=EARLY, weekdays=frozenset(range(7))),), observes_holidays=False, name="环卫作业"
)
SHORT = work_calendar(minutes_per_day=360, overrides=FESTIVAL_2027)
OFFICES = {"cleaning": 1, "short": 2, "none of its own": 3}
TWO = Calendars(CENTER, {1: CLEANING, 2: SHORT})


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("office", "start", "days", "due"),
    [
        # over a weekend
        ("cleaning", "2026-03-06 16:00", 1, "2026-03-07 12:00"),
        ("short", "2026-03-06 16:00", 1, "2026-03-09 12:00"),
        ("none of its own", "2026-03-06 16:00", 1, "2026-03-09 16:00"),
        # Spring Festival 15-23 February 2026; Saturday the 14th is a swapped work day
        ("cleaning", "2026-02-13 08:00", 3, "2026-02-15 12:00"),
        ("short", "2026-02-13 08:00", 3, "2026-02-24 10:00"),
        ("none of its own", "2026-02-13 08:00", 3, "2026-02-24 18:00"),
        # and 2027, as the center has entered it
        ("cleaning", "2027-02-05 08:00", 2, "2027-02-06 16:00"),
        ("short", "2027-02-05 08:00", 2, "2027-02-15 12:00"),
        ("none of its own", "2027-02-05 08:00", 2, "2027-02-15 18:00"),
    ],
)
def test_each_office_has_its_own_deadline(office, start, days, due):
    limit = Limit(Decimal(days), Unit.WORKING_DAYS)
    assert deadline(at(start), limit, TWO.of(OFFICES[office])) == at(due)


def test_what_runs_through_holidays_assumes_nothing():
    lines = explain(at("2027-12-30 08:00"), 5 * 480 * 60, True, CLEANING)
    assert {line.note for line in lines} == {None}
    lines = explain(at("2027-12-30 08:00"), 5 * 480 * 60, True, CENTER)
    assert Note.ASSUMED in {line.note for line in lines}


def test_its_own_special_days_count_all_the_same():
    closed = {date(2026, 3, 7): (False, "停工日")}
    calendar = work_calendar(CLEANING.schedules, overrides=closed, observes_holidays=False)
    assert calendar.day(date(2026, 3, 7)).note == Note.HOLIDAY
    assert calendar.day(date(2026, 2, 17)).slots == EARLY


@pytest.mark.parametrize("stage", Stage, ids=str)
def test_disposal_alone_is_counted_on_the_department_s(stage):
    case = SimpleNamespace(department_id=1)
    assert TWO.of_clock(case, stage) is (CLEANING if stage == Stage.DISPOSE else CENTER)
    assert TWO.of_clock(SimpleNamespace(department_id=None), stage) is CENTER
