"""Marks that the timer wrote by a wrong clock, taken back: one row on each case, one on record.

Of two powers: the system administrator says that the clock was wrong, the commander that it does
not count (two people, for nobody holds both posts).
"""

from datetime import datetime

from django.utils.translation import gettext as _

from cases.machine import actions, transitions
from cases.models import CaseEvent
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_STANDARDS
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotYours

DECIDES = "approve_further"


def take_back(
    *, since: datetime, until: datetime, reason: str, admin: User, leader: User, at=None
) -> dict[str, int]:
    """Of all cases, what the timer marked from `since` to `until` (aware); {"cases", "marks"}.

    The same again finds nothing more. BadInput without a reason or with a span that does not end,
    NotYours unless `admin` and `leader` may.
    """
    if not (holds(admin, MANAGE_STANDARDS) and holds(leader, DECIDES)):
        raise NotYours(_("This needs the system administrator and the commander."), "not_yours")
    if not reason.strip():
        raise BadInput(_("A reason is needed."), fields={"reason": [_("Missing.")]})
    if since >= until:
        raise BadInput(_("The span ends before it begins."), fields={"to": [_("Missing.")]})
    context = actions.context(at)
    given = {"since": since, "until": until, "reason": reason.strip(), "by": leader}
    done = [
        event
        for pk in _marked(since, until)
        if (event := transitions.take_back(pk, context=context, **given))
    ]
    figures = {"cases": len(done), "marks": sum(len(event.data["marks"]) for event in done)}
    data = {"from": since, "to": until, "reason": reason.strip(), "leader": leader.username}
    record(verb="take_back_overdue", by=admin, data=data | figures)
    return figures


def _marked(since, until) -> list[int]:
    marks = CaseEvent.objects.filter(
        action__in=transitions.MARKS, by=None, at__range=(since, until)
    )
    return list(marks.order_by("case").values_list("case", flat=True).distinct())
