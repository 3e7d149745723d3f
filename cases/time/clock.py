"""The running clock of a step, and the bundled deadline of a department (捆绑计时).

A clock is its limit, its extensions and the spans in which it ran; all else follows. What a
closed span counted is kept with it, so a later change of the calendar does not rewrite it.
Pure: instants and the calendar are arguments.

Bundled deadline: one `Clock` per case and department, kept over all rounds. A round ends with
`pause`; the next one of the same department is a `resume`, of another one a `start`. Then

    bundle_limit    = total(clock)                 the limit and its approved extensions
    bundle_used     = used_at(clock)               its rounds without suspensions and reviews
    bundle_deadline = deadline(clock)              the instant at which used reaches the total
    on time         = not overdue(clock)           end of the last round <= bundle_deadline

While something remains, the deadline is the start of this round advanced by the remainder. If
nothing remains when a round starts, the deadline is the instant in an earlier round at which
the total was reached: it lies in the past, so such rework is overdue at once, at night too.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from cases.time.worktime import Limit, Unit, WorkCalendar, advance, elapsed, in_seconds, whole

WARN_SHARE = Decimal("0.8")


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"  # paused


@dataclass(frozen=True)
class Span:
    """A stretch in which the clock ran. While it is open, `stop` is None and `seconds` is 0."""

    start: datetime
    stop: datetime | None = None
    seconds: int = 0  # counted on the clock's own time
    reason: str = ""  # neutral key: why it was closed


@dataclass(frozen=True)
class Clock:
    """Instants are UTC in whole seconds. Only the last span may be open."""

    limit: Limit
    spans: tuple[Span, ...]
    extensions: tuple[int, ...] = ()  # seconds on the same clock, one entry per approval

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError("A clock has at least one span.")
        if any(span.stop is None for span in self.spans[:-1]):
            raise ValueError("Only the last span of a clock may be open.")
        edges = [edge for span in self.spans for edge in (span.start, span.stop) if edge]
        if edges != sorted(edges):
            raise ValueError("The spans of a clock follow each other.")

    @property
    def working(self) -> bool:
        return self.limit.unit.is_working

    @property
    def started_at(self) -> datetime:
        return self.spans[0].start

    @property
    def running_since(self) -> datetime | None:
        return self.spans[-1].start if self.running else None

    @property
    def running(self) -> bool:
        return self.spans[-1].stop is None

    @property
    def used(self) -> int:
        """Seconds counted before the running span."""
        return sum(span.seconds for span in self.spans)

    @property
    def extended(self) -> int:
        return sum(self.extensions)


# --- deeds ----------------------------------------------------------------------------------
def start(limit: Limit, at: datetime) -> Clock:
    return Clock(limit, (Span(whole(at)),))


def pause(clock: Clock, at: datetime, calendar: WorkCalendar, reason: str) -> Clock:
    """Close the running span. Raises ValueError if none runs or `at` lies before its start."""
    if not clock.running:
        raise ValueError("Only a running clock can be paused.")
    span = clock.spans[-1]
    seconds = elapsed(span.start, at, clock.working, calendar)
    closed = replace(span, stop=whole(at), seconds=seconds, reason=reason)
    return replace(clock, spans=(*clock.spans[:-1], closed))


def resume(clock: Clock, at: datetime) -> Clock:
    """Run again after a pause, in the same round or in a new one. ValueError if it runs already,
    or if `at` lies before the pause."""
    if clock.running:
        raise ValueError("The clock is running already.")
    return replace(clock, spans=(*clock.spans, Span(whole(at))))


def unresume(clock: Clock) -> Clock:
    """As it was before `resume` after a pause: that it runs again did not come to pass.

    ValueError if it does not run, or was never paused.
    """
    if not clock.running:
        raise ValueError("The clock does not run.")
    return replace(clock, spans=clock.spans[:-1])


def extend(clock: Clock, seconds: int) -> Clock:
    """Add approved time on the same clock, kept apart from the limit."""
    if seconds <= 0:
        raise ValueError("An extension adds time.")
    return replace(clock, extensions=(*clock.extensions, seconds))


def extended_once(clock: Clock, calendar: WorkCalendar) -> Clock:
    """The clock after one more approved extension, which is once its limit (workflow §5)."""
    return extend(clock, in_seconds(clock.limit, calendar))


# --- judgements -----------------------------------------------------------------------------
def total(clock: Clock, calendar: WorkCalendar) -> int:
    """Seconds of the limit and all extensions."""
    return in_seconds(clock.limit, calendar) + clock.extended


def used_at(clock: Clock, now: datetime, calendar: WorkCalendar) -> int:
    """Seconds counted until `now`; a `now` before the running span adds nothing to it.

    (Two processes need not agree on the time to the second, and a reader may have looked at
    its watch just before the writer did.)
    """
    since = clock.running_since
    if since is None or whole(now) < since:
        return clock.used
    return clock.used + elapsed(since, now, clock.working, calendar)


def remaining_at(clock: Clock, now: datetime, calendar: WorkCalendar) -> int:
    """Seconds left, negative once more was used than the total."""
    return total(clock, calendar) - used_at(clock, now, calendar)


def deadline(clock: Clock, calendar: WorkCalendar) -> datetime | None:
    """The instant at which the clock has used its total, past or to come.

    None if the clock is paused and has not used it up.
    """
    return _reaches(clock, total(clock, calendar), calendar)


def due_at(clock: Clock, calendar: WorkCalendar) -> datetime | None:
    """The deadline while the clock runs, None while it is paused."""
    return deadline(clock, calendar) if clock.running else None


def warn_at(clock: Clock, calendar: WorkCalendar, share: Decimal = WARN_SHARE) -> datetime | None:
    """The instant at which `share` of the total is used; None while paused."""
    if not clock.running:
        return None
    seconds = (total(clock, calendar) * share).to_integral_value(ROUND_CEILING)
    return _reaches(clock, int(seconds), calendar)


def overdue(clock: Clock, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether the clock ran past its deadline; at the deadline it is on time."""
    moment = deadline(clock, calendar)
    return moment is not None and moment < (clock.spans[-1].stop or whole(now))


def light(due: datetime | None, warn: datetime | None, now: datetime) -> Light:
    """Of the moments of `due_at` and `warn_at`, both None while the clock does not run: yellow
    from the warning to the deadline, red from the second after it."""
    if due is None:
        return Light.GREY
    if due < whole(now):
        return Light.RED
    return Light.YELLOW if warn is not None and warn <= whole(now) else Light.GREEN


def overdue_multiple(used: int, limit: int) -> Decimal:
    """(used - limit) / limit of a late case in seconds, two decimals half up; 0.00 in time."""
    if limit <= 0:
        raise ValueError("A limit is more than zero.")
    late = Decimal(max(0, used - limit)) / limit
    return late.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _reaches(clock: Clock, seconds: int, calendar: WorkCalendar) -> datetime | None:
    for span in clock.spans:
        if span.stop is None or span.seconds >= seconds:
            moment = advance(span.start, seconds, clock.working, calendar)
            # The span's own count stands, even where today's calendar would count less.
            return min(moment, span.stop) if span.stop else moment
        seconds -= span.seconds
    return None


# --- explanation ----------------------------------------------------------------------------
class LineKind(StrEnum):
    LIMIT = "limit"
    EXTENSION = "extension"
    SPAN = "span"
    PAUSE = "pause"
    USED = "used"
    REMAINING = "remaining"
    OVER = "over"
    DUE = "due"


@dataclass(frozen=True)
class Line:
    """One line of a clock's account. DUE has its instant as `start`; what lasts has no `end`."""

    kind: LineKind
    seconds: int = 0  # of a pause: plain seconds; of all others: on the clock's own time
    start: datetime | None = None
    end: datetime | None = None
    reason: str = ""


def explain_clock(clock: Clock, now: datetime, calendar: WorkCalendar) -> tuple[Line, ...]:
    """Limit, extensions, spans and pauses in time order, then used, remaining or over, due."""
    used, left = used_at(clock, now, calendar), remaining_at(clock, now, calendar)
    lines = [Line(LineKind.LIMIT, in_seconds(clock.limit, calendar))]
    lines += [Line(LineKind.EXTENSION, seconds) for seconds in clock.extensions]
    lines += _span_lines(clock, used, whole(now))
    lines.append(Line(LineKind.USED, used))
    lines.append(Line(LineKind.OVER, -left) if left < 0 else Line(LineKind.REMAINING, left))
    moment = deadline(clock, calendar)
    return (*lines, Line(LineKind.DUE, start=moment)) if moment else tuple(lines)


def _span_lines(clock: Clock, used: int, now: datetime) -> list[Line]:
    lines: list[Line] = []
    for span, following in zip(clock.spans, (*clock.spans[1:], None), strict=True):
        if span.stop is None:
            lines.append(Line(LineKind.SPAN, used - clock.used, span.start))
            continue
        lines.append(Line(LineKind.SPAN, span.seconds, span.start, span.stop, span.reason))
        until = following.start if following else None
        seconds = _plain_seconds(span.stop, until or now)
        if until is None or seconds:
            lines.append(Line(LineKind.PAUSE, seconds, span.stop, until, span.reason))
    return lines


def _plain_seconds(begin: datetime, end: datetime) -> int:
    return max(0, int((end - begin).total_seconds()))


# --- storage --------------------------------------------------------------------------------
def to_json(clock: Clock) -> dict[str, Any]:
    """The clock as plain JSON values, for a JSONField; `from_json` reads it back unchanged."""
    return {
        "limit": {"value": str(clock.limit.value), "unit": clock.limit.unit.value},
        "spans": [
            {
                "start": span.start.isoformat(),
                "stop": span.stop and span.stop.isoformat(),
                "seconds": span.seconds,
                "reason": span.reason,
            }
            for span in clock.spans
        ],
        "extensions": list(clock.extensions),
    }


def from_json(data: dict[str, Any]) -> Clock:
    """Raises KeyError or ValueError where something is missing or wrong."""
    return Clock(
        limit=Limit(Decimal(data["limit"]["value"]), Unit(data["limit"]["unit"])),
        spans=tuple(
            Span(
                start=whole(datetime.fromisoformat(span["start"])),
                stop=whole(datetime.fromisoformat(span["stop"])) if span["stop"] else None,
                seconds=int(span["seconds"]),
                reason=span["reason"],
            )
            for span in data["spans"]
        ),
        extensions=tuple(int(seconds) for seconds in data["extensions"]),
    )
