"""The figures of the wall and the overview: one document from a constant number of queries.

Everything counted from the log is counted up to one place of the live feed (`seq`). No row holds
a name, a phone number, free text or an address of anybody.
"""

from datetime import datetime, timedelta
from typing import Any

from cases.feed import log as live
from dispatch.command import rankings
from dispatch.command.alarms import alarms
from dispatch.command.moves import DAY, HOUR, Hourly, midnight, moves
from dispatch.command.scope import Scope
from dispatch.command.standing import Standing

RANKED = timedelta(days=7)  # what the rankings look back upon


def figures(scope: Scope, now: datetime) -> dict[str, Any]:
    """The document of `/wall/figures.json`; JSON values only."""
    seq = live.head()
    today = midnight(now)
    hourly = Hourly(scope, seq, now)
    standing = Standing(scope, now)
    counters = hourly.between(today, now + HOUR) | {"overdue": standing.overdue}
    due = counters["closed"] + standing.due_to_close
    return {
        "seq": seq,
        "at": now.isoformat(),
        "day_start": today.isoformat(),
        "day_end": (today + DAY).isoformat(),
        "counters": counters,
        "due": due,
        "rate": rankings.share(counters["closed"], due),
        "yesterday": hourly.between(today - DAY, today),
        "yesterday_by_now": hourly.until_this_time_yesterday(),
        "hours": hourly.labels,
        "hourly": hourly.series,
        "states": standing.states,
        "sources": rankings.sources(scope, now - DAY),
        "classes": rankings.classes(scope, now - DAY),
        "spots": rankings.communities(scope, now - RANKED, now),
        "departments": rankings.departments(scope, seq, now - RANKED, standing),
        "streets": rankings.streets(scope, now - RANKED, now),
        "alarms": alarms(scope, now),
        "moves": moves(scope, seq, now - DAY),
    }
