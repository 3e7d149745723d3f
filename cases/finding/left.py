"""Tasks that leavers left behind: given to somebody who is switched off or has lost the post."""

from django.db.models import Q

from cases.states import State
from citymgmt.accounts.models import Membership, User

ON_SITE = (State.VERIFYING, State.CHECKING)
COLLECTORS, WORKERS = ("collector",), ("handler", "liaison")


def left_behind() -> Q:
    """Open tasks with whose holder nobody can reckon any more."""
    on_site = Q(state__in=ON_SITE) & ~Q(collector__in=_holding(COLLECTORS))
    at_work = Q(state=State.DISPOSING) & ~Q(handler__in=_holding(WORKERS))
    return on_site | at_work


def _holding(posts):
    held = Membership.objects.current().filter(post__code__in=posts).order_by()
    return User.objects.filter(is_active=True, pk__in=held.values("user")).values("pk")
