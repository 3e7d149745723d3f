"""What of the scores is a person's own: those scored see their sheet and the cases behind it."""

from citymgmt.accounts.models import Department, Membership, User
from citymgmt.accounts.posts import SEE_SCORES
from citymgmt.accounts.rules import handled_departments, holds
from evaluation.models import POST_KINDS, Kind

Own = set[tuple[str, int]]  # (kind, object id)


def own_objects(user: User) -> Own:
    """The departments somebody handles cases for, the collectors of a contractor they act for,
    and the person in each post held."""
    found: Own = {(str(kind), user.pk) for kind in POST_KINDS if kind in user.post_codes}
    handled = handled_departments(user)
    if not handled:
        return found
    rows = Department.objects.filter(pk__in=handled).values_list("pk", "kind")
    contractors = [pk for pk, kind in rows if kind == Department.Kind.CONTRACTOR]
    found |= {(str(Kind.DEPARTMENT), pk) for pk in handled if pk not in contractors}
    return found | {(str(Kind.COLLECTOR), pk) for pk in collectors_of(contractors)}


def collectors_of(contractors: list[int]) -> set[int]:
    """The collectors who work for these companies today."""
    if not contractors:
        return set()
    held = Membership.objects.current().filter(post__code="collector", department__in=contractors)
    return set(held.order_by().values_list("user_id", flat=True))


def may_see(user: User, kind: str, of: int | None) -> bool:
    """Who sees the scores sees all of them; others see their own."""
    return holds(user, SEE_SCORES) or (of is not None and (kind, of) in own_objects(user))
