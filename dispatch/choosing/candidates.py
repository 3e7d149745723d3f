"""Candidates for the inputs of an action: whom to send, whom to assign."""

from bisect import bisect_left
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from cases.machine.process import process
from citymgmt.accounts.models import Department, Membership, User
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
