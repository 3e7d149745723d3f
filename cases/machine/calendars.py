"""The work calendars read from their rows over the published holidays.

One is the center's; a department may have another, and those below it with it (ADR 0010).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from cases.models import Calendar, CalendarDay, CalendarSchedule, Case, DepartmentCalendar
from cases.states import Stage
from cases.time.holidays import work_calendar
from cases.time.worktime import Schedule, WorkCalendar
from citymgmt.accounts.models import Department
from citymgmt.lib.rows import Prepared

IN_DEPARTMENT = frozenset({Stage.DISPOSE})  # receiving, doing and reviewing the work are one clock

_own = Prepared(lambda: DepartmentCalendar.objects.values_list("department_id", "calendar_id"))
_calendars = Prepared(Calendar.objects.all)
_schedules = Prepared(CalendarSchedule.objects.all)
_days = Prepared(CalendarDay.objects.all)
_paths = Prepared(lambda: Department.objects.order_by().values_list("pk", "path"))


@dataclass(frozen=True)
class Calendars:
    """The center's calendar, and those of departments (by key) that count on another one."""

    center: WorkCalendar
    departments: Mapping[int, WorkCalendar] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, department_id: int | None) -> WorkCalendar:
        return self.departments.get(department_id, self.center)

    def of_clock(self, case: Case, stage: str) -> WorkCalendar:
        """The calendar on which this clock of the case is counted, wherever it is.

        A move that changes the department asks for the clock that ends before it does, and for
        the one that begins afterwards.
        """
        return self.of(case.department_id) if stage in IN_DEPARTMENT else self.center


class _Key(NamedTuple):
    """All that a calendar is made from; it can be compared."""

    schedules: tuple[Schedule, ...] = (Schedule(),)
    minutes_per_day: int = 480
    days: tuple = ()  # (date, works, name)
    observes_holidays: bool = True
    name: str = ""


def calendars() -> Calendars:
    """Four queries; five where a department has its own calendar, however many have.

    The rows are read each time, calendars are made anew only when they have changed.
    """
    own = _own()
    return of_rows(own, _calendars(), _schedules(), _days(), _paths() if own else ())


def of_rows(own, rows, schedules, days, paths) -> Calendars:
    """The same from rows at hand. `own`: (department, its calendar), `paths`: (department, its
    path), all by key."""
    rows = {row.pk: row for row in rows}
    schedules, days = _by_calendar(schedules), _by_calendar(days)
    keys = {
        pk: _key(row, schedules[pk], days[pk])
        for pk, row in rows.items()
        if row.active or any(pk == used for _department, used in own)
    }
    center = next((keys[pk] for pk, row in rows.items() if row.active), _Key())
    named = tuple((department, keys[calendar]) for department, calendar in own)
    return _assembled(center, named, tuple(paths))


def calendar_of(row: Calendar) -> WorkCalendar:
    """The calendar of one row; ValueError if its schedules make no sense together."""
    return _made(_key(row, row.schedules.all(), row.days.all()))


def _by_calendar(rows) -> dict[int, list]:
    found = defaultdict(list)
    for row in rows:
        found[row.calendar_id].append(row)
    return found


def _key(row, schedules, days) -> _Key:
    return _Key(
        tuple(map(_schedule, schedules)) or (Schedule(),),
        row.minutes_per_day,
        tuple((day.date, day.works, day.name) for day in days),
        row.observes_holidays,
        row.name,
    )


@lru_cache(maxsize=8)
def _assembled(center: _Key, own, paths) -> Calendars:
    """`own`: (department, key of its calendar); `paths`: (department, codes from the root down)."""
    made = {department: _made(key) for department, key in own}
    codes = {path.split("/")[-2]: made[pk] for pk, path in paths if pk in made}
    nearest = {
        pk: next((codes[code] for code in reversed(path.split("/")) if code in codes), None)
        for pk, path in paths
    }
    return Calendars(_made(center), {pk: found for pk, found in nearest.items() if found})


@lru_cache(maxsize=32)
def _made(key: _Key) -> WorkCalendar:
    return work_calendar(
        key.schedules,
        minutes_per_day=key.minutes_per_day,
        overrides={day: (works, name) for day, works, name in key.days},
        observes_holidays=key.observes_holidays,
        name=key.name,
    )


def _schedule(row) -> Schedule:
    slots = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in row.slots)
    days = frozenset(row.weekdays) if row.weekdays else Schedule().weekdays
    return Schedule(row.valid_from, row.valid_to, slots, days)
