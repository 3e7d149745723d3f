"""All that a decision on a case may look at, and what a case alone says of its open request."""

from dataclasses import dataclass, field
from datetime import datetime

from cases.calendars import Calendars
from cases.models import Case, StageLimit
from cases.process import Process
from cases.states import State
from cases.worktime import WorkCalendar


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
