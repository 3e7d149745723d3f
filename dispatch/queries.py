"""Candidates for the inputs of an action: whom to send, whom to assign, where to dispatch."""

from bisect import bisect_left
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from cases.machine.process import process
from citymgmt.accounts.models import Department, Membership, User
from dispatch import routing
from dispatch.models import Responsibility, RoutingRule, Ruling
from grid.geometry import distance_m
from grid.models import Position
from grid.rota.queries import on_duty

SEEN_WITHIN = timedelta(hours=2)  # an older position says nothing about where somebody is


# How far one walks for a task, in metres: who is within the same reach is equally near.
REACHES = (500, 1_500, 3_000)


class Candidate(NamedTuple):
    user: User
    own_grid: bool  # the collector of the duty grid of the place
    distance_m: float | None  # None: no recent position
    open_tasks: int
    department: Department | None = None  # of a handler: where they work
    on_rota: bool = False  # named by the rota for the duty grid and this moment
    reporter: bool = False  # looks at one's own report: only where nobody else is on duty


class Choice(NamedTuple):
    department: Department | None
    reason: routing.Reason


def collectors_for(case, *, now=None) -> list[Candidate]:
    """Collectors on duty, the nearest first, and last whoever reported the case.

    Among those within the same reach whom the rota names for the duty grid now comes first, then
    its own collectors, then the least far, then the least loaded. Who is off duty gets no task,
    and a position vaguer than the set accuracy says nothing about where somebody is.
    """
    now = now or timezone.now()
    named = {person.pk for person in on_duty(case.duty_grid, now)}
    people = _with_load(_placed(_holding("collector").filter(on_duty=True), now))
    own = set(case.duty_grid.collectors.values_list("id", flat=True)) if case.duty_grid else set()
    people = list(people)
    points = Position.objects.in_bulk([p.position for p in people if p.position])
    found = [
        Candidate(
            user=person,
            own_grid=person.pk in own,
            distance_m=_away(case, points.get(person.position)),
            open_tasks=person.open_tasks,
            on_rota=person.pk in named,
            reporter=person.pk == case.reporter_id,
        )
        for person in people
    ]
    return sorted(found, key=_order)


def _order(candidate):
    away = candidate.distance_m
    return (
        candidate.reporter,
        _reach(candidate),
        not candidate.on_rota,
        not candidate.own_grid,
        away is None,
        away or 0,
        candidate.open_tasks,
        candidate.user.username,
    )


def _reach(candidate) -> int:
    """Which of `REACHES` holds the candidate; whoever should be there counts as within the last
    as long as nothing is known."""
    if candidate.distance_m is None:
        expected = candidate.on_rota or candidate.own_grid
        return len(REACHES) - 1 if expected else len(REACHES) + 1
    return bisect_left(REACHES, candidate.distance_m)


def _away(case, position):
    if position is None:
        return None
    return distance_m((case.point.x, case.point.y), (position.point.x, position.point.y))


def handlers_for(case, *, now=None) -> list[Candidate]:
    """People of the responsible department (or one above it) who may take the work: its own
    first, then the least loaded, then the nearest."""
    if case.department is None:
        return []
    holding = _holding("handler", "liaison", within=case.department)
    people = list(_with_load(_placed(holding, now or timezone.now())))
    own = _departments_of(people, case.department)
    points = Position.objects.in_bulk([p.position for p in people if p.position])
    found = [
        Candidate(
            user=person,
            own_grid=False,
            distance_m=_away(case, points.get(person.position)),
            open_tasks=person.open_tasks,
            department=own.get(person.pk),
        )
        for person in people
    ]
    return sorted(found, key=lambda c: (c.department != case.department, *_least(c)))


def _least(candidate):
    away = candidate.distance_m
    return candidate.open_tasks, away is None, away or 0, candidate.user.username


def _departments_of(people, department) -> dict[int, Department]:
    """For which department of the lineage each of them works; the closest, if for several."""
    rows = Membership.objects.current().filter(
        user__in=people,
        post__code__in=("handler", "liaison"),
        department__code__in=department.lineage,
    )
    ordered = rows.select_related("department").order_by("department__path")
    return {row.user_id: row.department for row in ordered}


def _holding(*posts, within=None):
    memberships = Membership.objects.current().filter(post__code__in=posts)
    if within:
        memberships = memberships.filter(department__code__in=within.lineage)
    return User.objects.filter(is_active=True, pk__in=memberships.order_by().values("user"))


def _placed(people, now):
    """With the key of the latest position that says where they are."""
    latest = (
        Position.objects.telling(process().position_accuracy_m)
        .filter(user=OuterRef("pk"), at__gt=now - SEEN_WITHIN, at__lte=now)
        .order_by("-at")
    )
    return people.annotate(position=Subquery(latest.values("id")[:1]))


def _with_load(people):
    return people.annotate(
        open_tasks=Count("work_items", filter=Q(work_items__done_at__isnull=True))
    )


# --- routing --------------------------------------------------------------------------------
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
