"""What an open request would give if it were granted, and what was asked on the case before.

Read by the forms of asking and deciding, the page of a case and the leader's overview. Nothing is
computed twice: the new deadline comes from `clock.extended_once`, which also grants it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cases.states import REQUESTS, Action, Stage
from cases.time import clock as clocks

OUTCOMES = (Action.APPROVE, Action.REFUSE, Action.WITHDRAW)


@dataclass(frozen=True)
class Prospect:
    """`number` of `most` (None: no bound) requests of its kind on the case.

    `before` and `after`: the deadline without and with an extension. `until` and `days` (calendar
    days from today) of a suspension, where its date is known.
    """

    kind: str
    number: int
    most: int | None = None
    before: datetime | None = None
    after: datetime | None = None
    until: datetime | None = None
    days: int | None = None


def of_request(case, ctx, kind: str = "") -> Prospect | None:
    """Of the open request of the case, or of one of this kind that could be asked for now."""
    make = MAKERS.get(kind or case.pending)
    return make(case, ctx) if make and Stage.DISPOSE in case.clocks else None


def _extension(case, ctx):
    calendar = ctx.calendars.of_clock(case, Stage.DISPOSE)
    clock = clocks.from_json(case.clocks[Stage.DISPOSE])
    return Prospect(
        "extend",
        number=case.extensions + 1,
        most=ctx.process.max_extensions,
        before=clocks.deadline(clock, calendar),
        after=clocks.deadline(clocks.extended_once(clock, calendar), calendar),
    )


def _suspension(kind):
    def make(case, ctx):
        until = case.suspended_until if case.pending == kind else None
        days = until and (timezone.localdate(until) - timezone.localdate(ctx.now)).days
        return Prospect(kind, case.suspensions + 1, most=1, until=until, days=days)

    return make


def _return(case, ctx):
    return Prospect("return_", case.returns + 1)


MAKERS = {
    "extend": _extension,
    "suspend": _suspension("suspend"),
    "suspend_hard": _suspension("suspend_hard"),
    "return_": _return,
}


# --- history --------------------------------------------------------------------------------
@dataclass
class Asked:
    """One request of the case: the log rows that opened and ended it; `ended` None: it waits."""

    opened: object
    kind: str
    ended: object = None

    @property
    def outcome(self) -> str:
        """`approve`, `refuse`, `withdraw`; `lapsed` with the end of the case; "" while it waits."""
        if self.ended is None:
            return ""
        return self.ended.action if self.ended.action in OUTCOMES else "lapsed"

    @property
    def until(self) -> str:
        """The date of a suspension, as the log has it."""
        return self.opened.data.get("until", "")


def requests_in(events) -> list[Asked]:
    """The requests of a case from its log, oldest first; only the last one can be waiting."""
    found: list[Asked] = []
    for event in events:
        waiting = found[-1] if found and found[-1].ended is None else None
        if event.action in REQUESTS:
            found.append(Asked(event, REQUESTS[event.action]))
        elif waiting and (
            event.action == Action.FORCE_CLOSE
            or (event.action in OUTCOMES and "request" in event.data)
        ):
            waiting.ended = event
    return found
