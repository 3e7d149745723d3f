"""What of the scores is a person's own: those scored see their sheet and the cases behind it."""

from citymgmt.accounts.models import Department, User
from citymgmt.accounts.posts import SEE_SCORES
from citymgmt.accounts.rules import contracted_collectors, handled_departments, holds
from evaluation.models import POST_KINDS, Kind

Own = set[tuple[str, int]]  # (kind, object id)


def own_objects(user: User) -> Own:
    """The departments somebody handles cases for, the collectors of a contractor they act for,
    and the person in each post held."""
    found: Own = {(str(kind), user.pk) for kind in POST_KINDS if kind in user.post_codes}
    handled = handled_departments(user)
    if not handled:
        return found
    own = Department.objects.filter(pk__in=handled).exclude(kind=Department.Kind.CONTRACTOR)
    found |= {(str(Kind.DEPARTMENT), pk) for pk in own.values_list("pk", flat=True)}
    return found | {(str(Kind.COLLECTOR), pk) for pk in contracted_collectors(user)}


def may_see(user: User, kind: str, of: int | None) -> bool:
    """Who sees the scores sees all of them; others see their own."""
    return holds(user, SEE_SCORES) or (of is not None and (kind, of) in own_objects(user))
