"""Deeds that take several cases at once."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.finding.left import ON_SITE
from cases.machine import actions
from cases.models import Case
from cases.states import Action, State
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotYours
from citymgmt.lib.transactions import retried
from dispatch.models import HandOver


def tasks_of(user):
    """Open cases whose task on site or in the department was given to this person."""
    held = Q(state__in=ON_SITE, collector=user) | Q(state=State.DISPOSING, handler=user)
    return Case.objects.filter(held).order_by("id")


@retried
@transaction.atomic
def hand_over(*, by, giver, receiver, note="", at=None, within=None) -> HandOver:
    """Give all open tasks of one person to another at the end of a shift (交班); all or none.

    Everybody hands over their own; whoever oversees the places hands over anybody's. BadInput if
    the receiver cannot take one of them, NotYours if one of them is not to be handed over by `by`.
    """
    if giver == receiver:
        raise BadInput(_("This person has the task already."), fields={"receiver": ["="]})
    if not holds(by, Action.HAND_OVER):
        raise NotYours(_("This is not yours to do."), "not_yours")
    locked = Case.objects.all_locked(*tasks_of(giver).values_list("pk", flat=True))
    ctx, number = (within or actions.context(at)).under_lock(), 0
    for case in tasks_of(giver).filter(pk__in=locked):  # what ended meanwhile is nobody's task
        given = {"receiver": receiver, "opinion": note}
        actions.perform(case, Action.HAND_OVER, by=by, given=given, within=ctx)
        number += 1
    return HandOver.objects.create(
        giver=giver, receiver=receiver, by=by, at=ctx.now, tasks=number, note=note
    )
