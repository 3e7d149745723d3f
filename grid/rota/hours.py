"""The days and hours of the rota. Pure; the instants are local.

A shift belongs to the date on which it begins, also the part of it after midnight.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

WEEK = timedelta(days=7)


def date_of(starts: time, ends: time, at: datetime) -> date | None:
    """The date of the shift that runs at a local instant, or None. The end is not included."""
    clock = at.time()
    if starts < ends:
        return at.date() if starts <= clock < ends else None
    if clock >= starts:
        return at.date()
    return at.date() - timedelta(days=1) if clock < ends else None


def span_of(starts: time, ends: time, day: date) -> tuple[datetime, datetime]:
    """The local instants at which a shift of a date begins and ends."""
    last_day = day if starts < ends else day + timedelta(days=1)
    begin = timezone.make_aware(datetime.combine(day, starts))
    return begin, timezone.make_aware(datetime.combine(last_day, ends))


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_of(monday: date) -> list[date]:
    return [monday + timedelta(days=n) for n in range(7)]
