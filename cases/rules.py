"""Who may move a case, which row of the table applies, and what refuses it.

Everything here reads; nothing writes. A guard returns None or the reason of the refusal.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import campaigns
from cases import clock as clocks
from cases.calendars import Calendars
from cases.following import goes_on_in
from cases.models import Case, StageLimit
from cases.process import Process
from cases.states import Action, Move, Scope, Stage, State, moves_from
from cases.worktime import WorkCalendar, elapsed
from citymgmt.accounts.rules import handled_departments, holds
from grid.models import Area


@dataclass(frozen=True)
class Situation:
    """All that a decision on a case may look at."""

    case: Case
    now: datetime
    process: Process
    calendars: Calendars
    inputs: dict = field(default_factory=dict)
    stage_limits: tuple[StageLimit, ...] = ()  # needed by whoever starts clocks

    def calendar(self, stage: str) -> WorkCalendar:
        """What this clock of the case is counted on, as the case stands."""
        return self.calendars.of_clock(self.case, stage)


# --- which row ------------------------------------------------------------------------------
CONDITIONS = {
    "two_level": lambda s: s.process.reviewed_by_city,
    "dept_review": lambda s: s.process.dept_review,
    "cannot_tell": lambda s: s.inputs.get("check_result") == "cannot_tell",
    "asks": lambda s: bool(s.case.pending),
    "returning": lambda s: s.case.pending == "return_",
    "asks_return": lambda s: s.case.pending == "return_" and by_shift_leader(s.case),
    "asks_return_other": lambda s: s.case.pending == "return_",
    "to_forward": lambda s: s.case.to_forward,
    "to_forward_return": lambda s: s.case.to_forward and s.case.pending == "return_",
    "asks_extend": lambda s: s.case.pending == "extend",
    "asks_further_extend": lambda s: s.case.pending == "extend" and not by_shift_leader(s.case),
    "asks_suspend": lambda s: s.case.pending == "suspend",
    "asks_suspend_hard": lambda s: s.case.pending == "suspend_hard",
    "asks_void": lambda s: s.case.pending == "void",
    "asks_appeal": lambda s: s.case.pending == "appeal",
    "new_round": lambda s: begins_new_round(s),
    "suspended_again": lambda s: "until" in s.inputs,
}


def begins_new_round(s: Situation) -> bool:
    """Whether a case that is not solved goes back into the flow; what was never filed has no limit
    to begin again with, and a case follows it."""
    return s.process.unsolved_goes_back and s.case.filed_at is not None


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


def choose(action: str, situation: Situation) -> Move | None:
    """The first row of the table for this action that applies to the case as it stands."""
    for move in moves_from(situation.case.state):
        if move.action == action and (not move.when or CONDITIONS[move.when](situation)):
            return move
    return None


# --- guards ---------------------------------------------------------------------------------
def _disposal(situation):
    return clocks.from_json(situation.case.clocks[Stage.DISPOSE])


def _overdue(s):
    return clocks.overdue(_disposal(s), s.now, s.calendar(Stage.DISPOSE))


# What does not give the task anew: steps inside the department, and a return that was refused
# (the stretch before one that was granted ends with `approve`).
INSIDE = {Action.ASSIGN, Action.UNASSIGN, Action.DISPOSE, Action.SEND_BACK, Action.RETURN}


def _return_window(s):
    disposal, calendar = _disposal(s), s.calendar(Stage.DISPOSE)
    allowed = min(s.process.return_window_minutes * 60, clocks.total(disposal, calendar))
    return elapsed(_received(disposal), s.now, disposal.working, calendar) > allowed


def _lately_closed(s):
    if s.now <= s.case.closed_at + timedelta(days=s.process.unsolved_days):
        return None
    return _("Only within %(n)s days after it was closed.") % {"n": s.process.unsolved_days}


def _received(disposal):
    """When the department was given the task last."""
    spans = list(disposal.spans)
    while len(spans) > 1 and spans[-2].reason in INSIDE:
        spans.pop()
    return spans[-1].start


# Guards that look at what was given, or ask the database: only when the step is taken.
LATE = {"within_a_year", "other_department", "reply_ahead", "other_person", "nothing_merged"}
GUARDS = {
    "not_verified": lambda s: (
        s.case.verify_result not in ("", "cannot_tell")
        and _("The report has been verified already.")
    ),
    "verified_if_required": lambda s: (
        s.case.source.needs_verify
        and s.case.verify_result != "exists"
        and _("This source must be verified on site with the result “exists” before acceptance.")
    ),
    "check_failed": lambda s: s.case.check_result != "fail" and _("Rework needs a failed check."),
    "check_passed": lambda s: s.case.check_result != "pass" and _("Closing needs a passed check."),
    "no_open_request": lambda s: (
        s.case.pending and _("A request on this case is waiting for a decision.")
    ),
    "not_overdue": lambda s: (
        (s.case.overdue_at or _overdue(s)) and _("Not possible once the deadline has passed.")
    ),
    "extensions_left": lambda s: (
        s.case.extensions >= s.process.max_extensions and _("No further extension is allowed.")
    ),
    "not_suspended_before": lambda s: (
        s.case.suspensions > 0 and _("A case is suspended once only.")
    ),
    "within_a_year": lambda s: (
        not s.now < s.inputs["until"] <= s.now + timedelta(days=366)
        and _("A suspension ends after today and within a year.")
    ),
    "until_ahead": lambda s: (
        s.case.suspended_until <= s.now and _("The date asked for has passed.")
    ),
    "return_window": lambda s: _return_window(s) and _("The time to return the task has passed."),
    "not_ruled": lambda s: (
        s.case.arbitrated and _("It has been ruled that this department is responsible.")
    ),
    "returned_enough": lambda s: (
        s.case.returns < s.process.arbitrate_after
        and _("Arbitration needs %(n)s returns.") % {"n": s.process.arbitrate_after}
    ),
    "looked_at": lambda s: s.case.to_forward and _("The dispatch section looks at it first."),
    "lately_closed": _lately_closed,
    "nothing_follows": lambda s: (
        goes_on_in(s.case) is not None
        and _("A case that follows this one has been entered already.")
    ),
    "disposed_late": lambda s: (
        (s.case.exempt or not s.case.disposal_overdue)
        and _("Only a disposal that counts as overdue can be appealed.")
    ),
    "appeals_left": lambda s: (
        s.case.appeals > s.process.appeal_again and _("No further appeal is allowed.")
    ),
    "is_merged": lambda s: s.case.merged_into_id is None and _("This case was not merged."),
    "nothing_merged": lambda s: (
        s.case.merged.exists()
        and _("Others have been merged into this case: choose it as the main case.")
    ),
    "self_disposed": lambda s: (
        not s.case.self_disposed and _("Only what the collector put right is archived.")
    ),
    "not_self_disposed": lambda s: (
        s.case.self_disposed and _("What the collector put right is archived or rejected.")
    ),
    "collector_stays": lambda s: (
        (not s.case.on_guard or s.case.handed_over_at) and _("No collector is waiting on site.")
    ),
    "arrival_awaited": lambda s: (
        (not s.case.arrive_by or s.case.arrived_at) and _("Nobody is awaited on site.")
    ),
    "not_supervised": lambda s: s.case.supervised and _("The case is supervised already."),
    "is_supervised": lambda s: not s.case.supervised and _("The case is not supervised."),
    "reply_ahead": lambda s: (
        s.inputs.get("reply_by", s.now + timedelta(1)) <= s.now
        and _("The reply is due in the future.")
    ),
    "other_person": lambda s: (
        s.inputs["receiver"].pk == holder_id(s.case) and _("This person has the task already.")
    ),
    "campaign_ran": lambda s: (
        s.case.campaign_id is None
        and not campaigns.choices_of(s.case.reported_at).exists()
        and _("No campaign ran when this was reported.")
    ),
    "force_close_on": lambda s: not s.process.force_close and _("Forced closing is switched off."),
    "special_close_on": lambda s: (
        not s.process.special_close and _("Special closing is switched off.")
    ),
    "other_department": lambda s: (
        s.inputs["department"].pk == s.case.department_id
        and _("This department has the case already.")
    ),
}


def refusal(move: Move, situation: Situation):
    """The reason why a guard refuses, or None."""
    if move.main and situation.case.pending:
        return GUARDS["no_open_request"](situation)
    for name in move.guards:
        if reason := GUARDS[name](situation):
            return reason
    return None


def hindrance(user, action: str, situation: Situation):
    """Why the person, whose step it would be, cannot take it now; None where it is not theirs."""
    move = choose(action, situation)
    if move is None or not may(user, move, situation.case, situation.process):
        return None
    reasons = (GUARDS[name](situation) for name in move.guards if name not in LATE)
    return next(filter(None, reasons), None)


# --- what follows of itself -----------------------------------------------------------------
@dataclass(frozen=True)
class Following:
    action: Action
    inputs: dict
    same_person: bool  # done by whoever took the step before; else by the system


def following(event, process: Process) -> Following | None:
    """The step that the settings take after the one just written, or None (workflow §4)."""
    case = event.case
    if event.action == Action.CHECK and case.check_result == "fail" and process.auto_rework:
        return Following(Action.REWORK, {"opinion": gettext("The check failed.")}, False)
    if event.action == Action.REWORK and process.rework_direct:
        return Following(Action.DISPATCH, {"department": case.department}, True)
    return None


# --- who ------------------------------------------------------------------------------------
def oversees(user, case: Case, level: str = "district") -> bool:
    """Whether the place of the case is the person's; on the level `city`, the whole city.

    Where the tree has no city above the district, the district is the city.
    """
    overseen = Area.objects.overseen_ids(user)
    if level == "city":
        return (case.district.parent_id or case.district_id) in overseen
    return not overseen.isdisjoint((case.district_id, case.street_id, case.community_id))


def holder_id(case: Case) -> int | None:
    """The person to whom the task was given that is open now."""
    return case.handler_id if case.state == State.DISPOSING else case.collector_id


def assists(user, case: Case) -> bool:
    return case.assisting.filter(pk__in=handled_departments(user)).exists()


def may(user, move: Move, case: Case, process: Process) -> bool:
    """Verb from the post, scope from the grant or the task (design: rules of the house)."""
    if move.scope == Scope.SYSTEM:
        return user is None
    if move.scope == Scope.CITIZEN and user is None:
        return True
    if not holds(user, move.verb or move.action):
        return False
    if move.scope in (Scope.TASK, Scope.DUTY) and user.pk == holder_id(case):
        return True
    if move.scope == Scope.TASK:
        return False
    if move.scope == Scope.DEPT:
        return case.department_id in handled_departments(user)
    if move.scope == Scope.ASSIST:
        return assists(user, case)
    return oversees(user, case, getattr(process, move.level) if move.level else "district")


def may_add_photos(user, case: Case) -> bool:
    """Whoever has the task that is open, or took a step of this case."""
    on_task = case.state in (State.VERIFYING, State.CHECKING, State.DISPOSING)
    has_task = on_task and user.pk == holder_id(case)
    return has_task or case.events.filter(by=user).exists()


def possible(user, action: str, situation: Situation) -> Move | None:
    """The row this person could use for the action now; guards that need inputs are left out."""
    move = choose(action, situation)
    if move is None or not may(user, move, situation.case, situation.process):
        return None
    return move if _ready(move, situation) else None


def offers(user, situation: Situation) -> list[Move]:
    """The rows this person could use now, main one first; guards that need inputs are left out."""
    rows: dict[str, Move] = {}
    for move in moves_from(situation.case.state):
        applies = not move.when or CONDITIONS[move.when](situation)
        if applies and move.when != "cannot_tell":
            rows.setdefault(move.action, move)
    case, process = situation.case, situation.process
    found = [m for m in rows.values() if may(user, m, case, process) and _ready(m, situation)]
    return sorted(found, key=lambda move: not move.main)


def _ready(move, situation):
    """Nothing stands in the way that is known before anything is given."""
    if move.main and situation.case.pending:
        return False
    return not any(GUARDS[name](situation) for name in move.guards if name not in LATE)
