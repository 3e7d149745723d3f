"""The moment of a step and all that a decision on a case may look at; what a case alone says of
its open request."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone

from cases.machine.calendars import Calendars, calendars
from cases.machine.process import Process, process
from cases.models import Case, StageLimit
from cases.states import State
from cases.time.worktime import WorkCalendar, whole
from cases.timers import watch
from citymgmt.lib.rows import Prepared


@dataclass(frozen=True)
class Situation:
    """A case at a moment, under the switches and calendars that hold then."""

    case: Case
    now: datetime
    process: Process
    calendars: Calendars
    inputs: dict = field(default_factory=dict)
    stage_limits: tuple[StageLimit, ...] = ()  # needed by whoever starts clocks

    def calendar(self, stage: str) -> WorkCalendar:
        """What this clock of the case is counted on, as the case stands."""
        return self.calendars.of_clock(self.case, stage)


@dataclass(frozen=True)
class Context:
    """The moment, the switches and the calendars of a step."""

    now: datetime
    process: Process
    calendars: Calendars
    stage_limits: tuple[StageLimit, ...]
    given: bool = False  # the moment is an argument; else the clock is read under each lock

    def under_lock(self, last: datetime | None = None) -> "Context":
        """At the moment of a step whose case is locked now, which is not before `last`: another
        process may have acted while this one waited, and have a watch of its own.

        NotNow while the clock is doubted.
        """
        now = self.now
        if not self.given:
            now = whole(timezone.now())
            watch.refuse_doubted(now)
        return replace(self, now=max(now, last) if last else now)

    def fixed(self, moment: datetime) -> "Context":
        """The same at this moment, whatever the clock says."""
        return replace(self, now=moment, given=True)

    def situation(self, case: Case, inputs: dict | None = None) -> Situation:
        """A case at this moment, as the rules and the clocks look at it.

        Two processes need not agree on the time to the second: no step ends before it began.
        """
        return Situation(
            case,
            max(self.now, case.state_since),
            self.process,
            self.calendars,
            inputs or {},
            self.stage_limits,
        )


def context(at: datetime | None = None) -> Context:
    """The context now, or at an instant of a simulation; about six queries."""
    limits = tuple(_stage_limits())
    now = whole(at or timezone.now())
    return Context(now, process(), calendars(), limits, given=at is not None)


_stage_limits = Prepared(StageLimit.objects.all)


def by_shift_leader(case: Case) -> bool:
    """Whether the shift leader decides the open request; all others the dispatch section looks at
    first and somebody else decides (workflow §5)."""
    return {
        "return_": case.return_kind != Case.ReturnKind.OTHER,
        "extend": case.extensions == 0,
        "void": True,
    }.get(case.pending, False)


def decider(case: Case) -> str:
    """The post that decides the open request, as the table of moves has it."""
    if case.to_forward:
        return "dispatcher"
    if case.pending == "appeal":
        return "acceptor"
    return "shift_leader" if by_shift_leader(case) else "leader"


def holder_id(case: Case) -> int | None:
    """The person to whom the task was given that is open now."""
    return case.handler_id if case.state == State.DISPOSING else case.collector_id
