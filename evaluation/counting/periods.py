"""Periods of whole local days: presets, the instants they span, the one before. Pure."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from evaluation.counting.counts import Period

LOCAL = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def span(start: date, end: date) -> Period:
    """From the beginning of `start` to the end of `end`, both local days, as instants in UTC:
    comparing instants of one zone is many times as fast."""
    return Period(_midnight(start), _midnight(end + DAY))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LOCAL).astimezone(UTC)


def kind(start: date, end: date) -> str:
    """day, week (Monday to Sunday), month, quarter or year where it is exactly one; else any."""
    if start == end:
        return "day"
    if start.weekday() == 0 and end - start == 6 * DAY:
        return "week"
    whole_months = start.day == 1 and end.day == monthrange(end.year, end.month)[1]
    if not whole_months or start.year != end.year:
        return "any"
    months = end.month - start.month + 1
    if months == 3 and start.month % 3 != 1:
        return "any"
    return {1: "month", 3: "quarter", 12: "year"}.get(months, "any")


def presets(today: date) -> dict[str, tuple[date, date]]:
    """Name -> (first day, last day); what is running ends today."""
    monday = today - today.weekday() * DAY
    first = today.replace(day=1)
    before = (first - DAY).replace(day=1)
    return {
        "last_week": (monday - 7 * DAY, monday - DAY),
        "this_week": (monday, today),
        "last_month": (before, first - DAY),
        "this_month": (first, today),
    }
