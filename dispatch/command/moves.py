"""What happened: moves by hour and by day, and the newest of them.

Everything is counted up to one place of the live feed (`seq`), so whoever hears the feed from
there on can go on counting by `COUNTED` without a gap or a double. A day is one in Asia/Shanghai.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from cases.feed import log as live
from cases.states import Action
from dispatch.command.counted import COUNTED, KIND
from dispatch.command.scope import Scope

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def midnight(now: datetime) -> datetime:
    """The start of the local day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


class Hourly:
    """Moves by hour since yesterday's midnight: one query for counters, sparklines and trend."""

    def __init__(self, scope: Scope, seq: int, now: datetime):
        self.now, self.yesterday = now, midnight(now) - DAY
        this_hour = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
        self.last_24 = [this_hour - n * HOUR for n in range(23, -1, -1)]
        rows = (
            scope.events(seq, self.yesterday)
            .annotate(kind=KIND)
            .exclude(kind="")
            .annotate(hour=TruncHour("at"))
            .values_list("kind", "hour")
            .annotate(number=Count("id"), early=Count("id", filter=Q(at__lte=now - DAY)))
            .order_by()
        )
        self.rows = list(rows)

    def between(self, begin: datetime, end: datetime) -> dict[str, int]:
        found: Counter[str] = Counter()
        for kind, hour, number, _early in self.rows:
            if begin <= hour < end:
                found[kind] += number
        return {one.name: found[one.name] for one in COUNTED}

    def until_this_time_yesterday(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for kind, _hour, _number, early in self.rows:
            found[kind] += early
        return {one.name: found[one.name] for one in COUNTED}

    @property
    def labels(self) -> list[str]:
        return [f"{hour:%H}" for hour in self.last_24]

    @property
    def series(self) -> dict[str, list[int]]:
        found = {(kind, hour): number for kind, hour, number, _early in self.rows}
        return {
            one.name: [found.get((one.name, hour), 0) for hour in self.last_24] for one in COUNTED
        }


def daily(scope: Scope, now: datetime, days: int = 14) -> dict[str, Any]:
    """Moves by day: `{"days": ["11-08", …], "reported": […], …}`, today last."""
    first = midnight(now) - (days - 1) * DAY
    rows = (
        scope.events(live.head(), first)
        .annotate(kind=KIND)
        .exclude(kind="")
        .annotate(day=TruncDate("at"))
        .values_list("kind", "day")
        .annotate(number=Count("id"))
        .order_by()
    )
    found = {(kind, day): number for kind, day, number in rows}
    span = [(first + n * DAY).date() for n in range(days)]
    series = {one.name: [found.get((one.name, day), 0) for day in span] for one in COUNTED}
    return {"days": [f"{day:%m-%d}" for day in span], **series}


def moves(scope: Scope, seq: int, since: datetime, number: int = 12) -> list[dict]:
    """The newest rows of the log; the warnings of the timer are left out."""
    rows = (
        scope.events(seq, since)
        .exclude(action=Action.WARN)
        .select_related("case__matter_class", "case__community")
        .defer("case__community__geometry")
        .order_by("-feed")[:number]
    )
    return [
        {
            "seq": row.feed, "at": row.at.isoformat(), "number": row.case.number,
            "area": row.case.community.code, "kind": row.case.matter_class.kind,
            "class": row.case.matter_class.name, "action": row.action,
            "state": row.state_to, "post": row.post,
        }
        for row in rows
    ]  # fmt: skip
