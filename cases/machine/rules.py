"""Who may move a case, which row of the table applies, and what refuses it.

Everything here reads; nothing writes.
"""

from dataclasses import dataclass

from django.utils.translation import gettext

from cases.machine.conditions import cannot_tell
from cases.machine.guards import no_open_request
from cases.machine.moves import Move, moves_from
from cases.machine.process import Process
from cases.machine.situation import Situation, holder_id
from cases.models import Case
from cases.states import Action, Scope, State
from citymgmt.accounts.rules import handled_departments, holds
from grid.models import Area


# --- which row ------------------------------------------------------------------------------
def choose(action: str, situation: Situation) -> Move | None:
    """The first row of the table for this action that applies to the case as it stands."""
    for move in moves_from(situation.case.state):
        if move.action == action and move.applies(situation):
            return move
    return None


# --- what refuses it ------------------------------------------------------------------------
def refusal(move: Move, situation: Situation):
    """The reason why a guard refuses, or None."""
    if move.main and situation.case.pending:
        return no_open_request.refusal(situation)
    reasons = (guard.refusal(situation) for guard in move.guards)
    return next(filter(None, reasons), None)


def hindrance(user, action: str, situation: Situation):
    """Why the person, whose step it would be, cannot take it now; None where it is not theirs."""
    move = choose(action, situation)
    if move is None or not may(user, move, situation.case, situation.process):
        return None
    reasons = (guard.refusal(situation) for guard in move.guards if not guard.late)
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
        if move.applies(situation) and move.when is not cannot_tell:
            rows.setdefault(move.action, move)
    case, process = situation.case, situation.process
    found = [m for m in rows.values() if may(user, m, case, process) and _ready(m, situation)]
    return sorted(found, key=lambda move: not move.main)


def _ready(move, situation):
    """Nothing stands in the way that is known before anything is given."""
    if move.main and situation.case.pending:
        return False
    return all(guard.allows(situation) for guard in move.guards if not guard.late)
