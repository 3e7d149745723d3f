"""What the routing rules look at and what they suggest, read from rows."""

from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from citymgmt.accounts.models import Department
from dispatch.models import Responsibility, RoutingRule, Ruling
from dispatch.routing import suggesting as routing


class Choice(NamedTuple):
    department: Department | None
    reason: routing.Reason


def suggestions_for(case) -> list[Choice]:
    """Departments for the dispatcher, best first, with reasons; broken rules without one."""
    departments: dict = {}
    facts = facts_of(case, departments)
    answers = answers_in_force(facts.places, departments)
    found = routing.suggest(facts, rules_in_force(departments), answers)
    return [Choice(departments.get(s.department), s.reason) for s in found]


def rules_in_force(departments=None) -> list[routing.Rule]:
    """Active rules as plain data; their departments are noted in `departments` by pk."""
    rows = RoutingRule.objects.filter(active=True).select_related("department", "matter_class")
    return [
        routing.Rule(
            pk=row.pk, resolver=row.resolver, kind=row.kind, major=row.major,
            matter_class=row.matter_class_id, role=row.responsible_role,
            unit=unit_of(row.department, departments), priority=row.priority, name=row.words,
        )
        for row in rows
    ]  # fmt: skip


def answers_in_force(places=None, departments=None, day=None) -> list[routing.Answer]:
    """Who answers where on a day (today), for these places (all without) as plain data."""
    rows = Responsibility.objects.on(day).select_related(
        "department", "matter_class", "area", "duty_grid"
    )
    if places is not None:
        keys = {kind: [pk for name, pk in places if name == kind] for kind in ("area", "duty")}
        rows = rows.filter(Q(area__in=keys["area"]) | Q(duty_grid__in=keys["duty"]))
    found = []
    for row in rows.defer("area__geometry", "duty_grid__geometry").order_by("id"):
        if unit := unit_of(row.department, departments):
            place = ("area", row.area_id) if row.area_id else ("duty", row.duty_grid_id)
            found.append(routing.Answer(
                unit, place, str(row.ground), row.matter, row.valid_from.isoformat(),
                row.kind, row.major, row.matter_class_id, row.pk,
            ))  # fmt: skip
    return found


def places_of(case) -> tuple:
    """The ground of a case as `Facts.places`: duty grid, community, street, district."""
    areas = (case.community_id, case.street_id, case.district_id)
    duty = [("duty", case.duty_grid_id)] if case.duty_grid_id else []
    return (*duty, *(("area", pk) for pk in areas))


def facts_of(case, departments=None) -> routing.Facts:
    """What routing looks at, read from a case."""
    part, condition = case.component, case.filing_condition
    street, locality = _of_place(case)
    return routing.Facts(
        kind=case.matter_class.kind,
        major=case.matter_class.major,
        matter_class=case.matter_class_id,
        role=condition.responsible_role if condition else "",
        ruling=precedent(case, departments),
        owner=unit_of(part.owner if part else None, departments),
        maintainer=unit_of(part.maintainer if part else None, departments),
        street=unit_of(street, departments),
        locality=unit_of(locality, departments),
        places=places_of(case),
    )


def precedent(case, departments=None) -> routing.Precedent | None:
    """The latest ruling on this component, or else on this class in this community."""
    same = Q(matter_class=case.matter_class_id, community=case.community_id, component=None)
    if case.component_id:
        same = Q(component=case.component_id)
    rows = Ruling.objects.filter(same, active=True).select_related("department", "case")
    row = rows.order_by("-at", "-id").first()
    unit = unit_of(row.department, departments) if row else None
    if unit is None:
        return None
    day = timezone.localtime(row.at).date().isoformat()
    return routing.Precedent(unit, row.case.number, day)


def localities_of(case) -> list[Department]:
    """The street office and the government of the place, as far as they are in use."""
    return [row for row in _of_place(case) if unit_of(row)]


def _of_place(case):
    """The street office and the government of the place, known by their codes; one query.

    `street-` and the 9-digit code; `district-` and the 6-digit code, or `district` in a city
    with one district.
    """
    street = f"street-{case.street.code}"
    governments = (f"district-{case.district.code}", "district")
    rows = {row.code: row for row in Department.objects.filter(code__in=[street, *governments])}
    return rows.get(street), rows.get(governments[0]) or rows.get(governments[1])


def unit_of(department, departments=None):
    if department is None or not department.active or department.kind == "center":
        return None
    if departments is not None:
        departments[department.pk] = department
    return routing.Unit(department.pk, str(department))
