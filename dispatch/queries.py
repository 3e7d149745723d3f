"""Candidates for the inputs of an action: whom to send, whom to assign, where to dispatch."""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from citymgmt.accounts.models import Department, Membership, User
from dispatch import routing
from dispatch.models import RoutingRule
from grid.geometry import distance_m
from grid.models import Position

SEEN_WITHIN = timedelta(hours=2)  # an older position says nothing about where somebody is


class Candidate(NamedTuple):
    user: User
    own_grid: bool  # the collector of the duty grid of the place
    distance_m: float | None  # None: no recent position
    open_tasks: int


class Choice(NamedTuple):
    department: Department | None
    reason: routing.Reason


def collectors_for(case, *, now=None) -> list[Candidate]:
    """Collectors on duty: of the duty grid first, then the nearest, then the least loaded."""
    now = now or timezone.now()
    latest = Position.objects.filter(
        user=OuterRef("pk"), at__gt=now - SEEN_WITHIN, at__lte=now
    ).order_by("-at")
    people = _with_load(_holding("collector").filter(on_duty=True)).annotate(
        position=Subquery(latest.values("id")[:1])
    )
    own = set(case.duty_grid.collectors.values_list("id", flat=True)) if case.duty_grid else set()
    people = list(people)
    points = Position.objects.in_bulk([p.position for p in people if p.position])
    found = [
        Candidate(
            user=person,
            own_grid=person.pk in own,
            distance_m=_away(case, points.get(person.position)),
            open_tasks=person.open_tasks,
        )
        for person in people
    ]
    return sorted(found, key=_order)


def _order(candidate):
    away = candidate.distance_m
    return (
        not candidate.own_grid, away is None, away or 0,
        candidate.open_tasks, candidate.user.username,
    )  # fmt: skip


def _away(case, position):
    if position is None:
        return None
    return distance_m((case.point.x, case.point.y), (position.point.x, position.point.y))


def handlers_for(case) -> list[Candidate]:
    """People of the responsible department (or one above it) who may take the work; least first."""
    if case.department is None:
        return []
    people = _with_load(_holding("handler", "liaison", within=case.department))
    found = [Candidate(person, False, None, person.open_tasks) for person in people]
    return sorted(found, key=lambda c: (c.open_tasks, c.user.username))


def _holding(*posts, within=None):
    memberships = Membership.objects.current().filter(post__code__in=posts)
    if within:
        memberships = memberships.filter(department__code__in=within.lineage)
    return User.objects.filter(is_active=True, pk__in=memberships.order_by().values("user"))


def _with_load(people):
    return people.annotate(
        open_tasks=Count("work_items", filter=Q(work_items__done_at__isnull=True))
    )


# --- routing --------------------------------------------------------------------------------
def suggestions_for(case) -> list[Choice]:
    """Departments for the dispatcher, best first, with reasons; broken rules without one."""
    departments: dict = {}
    facts = facts_of(case, departments)
    found = routing.suggest(facts, rules_in_force(departments))
    return [Choice(departments.get(s.department), s.reason) for s in found]


def rules_in_force(departments=None) -> list[routing.Rule]:
    """Active rules as plain data; their departments are noted in `departments` by pk."""
    rows = RoutingRule.objects.filter(active=True).select_related("department")
    return [
        routing.Rule(
            pk=row.pk, resolver=row.resolver, kind=row.kind, major=row.major,
            matter_class=row.matter_class_id, role=row.responsible_role,
            unit=unit_of(row.department, departments), priority=row.priority,
        )
        for row in rows
    ]  # fmt: skip


def facts_of(case, departments=None) -> routing.Facts:
    """What routing looks at, read from a case."""
    part, condition = case.component, case.filing_condition
    street, locality = _of_place(case)
    return routing.Facts(
        kind=case.matter_class.kind,
        major=case.matter_class.major,
        matter_class=case.matter_class_id,
        role=condition.responsible_role if condition else "",
        owner=unit_of(part.owner if part else None, departments),
        maintainer=unit_of(part.maintainer if part else None, departments),
        street=unit_of(street, departments),
        locality=unit_of(locality, departments),
    )


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
