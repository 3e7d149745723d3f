"""Is there somebody for every open case? Asked before a person leaves or a switch is turned.

A case is attended where an active person may do what is next: the main step of its state, or the
decision on its open request. Tasks given to one person are looked at in `dispatch.shifts.held`.
"""

from dataclasses import dataclass, replace

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from cases.machine.moves import moves_from
from cases.machine.process import Process
from cases.machine.rules import may
from cases.machine.situation import Context
from cases.models import Case
from cases.states import REQUESTS, Action, Scope, State
from citymgmt.accounts.held import Held
from citymgmt.accounts.models import Membership, User

# What tells cases apart where it is asked who may go on with them.
ALIKE = ("state", "pending", "to_forward", "return_kind", "extensions", "district", "department")
DECISIONS = (Action.APPROVE, Action.REFUSE, Action.FORWARD)


@dataclass(frozen=True)
class Unattended:
    """So many open cases of one state, in one district or with one department, without anybody."""

    state: str
    pending: str
    district: int
    department: int | None
    count: int


def unattended(context: Context, *, without=(), process: Process | None = None) -> set[Unattended]:
    """Groups of open cases with which nobody could go on.

    `without`: ids of memberships that are thought away; `process`: switches as they would be.
    One query for the groups, one case of each, and the people with their rights once.
    """
    if process:
        context = replace(context, process=process)
    rows = Case.objects.open().order_by().values(*ALIKE)
    groups = list(rows.annotate(n=Count("pk"), one=Min("pk")))
    cases = Case.objects.select_related("district").in_bulk([group["one"] for group in groups])
    people = _people(without)
    return {
        Unattended(
            group["state"], group["pending"], group["district"], group["department"], group["n"]
        )
        for group in groups
        if not _anybody(context.situation(cases[group["one"]]), people)
    }


def as_held(groups) -> list[Held]:
    """The groups in words, those of one state together."""
    counts: dict[str, int] = {}
    for group in groups:
        counts[group.state] = counts.get(group.state, 0) + group.count
    words = _("%(state)s: nobody else can go on")
    return [Held(words % {"state": State(s).label}, n) for s, n in sorted(counts.items())]


def _people(without):
    """Active people with the memberships that would be left to them."""
    rows = Membership.objects.current().filter(user__is_active=True).exclude(pk__in=without)
    people: dict[int, User] = {}
    for row in rows.select_related("post", "department", "user"):
        person = people.setdefault(row.user_id, row.user)
        person.__dict__.setdefault("current_memberships", []).append(row)
    return list(people.values())


def _anybody(situation, people) -> bool:
    case, process = situation.case, situation.process
    rows = [move for move in moves_from(case.state) if _is_next(move, situation)]
    given = [move for move in rows if move.scope != Scope.TASK]
    if not given:  # only whoever has the task goes on; that is another question
        return True
    return any(may(person, move, case, process) for move in given for person in people)


def _is_next(move, situation) -> bool:
    if not move.applies(situation):
        return False
    if situation.case.pending:
        return move.action in DECISIONS and situation.case.pending in REQUESTS.values()
    return move.main or move.action == Action.RESUME
