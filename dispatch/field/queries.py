"""Reads of the collectors' pages. Query counts do not depend on the number of rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from cases.controls.actions import controls_at
from cases.duplicates import likeness as duplicates
from cases.finding.queries import class_named
from cases.machine.process import process
from cases.models import Case, CaseEvent
from cases.states import Action, State
from cases.time.lights import light_of
from grid.geometry import distance_m
from grid.models import DutyGrid, Position
from grid.places.queries import locate, nearest_road_name, position
from inventory.models import MatterClass

KINDS = {State.VERIFYING: "verify", State.CHECKING: "check"}
FRESH = timedelta(minutes=30)  # an older position says nothing about how far a task is
RECENT_REPORTS, RECENT_CLASSES, KNOWN = 200, 8, 4


@dataclass(frozen=True)
class Task:
    """A verify or check task of a collector. `warn` is when its light turns yellow."""

    case: Case
    kind: str  # verify, check
    light: str
    warn: datetime | None
    distance_m: float | None  # None: no recent position


def tasks_of(user, *, now, nearest=False) -> list[Task]:
    """Open tasks, the least time left first, or the nearest first. Two queries."""
    rows = Case.objects.visible_to(user).filter(collector=user, state__in=list(KINDS))
    here = last_position(user, now)
    rows = rows.for_lists().order_by(F("due_at").asc(nulls_last=True), "id")
    tasks = [task_of(case, now=now, here=here) for case in rows]
    if nearest and here:
        tasks.sort(key=lambda task: task.distance_m)
    return tasks


def task_of(case, *, now, here=None) -> Task:
    away = here and distance_m((here.x, here.y), (case.point.x, case.point.y))
    return Task(case, KINDS.get(case.state, ""), light_of(case, now), case.warn_at, away)


def count_tasks(user) -> int:
    return Case.objects.filter(collector=user, state__in=list(KINDS)).count()


def last_position(user, now):
    """Where the person was last heard of, as a point; None if that is too long ago."""
    exact = Position.objects.telling(process().position_accuracy_m)
    row = exact.filter(user=user, at__gt=now - FRESH).order_by("-at").first()
    return row and row.point


def reports_of(user):
    return Case.objects.visible_to(user).filter(reporter=user).for_lists().order_by("-id")


def cases_on_map(user, now) -> list[Case]:
    """Own tasks, and own reports of the last seven days that are still open."""
    recent = Q(reporter=user, reported_at__gt=now - timedelta(days=7))
    mine = Q(collector=user, state__in=list(KINDS)) | recent
    return list(Case.objects.visible_to(user).open().filter(mine).for_lists().order_by("-id")[:500])


def today_of(user, now) -> dict[str, int]:
    """What the person did since midnight: `reports`, `done` tasks, `late` ones of these."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    answers = CaseEvent.objects.filter(
        by=user, action__in=[Action.VERIFY, Action.CHECK], at__gte=midnight
    )
    figures = answers.aggregate(done=Count("pk"), late=Count("pk", filter=Q(overdue=True)))
    return figures | {"reports": reports_of(user).filter(reported_at__gte=midnight).count()}


# --- classes --------------------------------------------------------------------------------
def recent_classes(user) -> list[MatterClass]:
    """The classes of the person's last reports, the latest first."""
    rows = Case.objects.filter(reporter=user).order_by("-id").values_list("matter_class", flat=True)
    order = list(dict.fromkeys(rows[:RECENT_REPORTS]))
    found = MatterClass.objects.in_use().in_bulk(order)
    return [found[pk] for pk in order if pk in found][:RECENT_CLASSES]


# --- places ---------------------------------------------------------------------------------
def duty_grids(user) -> list[DutyGrid]:
    return list(user.duty_grids.order_by("code"))


def middle(grids) -> list[float] | None:
    """[lat, lon] inside the first duty grid: where the map starts without a position."""
    if not grids:
        return None
    point = grids[0].geometry.point_on_surface
    return [point.y, point.x]


def place_words(user, lon, lat) -> dict:
    """What a pin stands on: names, and whether that is in the person's own duty grid."""
    place = locate(lon, lat)
    own = place.duty_grid is not None and place.duty_grid.collectors.filter(pk=user.pk).exists()
    return {
        "community": place.community.name,
        "street": place.street.name,
        "road": nearest_road_name(lon, lat),
        "unit_grid": place.unit_grid.code,
        "duty_grid": place.duty_grid.name if place.duty_grid else "",
        "own": own,
        "controls": controls_at(position(lon, lat), timezone.localdate()),
    }


def known_near(user, lon, lat, matter, now) -> list[dict]:
    """What may be the same problem near a pin, likeliest first: {what, label, away, likely, on}.

    A collector knows the own duty grids: of cases there that are not theirs only that much is
    told. `matter` is "kind:code" or empty.
    """
    here = position(lon, lat)
    own = Q(pk__in=Case.objects.visible_to(user).order_by().values("pk"))
    rows = Case.objects.filter(own | Q(duty_grid__in=user.duty_grids.order_by().values("pk")))
    found = duplicates.among(rows, here.x, here.y, now, class_named(matter), limit=KNOWN)
    return [
        {
            "what": str(one.case.matter_class), "label": one.case.get_state_display(),
            "away": one.away, "likely": one.likely,
            "on": f"{timezone.localtime(one.case.reported_at):%m-%d}",
        }
        for one in found
    ]  # fmt: skip
