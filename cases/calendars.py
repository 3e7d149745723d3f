"""The work calendar in force, read from its rows over the published holidays."""

from datetime import time

from cases.holidays import work_calendar
from cases.models import Calendar
from cases.worktime import Schedule, WorkCalendar


def current_calendar() -> WorkCalendar:
    """Three queries. Without an active row: 08:00-12:00, 14:00-18:00, Monday to Friday."""
    row = Calendar.objects.filter(active=True).prefetch_related("schedules", "days").first()
    if row is None:
        return work_calendar()
    schedules = tuple(_schedule(schedule) for schedule in row.schedules.all())
    overrides = {day.date: (day.works, day.name) for day in row.days.all()}
    return work_calendar(
        schedules or (Schedule(),), minutes_per_day=row.minutes_per_day, overrides=overrides
    )


def _schedule(row) -> Schedule:
    slots = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in row.slots)
    days = frozenset(row.weekdays) if row.weekdays else Schedule().weekdays
    return Schedule(row.valid_from, row.valid_to, slots, days)
