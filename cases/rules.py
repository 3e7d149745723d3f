"""Who may move a case, which row of the table applies, and what refuses it.

Everything here reads; nothing writes. A guard returns None or the reason of the refusal.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from cases import clock as clocks
from cases.models import Case, StageLimit
from cases.process import Process
from cases.states import FINAL, Action, Move, Scope, Stage, moves_from
from cases.worktime import WorkCalendar, elapsed
from citymgmt.accounts.rules import handled_departments, holds
from grid.models import Area


@dataclass(frozen=True)
class Situation:
    """All that a decision on a case may look at."""

    case: Case
    now: datetime
    process: Process
    calendar: WorkCalendar
    inputs: dict = field(default_factory=dict)
    stage_limits: tuple[StageLimit, ...] = ()  # needed by whoever starts clocks


# --- which row ------------------------------------------------------------------------------
CONDITIONS = {
    "two_level": lambda s: s.process.two_level,
    "dept_review": lambda s: s.process.dept_review,
    "cannot_tell": lambda s: s.inputs.get("check_result") == "cannot_tell",
    "asks": lambda s: bool(s.case.pending),
    "asks_return": lambda s: s.case.pending == "return_",
    "asks_extend": lambda s: s.case.pending == "extend",
    "asks_further_extend": lambda s: s.case.pending == "extend" and s.case.extensions > 0,
    "asks_suspend": lambda s: s.case.pending == "suspend",
    "asks_void": lambda s: s.case.pending == "void",
}


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
    return clocks.overdue(_disposal(s), s.now, s.calendar)


# Steps inside the department; none of them gives the task anew.
INSIDE = {Action.ASSIGN, Action.UNASSIGN, Action.DISPOSE, Action.SEND_BACK}


def _return_window(s):
    disposal = _disposal(s)
    allowed = min(s.process.return_window_minutes * 60, clocks.total(disposal, s.calendar))
    return elapsed(_received(disposal), s.now, disposal.working, s.calendar) > allowed


def _received(disposal):
    """When the department was given the task last."""
    spans = list(disposal.spans)
    while len(spans) > 1 and spans[-2].reason in INSIDE:
        spans.pop()
    return spans[-1].start


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
    "not_overdue": lambda s: _overdue(s) and _("Not possible once the deadline has passed."),
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


# --- who ------------------------------------------------------------------------------------
def oversees(user, case: Case) -> bool:
    if not hasattr(user, "_overseen"):
        user._overseen = frozenset(Area.objects.overseen_places(user).values_list("id", flat=True))
    return not user._overseen.isdisjoint((case.district_id, case.street_id, case.community_id))


def may(user, move: Move, case: Case) -> bool:
    """Verb from the post, scope from the grant or the task (design: rules of the house)."""
    if move.scope == Scope.SYSTEM:
        return user is None
    if not holds(user, move.verb or move.action):
        return False
    if move.scope == Scope.TASK:
        if move.action == Action.DISPOSE:
            return user.pk == case.handler_id
        return user.pk == case.collector_id
    if move.scope == Scope.DEPT:
        return case.department_id in handled_departments(user)
    return oversees(user, case)


def offers(user, situation: Situation) -> list[Move]:
    """The rows this person could use now, main one first; guards that need inputs are left out."""
    if situation.case.state in FINAL:
        return []
    found: dict[str, Move] = {}
    for move in moves_from(situation.case.state):
        if move.action in found or not may(user, move, situation.case):
            continue
        if move.when and move.when != "cannot_tell" and not CONDITIONS[move.when](situation):
            continue
        if move.when == "cannot_tell":
            continue
        early = [g for g in move.guards if g not in ("within_a_year", "other_department")]
        if (move.main and situation.case.pending) or any(GUARDS[g](situation) for g in early):
            continue
        found[move.action] = move
    return sorted(found.values(), key=lambda move: not move.main)
