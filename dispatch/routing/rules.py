"""Saying to which department a matter goes in general; who answers on some ground speaks first."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotYours
from dispatch.models import RoutingRule

READERS = (MANAGE_GRID, "dispatch", "arbitrate")  # who dispatches or rules sees what speaks for it
FIELDS = (
    "kind", "major", "matter_class", "responsible_role", "resolver", "department", "priority",
    "active",
)  # fmt: skip


def may_read(user) -> bool:
    return any(holds(user, verb) for verb in READERS)


@transaction.atomic
def save(*, row: RoutingRule, by: User | None, request=None, **values) -> RoutingRule:
    """Write a new rule or change one; `values` by the names of `FIELDS`. Cases dispatched before
    stay where they are. BadInput where another rule says the same at the same priority."""
    if by is not None and not holds(by, MANAGE_GRID):
        raise NotYours(_("This is not yours to do."), "not_yours")
    before = _words(row) if row.pk else ""
    for name in FIELDS:
        setattr(row, name, values[name])
    if row.matter_class:
        row.kind = row.major = ""
    _check(row)
    row.save()
    data = {"id": row.pk, "before": before, "after": _words(row)}
    record(verb="save_routing_rule", subject=row.words, by=by, data=data, request=request)
    return row


def _check(row):
    fixed = row.resolver == RoutingRule.Resolver.FIXED
    wrong = {}
    if fixed and (row.department is None or not row.department.active):
        wrong["department"] = _("Choose a department.")
    if not fixed and row.department is not None:
        wrong["department"] = _("Only a rule for one department names it.")
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields={n: [w] for n, w in wrong.items()})
    try:
        row.full_clean()
    except ValidationError as error:
        said = _("Another rule for this matter and role has this priority already.")
        names = {name: problems for name, problems in error.message_dict.items() if name in FIELDS}
        raise BadInput(said, "invalid", names or {"priority": [said]}) from error


def _words(row) -> str:
    """What the rule says, for the record."""
    role = row.responsible_role or "*"
    goes = row.department.code if row.department else row.resolver
    return f"{row.words} · {role} → {goes} · {row.priority}{'' if row.active else ' · off'}"
