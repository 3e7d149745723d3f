"""The work calendar in force, read from its rows over the published holidays."""

from datetime import time
from functools import lru_cache

from cases.holidays import work_calendar
from cases.models import Calendar, CalendarDay, CalendarSchedule
from cases.worktime import Schedule, WorkCalendar
from citymgmt.lib.rows import Prepared

_active = Prepared(lambda: Calendar.objects.filter(active=True))
_schedules = Prepared(lambda: CalendarSchedule.objects.filter(calendar=0))
_days = Prepared(lambda: CalendarDay.objects.filter(calendar=0))


def current_calendar() -> WorkCalendar:
    """Three queries. Without an active row: 08:00-12:00, 14:00-18:00, Monday to Friday.

    The rows are read each time, the calendar is made anew only when they have changed.
    """
    for row in _active():
        return calendar_of(row)
    return _made((Schedule(),), 480, ())


def calendar_of(row: Calendar) -> WorkCalendar:
    """The calendar of one row; ValueError if its schedules make no sense together."""
    schedules = tuple(map(_schedule, _schedules(row.pk)))
    days = tuple((day.date, day.works, day.name) for day in _days(row.pk))
    return _made(schedules or (Schedule(),), row.minutes_per_day, days)


@lru_cache(maxsize=8)
def _made(schedules, minutes_per_day, days) -> WorkCalendar:
    overrides = {day: (works, name) for day, works, name in days}
    return work_calendar(schedules, minutes_per_day=minutes_per_day, overrides=overrides)


def _schedule(row) -> Schedule:
    slots = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in row.slots)
    days = frozenset(row.weekdays) if row.weekdays else Schedule().weekdays
    return Schedule(row.valid_from, row.valid_to, slots, days)
