"""What a form offers for an input, from the rows of the city: one function (case, user) each.

Apps above may put better choices in front: `offer("department", function)`.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from cases.campaigns import joining as campaigns
from cases.finding import queries
from cases.models import AreaLimit, FilingCondition
from cases.standards.units import limit_words
from cases.states import State
from cases.time.urgent import by_the_clock
from cases.time.worktime import Limit, Unit
from citymgmt.accounts.models import Department


class Choice(NamedTuple):
    """One answer: what is sent, what is read, why it is offered, where it stands in the list, what
    is known of it in numbers, and the page of the rule that it comes from."""

    value: str
    label: str
    note: str = ""
    group: str = ""
    figures: str = ""
    source: str = ""


# The order in which departments stand in a list: the district's own, streets, then all others.
KINDS = list(Department.Kind.values)


Choices = Callable[..., Iterable[Choice]]
_offers: dict[str, Choices] = {}
_details: dict[str, Callable] = {}


def offer(name: str, function: Choices) -> None:
    """For `AppConfig.ready` of an app above: `function(case, user)` gives the likely choices of
    `department`, `collector` or `handler`, best first; all others follow below them."""
    _offers[name] = function


def describe(name: str, function: Callable) -> None:
    """For `AppConfig.ready` of an app above: `function(choices, case)` completes the choices of an
    input by what is known of each."""
    _details[name] = function


def completed(name: str, found: list[Choice], case) -> list[Choice]:
    return list(_details[name](found, case)) if name in _details else found


def likely(name: str, case, user) -> list[Choice]:
    """What apps above put in front; nothing where none does."""
    return list(_offers[name](case, user)) if name in _offers else []


def departments(case, user):
    rows = sorted(queries.disposing_departments(), key=lambda row: KINDS.index(row.kind))
    return [Choice(row.code, str(row), group=str(row.get_kind_display())) for row in rows]


def collectors(case, user):
    """Those on duty, last whoever reported the case; where nobody is, all of them, so that a task
    can be sent all the same."""
    rows = sorted(queries.people_in(["collector"]), key=lambda row: row.pk == case.reporter_id)
    return [_person(row) for row in rows if row.on_duty] or [_person(row) for row in rows]


def handlers(case, user):
    return [_person(r) for r in queries.people_in(["handler", "liaison"], case.department)]


def localities(case, user):
    rows = queries.disposing_departments().filter(kind__in=["street", "district"])
    return [Choice(row.code, str(row)) for row in rows]


def receivers(case, user):
    return (handlers if case.state == State.DISPOSING else collectors)(case, user)


def open_around(case, user):
    """Open cases close by: the number is sent, the matter is read."""
    return [
        Choice(row.number, f"{row.number} {row.matter_class}", f"{row.away} m")
        for row in queries.main_cases(user, case)
    ]


def _person(row):
    return Choice(row.username, str(row), _("on duty") if row.on_duty else _("off duty"))


def conditions(case, user):
    """The filing conditions of the class with their limit in this area class and their end."""
    rows = FilingCondition.objects.in_force().filter(matter_class=case.matter_class_id)
    rows = rows.select_related("urgent_limit")
    areas = AreaLimit.objects.filter(condition__in=rows, area_class=case.area_class)
    special = {row.condition_id: row for row in areas}
    return [_condition(row, special.get(row.pk, row)) for row in rows.order_by("edition", "number")]


def _condition(row, promise):
    limit = limit_words(promise.limit_value, promise.limit_unit)
    urgent = _("urgent: %(limit)s") % {"limit": _urgent_words(row, promise)}
    return Choice(str(row.pk), row.text, f"{limit} · {urgent} · {row.closing}")


def _urgent_words(row, promise):
    own = getattr(row, "urgent_limit", None)
    if own:
        return limit_words(own.limit_value, own.limit_unit)
    limit = by_the_clock(Limit(Decimal(promise.limit_value), Unit(promise.limit_unit)))
    return limit_words(limit.value, limit.unit)


def campaigns_then(case, user):
    """Those that ran when the case was reported, and none of them."""
    rows = campaigns.choices_of(case.reported_at)
    return [*(Choice(str(row.pk), str(row)) for row in rows), daily()]


def daily() -> Choice:
    return Choice(campaigns.NONE, _("none: a daily case"))
