"""Rows a center starts from: routing rules for the roles of the standards."""

from cases.models import FilingCondition
from citymgmt.accounts.models import Department
from dispatch.models import RoutingRule

# Roles that mean whoever it is at the place; every other role is a department with its code.
RESOLVERS = {
    "street_office": RoutingRule.Resolver.STREET,
    "owner_unit": RoutingRule.Resolver.OWNER,
    "district": RoutingRule.Resolver.LOCALITY,
}


def load_routing() -> int:
    """Add a rule for each role without one; the number added. What people edited stays.

    A role whose department does not exist gets a rule all the same: the desk flags it.
    """
    known = set(RoutingRule.objects.values_list("responsible_role", flat=True))
    departments = {d.code: d for d in Department.objects.all()}
    rules = [_rule(role, departments) for role in sorted(_roles(departments) - known)]
    return len(RoutingRule.objects.bulk_create(rules))


def _roles(departments):
    used = FilingCondition.objects.values_list("responsible_role", "co_roles")
    named = {role for first, further in used for role in [first, *further]}
    units = {
        code
        for code, d in departments.items()
        if d.parent_id and d.kind not in ("center", "street")
    }
    return named | units


def _rule(role, departments):
    resolver = RESOLVERS.get(role, RoutingRule.Resolver.FIXED)
    fixed = resolver == RoutingRule.Resolver.FIXED
    return RoutingRule(
        responsible_role=role,
        resolver=resolver,
        department=departments.get(role) if fixed else None,
    )
