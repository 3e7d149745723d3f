"""Work time: limits, the work calendar and the arithmetic of deadlines.

Pure: no database and no clock; every instant is an argument. Instants go in as aware datetimes
of any zone and come out in UTC. All arithmetic is in whole seconds: an instant belongs to the
second it lies in, so microseconds are cut off on the way in (`whole`). That makes `elapsed`
add up exactly over neighbouring ranges. Whoever compares an instant with a deadline compares
`whole(instant) <= deadline`: done exactly at the deadline is on time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

Hours = tuple[time, time]  # opening and closing local time; closing 00:00 is the day's end

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_TO_FRIDAY = frozenset(range(5))
# Longer than any closure of an office: past it the calendar itself must be wrong.
IDLE_DAYS = 400
# An explanation longer than a page is read by nobody: past it, days of a stretch are joined.
MAX_LINES = 60


class Unit(StrEnum):
    """Units of limits. Three consume work time, three run day and night, every day."""

    MINUTES = "minutes"
    WORKING_MINUTES = "working_minutes"
    URGENT_HOURS = "urgent_hours"
    URGENT_DAYS = "urgent_days"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"

    @property
    def is_working(self) -> bool:
        return self in (Unit.WORKING_MINUTES, Unit.WORKING_HOURS, Unit.WORKING_DAYS)


class Note(StrEnum):
    """Why a line of an explanation is what it is; the pages put it into words."""

    WEEKEND = "weekend"  # the weekly rest
    HOLIDAY = "holiday"
    SWAPPED = "swapped"  # a rest day made a work day (调休)
    ASSUMED = "assumed"  # past the days known: the plain weekday rule was applied
    OFF_HOURS = "off_hours"


@dataclass(frozen=True)
class Limit:
    """A promise of time, such as 3 working days."""

    value: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value <= 0:
            raise ValueError(f"A limit is more than zero, not {self.value}.")


@dataclass(frozen=True)
class Schedule:
    """Office hours from one date through another, both included; None is open-ended."""

    valid_from: date | None = None
    valid_to: date | None = None
    slots: tuple[Hours, ...] = ((time(8), time(12)), (time(14), time(18)))
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY  # Monday is 0

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(gettext("The hours end before they begin."))
        if not self.weekdays <= frozenset(range(7)):
            raise ValueError("Weekdays are 0 (Monday) to 6 (Sunday).")
        for opening, closing in self.slots:
            _check_hours(opening, closing)
        for (_, closing), (opening, _) in pairwise(self.slots):
            if closing == time.min or opening < closing:
                said = gettext("Hours overlap or are out of order at %(time)s.")
                raise ValueError(said % {"time": f"{opening:%H:%M}"})

    def covers(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


def _check_hours(opening: time, closing: time) -> None:
    if opening.tzinfo or closing.tzinfo or opening.microsecond or closing.microsecond:
        raise ValueError("Slots are local times in whole seconds.")
    if closing != time.min and closing <= opening:
        said = gettext("%(hours)s crosses midnight or is empty: split it in two.")
        raise ValueError(said % {"hours": f"{opening:%H:%M}-{closing:%H:%M}"})


@dataclass(frozen=True)
class Day:
    """What the calendar says of one date; without slots it is a day of rest."""

    slots: tuple[Hours, ...] = ()
    note: Note | None = None
    name: str = ""


@dataclass(frozen=True)
class WorkCalendar:
    """Office hours, holidays and swapped work days of one office.

    Of the schedules covering a date those with the latest `valid_from` are in force, so a
    summer schedule lies over the ordinary one. `days` are exceptions over the weekdays: True
    works, False rests. A swapped work day keeps the hours in force for its weekday, or else
    those of the first schedule in force. `names` are neutral keys of special days. After
    `known_through`, days without an exception are marked as assumed; None marks nothing.
    `minutes_per_day` is what one working day of a limit consumes, whatever the slots sum to.
    `name` is what people call it.
    """

    timezone: ZoneInfo = SHANGHAI
    schedules: tuple[Schedule, ...] = (Schedule(),)
    minutes_per_day: int = 480
    days: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    names: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    known_through: date | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.minutes_per_day <= 0:
            raise ValueError("A working day has more than zero minutes.")
        if not any(schedule.slots for schedule in self.schedules):
            raise ValueError(gettext("The work calendar has no hours."))
        taken = [(s.valid_from, weekday) for s in self.schedules for weekday in s.weekdays]
        if len(taken) != len(set(taken)):
            raise ValueError(
                gettext("Two stretches of hours begin on the same date and share a weekday.")
            )

    def day(self, day: date) -> Day:
        schedules = self._in_force(day)
        usual = next((s for s in schedules if day.weekday() in s.weekdays), None)
        explicit, name = self.days.get(day), self.names.get(day, "")
        if explicit is False:
            return Day((), Note.HOLIDAY, name)
        if explicit and not usual and schedules:
            return Day(schedules[0].slots, Note.SWAPPED, name)
        if usual and usual.slots:
            return Day(usual.slots, Note.ASSUMED if self.assumes(day) else None, name)
        return Day((), Note.WEEKEND if schedules and not usual else Note.OFF_HOURS, name)

    def assumes(self, day: date) -> bool:
        """Whether only the weekday rule speaks for this date because its year is not known."""
        return self.known_through is not None and day > self.known_through and day not in self.days

    def _in_force(self, day: date) -> list[Schedule]:
        covering = [s for s in self.schedules if s.covers(day)]
        latest = max((s.valid_from or date.min for s in covering), default=None)
        return [s for s in covering if (s.valid_from or date.min) == latest]


@dataclass(frozen=True)
class Slot:
    """One line of an explanation: a stretch and the seconds it counted (0: skipped)."""

    start: datetime
    end: datetime
    seconds: int
    note: Note | None = None
    name: str = ""


def whole(instant: datetime) -> datetime:
    """The instant in UTC, cut to its second. Naive datetimes are refused."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return instant.astimezone(UTC).replace(microsecond=0)


def in_seconds(limit: Limit, calendar: WorkCalendar) -> int:
    """Seconds that the limit consumes on its own clock, rounded half up, at least one."""
    minutes = {
        Unit.MINUTES: 1,
        Unit.WORKING_MINUTES: 1,
        Unit.URGENT_HOURS: 60,
        Unit.WORKING_HOURS: 60,
        Unit.URGENT_DAYS: 24 * 60,
        Unit.WORKING_DAYS: calendar.minutes_per_day,
    }[limit.unit]
    return max(1, int((limit.value * minutes * 60).to_integral_value(ROUND_HALF_UP)))


def deadline(start: datetime, limit: Limit, calendar: WorkCalendar) -> datetime:
    """The instant at which a clock started at `start` and never paused has used its limit."""
    return advance(start, in_seconds(limit, calendar), limit.unit.is_working, calendar)


def advance(start: datetime, seconds: int, working: bool, calendar: WorkCalendar) -> datetime:
    """The earliest instant by which `seconds` have been counted since `start`.

    Work time used up at the end of a slot is due at that end, not at the next opening; zero
    seconds are due at `start` itself, even outside work time. Raises ValueError for negative
    seconds and for a calendar without work for IDLE_DAYS.
    """
    start = whole(start)
    if seconds < 0:
        raise ValueError("Time runs forward: seconds are not negative.")
    if not working or seconds == 0:
        return start + timedelta(seconds=seconds)
    slots = _work_from(start, calendar)
    while True:
        opening, closing = next(slots)
        length = _seconds(opening, closing)
        if seconds <= length:
            return opening + timedelta(seconds=seconds)
        seconds -= length


def elapsed(start: datetime, end: datetime, working: bool, calendar: WorkCalendar) -> int:
    """Seconds counted from `start` to `end`; raises ValueError if they are the wrong way round."""
    start, end = whole(start), whole(end)
    if end < start:
        raise ValueError(f"The end {end} lies before the start {start}.")
    if not working:
        return _seconds(start, end)
    first, last = (moment.astimezone(calendar.timezone).date() for moment in (start, end))
    return sum(
        _seconds(max(opening, start), min(closing, end))
        for day in _dates(first, (last - first).days + 1)
        for opening, closing in _hours(day, calendar)
        if opening < end and start < closing
    )


def explain(
    start: datetime, seconds: int, working: bool, calendar: WorkCalendar
) -> tuple[Slot, ...]:
    """How `advance` reached its deadline, line by line in time order.

    Counted slots carry their seconds; skipped days in a row for the same reason are one line;
    waiting for the first opening is an OFF_HOURS line; breaks and nights between counted slots
    are left out. Past MAX_LINES, counted slots with nothing skipped between become one line.
    """
    start, due = whole(start), advance(start, seconds, working, calendar)
    if not working or seconds == 0:
        return (Slot(start, due, seconds),)
    lines = _joined(_lines(start, due, calendar), lambda line: line.seconds == 0)
    if len(lines) > MAX_LINES:
        lines = _joined(lines, lambda line: line.seconds > 0)
    return tuple(lines)


def _lines(start: datetime, due: datetime, calendar: WorkCalendar) -> Iterator[Slot]:
    zone = calendar.timezone
    first, last = start.astimezone(zone).date(), due.astimezone(zone).date()
    if due == _instant(last, time.min, zone):
        last -= timedelta(days=1)
    for date_ in _dates(first, (last - first).days + 1):
        day, day_end = calendar.day(date_), _instant(date_ + timedelta(days=1), time.min, zone)
        begin = max(start, _instant(date_, time.min, zone))
        slots = [(max(o, begin), min(c, due)) for o, c in _hours(date_, calendar) if c > begin]
        if not day.slots:
            yield Slot(begin, day_end, 0, day.note, day.name)
        elif date_ == first and (not slots or begin < slots[0][0]):
            yield Slot(begin, slots[0][0] if slots else day_end, 0, Note.OFF_HOURS)
        for opening, closing in slots:
            if opening < closing:
                yield Slot(opening, closing, _seconds(opening, closing), day.note, day.name)


def _joined(lines: Iterable[Slot], joins: Callable[[Slot], bool]) -> list[Slot]:
    """Neighbouring lines that `joins` picks become one if note and name agree."""
    result: list[Slot] = []
    for line in lines:
        last = result[-1] if result else None
        alike = last and (last.note, last.name) == (line.note, line.name)
        if last and alike and joins(last) and joins(line):
            result[-1] = replace(last, end=line.end, seconds=last.seconds + line.seconds)
        else:
            result.append(line)
    return result


def _work_from(start: datetime, calendar: WorkCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Work slots after `start` without end; the one it lies in is cut at `start`."""
    day, idle = start.astimezone(calendar.timezone).date(), 0
    while True:
        slots = [s for s in _hours(day, calendar) if s[1] > start]
        for opening, closing in slots:
            yield max(opening, start), closing
        idle = 0 if slots else idle + 1
        if idle > IDLE_DAYS:
            said = gettext(
                "The work calendar has no work time in the %(days)s days before %(date)s:"
                " are its hours still valid?"
            )
            raise ValueError(said % {"days": IDLE_DAYS, "date": day})
        day += timedelta(days=1)


def _hours(day: date, calendar: WorkCalendar) -> Iterator[tuple[datetime, datetime]]:
    """The slots of one date as instants in UTC."""
    zone = calendar.timezone
    for opening, closing in calendar.day(day).slots:
        last = day + timedelta(days=1) if closing == time.min else day
        yield _instant(day, opening, zone), _instant(last, closing, zone)


def _instant(day: date, local: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, local, zone).astimezone(UTC)


def _dates(first: date, days: int) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range(days))


def _seconds(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(seconds=1)
