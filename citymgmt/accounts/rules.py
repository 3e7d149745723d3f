"""Who may do what: verbs come from posts, scope from guardian grants. Pure reads, no writes."""

from guardian.shortcuts import get_objects_for_user

from citymgmt.accounts.models import Department, Membership
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS, SEPARATED


def holds(user, verb: str) -> bool:
    """True if one of the person's current posts has the verb."""
    return bool(user and user.is_authenticated and user.is_active and verb in user.verbs)


def handled_departments(user):
    """Departments the person handles cases for: those granted and all below them."""
    if not hasattr(user, "_handled"):
        granted = get_objects_for_user(
            user, "accounts.handle_department", Department, with_superuser=False
        )
        user._handled = frozenset(
            Department.objects.within(list(granted)).values_list("id", flat=True)
        )
    return user._handled


def contracted_collectors(user):
    """Ids of the collectors who work today for the contractors whose cases the person handles."""
    if not hasattr(user, "_contracted"):
        handled = handled_departments(user)
        kind = Department.Kind.CONTRACTOR
        held = Membership.objects.current().filter(
            post__code="collector", department__in=handled, department__kind=kind
        )
        rows = held.order_by().values_list("user_id", flat=True) if handled else ()
        user._contracted = frozenset(rows)
    return user._contracted


def may_fill(user, post_code: str) -> bool:
    """Appoint to this post, or dismiss from it.

    The security administrator fills the three separated posts, the system administrator all
    others: neither can make an administrator of the other kind alone.
    """
    return holds(user, MANAGE_RIGHTS if post_code in SEPARATED else MANAGE_PEOPLE)


def may_change_rights(user, person) -> bool:
    """Nobody changes their own rights."""
    return user.pk != person.pk


def may_switch_off(user, person) -> bool:
    """Nobody switches off their own account, nor one that is off already."""
    return person.is_active and user.pk != person.pk and holds(user, MANAGE_PEOPLE)


def may_set_password(user, person) -> bool:
    """Whoever could set an administrator's password could act as that administrator."""
    if user.pk == person.pk or person.kind != person.Kind.PERSON:
        return False
    separated = person.memberships.not_over().filter(post__code__in=SEPARATED)
    return holds(user, MANAGE_RIGHTS if separated.exists() else MANAGE_PEOPLE)
