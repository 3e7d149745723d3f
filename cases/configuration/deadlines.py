"""What a change of a calendar or the switches means for the promises of open cases.

`differences` shows, `recompute` writes. A new edition of limits changes nothing here: a clock
keeps the limit it was started with.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.machine import timing, transitions
from cases.models import Case
from cases.presenting.words import clock_of, day_words
from cases.states import Stage, stage_of
from cases.time.clock import Clock
from cases.time.worktime import WorkCalendar

NAMED = 6  # special days told one by one


@dataclass(frozen=True)
class Difference:
    """One open case whose stored moments are not those of today's calendars and switches."""

    case: Case
    stage: str
    due: tuple[datetime | None, datetime | None]  # stored, computed
    alarm: tuple[datetime | None, datetime | None]  # when the timer looks again
    why: str

    @property
    def moves(self) -> bool:
        """Whether the promise itself moves, not only a warning."""
        return self.due[0] != self.due[1]


def differences(ctx, cases=None) -> Iterator[Difference]:
    """Open cases one by one; nothing is written. One query for all."""
    cases = Case.objects.all() if cases is None else cases
    for case in cases.open().select_related("matter_class").order_by("id").iterator():
        if found := difference(case, ctx):
            yield found


def difference(case, ctx) -> Difference | None:
    """Between the row and what it would be now; the case given stays as it is."""
    fresh = deepcopy(case)
    timing.retime(ctx.situation(fresh))
    due, alarm = (case.due_at, fresh.due_at), (case.next_at, fresh.next_at)
    if due[0] == due[1] and alarm[0] == alarm[1] and case.warn_at == fresh.warn_at:
        return None
    stage = stage_of(case.state, case.pending)
    why = _why(case, stage, due, ctx)
    return Difference(case, Stage(stage).label if stage else "", due, alarm, why)


def _why(case, stage, due, ctx) -> str:
    if due[0] == due[1]:
        return _("only the moment of the warning or the next look: a threshold was changed")
    if due[0] is None:
        return _("no due moment was stored")
    clock, calendar = clock_of(case), ctx.calendars.of_clock(case, stage)
    days = special_days(clock, max(due), calendar) if clock and all(due) else []
    if days:
        return _("calendar: %(days)s") % {"days": ", ".join(days[:NAMED])}
    if calendar != ctx.calendars.center:
        return _("calendar of the department: %(calendar)s") % {"calendar": calendar.name}
    return _("calendar: other working hours or another length of the working day")


def special_days(clock: Clock, until: datetime, calendar: WorkCalendar) -> list[str]:
    """Holidays, swapped and assumed days in the stretch that runs now, in words."""
    if clock.running_since is None:
        return []
    day = timezone.localdate(clock.running_since)
    last, found = timezone.localdate(until), []
    while day <= last:
        if word := day_words(calendar.day(day)):
            found.append(f"{day:%Y-%m-%d} {word}")
        day += timedelta(days=1)
    return found


def recompute(found, ctx, *, by=None) -> int:
    """Write the moments of these cases anew, one transaction each; how many promises moved."""
    rows = (transitions.retime(one.case.pk, context=ctx, by=by) for one in found)
    return sum(row is not None and "due_to" in row.data for row in rows)
