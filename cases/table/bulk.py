"""One routine step on several cases: each is judged by itself, and each answer is told."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cases.machine import actions
from cases.machine.choices import likely
from cases.machine.rules import possible
from cases.machine.situation import Situation
from cases.models import Case
from cases.states import Action
from cases.table.columns import with_columns
from citymgmt.accounts.models import Membership, User
from citymgmt.accounts.rules import handled_departments, holds
from citymgmt.lib.errors import BadInput, Refused

MOST = 200  # cases of one go


@dataclass(frozen=True)
class Deed:
    """A step that needs no look at the single case. `proposed` gives inputs for each case, those
    named in `proposes`."""

    action: Action
    asks_opinion: bool = False
    asks_handler: bool = False
    proposes: frozenset[str] = frozenset()
    proposed: Callable[[Case, User], dict] = lambda case, user: {}

    @property
    def gives(self) -> frozenset[str]:
        """The inputs that a case can be given in one go with others."""
        return self.proposes | {"opinion"} | ({"handler"} if self.asks_handler else set())


def _suggested(case, user):
    """The department that the rules suggest first; a case without one needs a person's eye."""
    choices = likely("department", case, user)
    if not choices:
        raise BadInput(_("The rules suggest no department; dispatch it by hand."), "no_suggestion")
    return {"department": choices[0].value}


DEEDS = {
    deed.action: deed
    for deed in (
        Deed(Action.ACCEPT),
        Deed(Action.DISPATCH, proposes=frozenset({"department"}), proposed=_suggested),
        Deed(Action.ASSIGN, asks_handler=True),
        Deed(Action.FEEDBACK),
        Deed(Action.URGE, asks_opinion=True),
    )
}


@dataclass(frozen=True)
class Outcome:
    """What became of one case: `why` is empty where it was done."""

    number: str
    case: Case | None
    why: str = ""


def deeds_of(user: User) -> list[Deed]:
    return [deed for deed in DEEDS.values() if holds(user, deed.action)]


def steps_for(user: User, situation: Situation, deeds: Iterable[Deed]) -> list[str]:
    """Those of the steps that the case permits this person as it stands. What needs more than one
    go over several cases can give (photos of each) is done at the case itself."""
    moves = [(deed, possible(user, deed.action, situation)) for deed in deeds]
    return [deed.action for deed, move in moves if move and deed.gives.issuperset(move.needed)]


def handlers_of(user: User) -> list[User]:
    """Those who may be given the work of the person's departments, who are on duty first."""
    current = Membership.objects.current().filter(
        post__code__in=["handler", "liaison"], department__in=handled_departments(user)
    )
    people = User.objects.filter(is_active=True, pk__in=current.order_by().values("user"))
    return list(people.order_by("-on_duty", "username"))


def perform(
    numbers: Iterable[str], action: str, *, by: User, token: uuid.UUID, opinion: str = "",
    handler: str = "",
) -> list[Outcome]:  # fmt: skip
    """The step on each case, in the order given. The same `token` again does nothing twice.

    Each case is a transaction of its own: what is refused does not undo what was done.
    """
    deed, numbers = DEEDS[Action(action)], list(dict.fromkeys(numbers))
    if len(numbers) > MOST:
        raise BadInput(_("At most %(n)s cases in one go.") % {"n": MOST}, "too_many")
    seen = with_columns(Case.objects.visible_to(by).filter(number__in=numbers))
    known = {case.number: case for case in seen}
    given: dict[str, Any] = {}
    if opinion:
        given["opinion"] = opinion
    if deed.asks_handler:
        given["handler"] = handler
    ctx = actions.context()
    return [_one(number, known.get(number), deed, given, by, token, ctx) for number in numbers]


def _one(number, case, deed, given, by, token, ctx) -> Outcome:
    if case is None:
        return Outcome(number, None, _("There is no such case among those you may see."))
    mark = uuid.uuid5(token, f"{number} {deed.action}")
    try:
        inputs = given | deed.proposed(case, by)
        actions.perform(case, deed.action, by=by, given=inputs, client_uuid=mark, within=ctx)
    except Refused as refusal:
        return Outcome(number, case, _reason(refusal))
    case.refresh_from_db()
    return Outcome(number, case)


def _reason(refusal: Refused) -> str:
    """With what is wrong at its inputs, where that says more."""
    told = [str(problem) for problems in refusal.fields.values() for problem in problems]
    return " ".join(dict.fromkeys(told)) or str(refusal.detail)
