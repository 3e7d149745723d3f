"""What the timer did by a wrong clock, taken back: one row on each case, one on record.

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
    """Of all cases, what the timer did from `since` to `until` (aware); how many {"cases", "marks",
    "suspensions"}: suspensions go on where nobody has acted on the case since.

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
        for pk in _touched(since, until)
        if (event := transitions.take_back(pk, context=context, **given))
    ]
    again = sum(event.state_from != event.state_to for event in done)
    figures = {
        "cases": len(done),
        "marks": sum(len(event.data["marks"]) for event in done) - again,
        "suspensions": again,
    }
    data = {"from": since, "to": until, "reason": reason.strip(), "leader": leader.username}
    record(verb="take_back_overdue", by=admin, data=data | figures)
    return figures


def _touched(since, until) -> list[int]:
    rows = CaseEvent.objects.filter(
        action__in=transitions.BY_TIMER, by=None, at__range=(since, until)
    )
    return list(rows.order_by("case").values_list("case", flat=True).distinct())
