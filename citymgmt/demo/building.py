"""The demonstration city: Anning district drawn schematically, its people, and who oversees what.

Every step is idempotent. `people.staff.make_people` refuses a database that holds
anybody else, and is therefore the first.
"""

from collections.abc import Callable

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from guardian.models import UserObjectPermission

from cases.standards.loading import load_standards, responsible_roles
from citymgmt.accounts.models import User
from citymgmt.demo.city.components import make_components
from citymgmt.demo.city.loading import load_schematic
from citymgmt.demo.city.schematic import read_divisions
from citymgmt.demo.people.duty import settle_people
from citymgmt.demo.people.staff import make_people, marked
from citymgmt.lib.errors import NotNow
from dispatch.notices.loading import load_escalation
from dispatch.routing.loading import load_routing
from grid.build.store import compose_duty_grids
from grid.models import Area, DutyGrid, Position
from inventory.classes.loading import load_classes

CENTER_POSTS = (
    "acceptor",
    "shift_leader",
    "dispatcher",
    "inspector",
    "leader",
    "evaluator",
    "screen",
)


def build(say: Callable[[str], None] = lambda line: None) -> dict[str, int]:
    """All that stands before the first case; `say` hears each step. Counts of what was made."""
    streets = [(d.code, d.name) for d in read_divisions() if d.level == "street"]
    people = make_people(streets=streets)
    say(f"people: {sum(map(len, people.values()))}")
    load_classes()
    load_standards()
    say("classes, filing conditions, limits")
    drawn, grid = load_schematic()
    say(f"unit grids: {grid['cells']}")
    components = make_components(drawn.roads, roles=responsible_roles(), today=timezone.localdate())
    say(f"components: {components}")
    load_routing()
    load_escalation()
    place(people)
    settle_people(people)
    say("rota, management and evaluation grids")
    return {"cells": grid["cells"], "components": components}


def populate() -> None:
    """People, standards and routing for a city whose grid was built from real lines.

    Does nothing where people work already who are not the demonstration's.
    """
    if User.objects.exists() and not marked():
        return
    streets = Area.objects.filter(level=Area.Level.STREET).order_by("code")
    if not streets.exists():
        raise NotNow(_("There are no areas yet: build the grid first."), "no_areas")
    people = make_people(streets=list(streets.values_list("code", "name")))
    load_classes()
    load_standards()
    load_routing()
    compose_duty_grids()
    place(people)
    settle_people(people)


@transaction.atomic
def place(people) -> None:
    """Grant the center its districts and give every collector duty grids to walk."""
    for district in Area.objects.filter(level=Area.Level.DISTRICT):
        grant_area([user for post in CENTER_POSTS for user in people[post]], district)
    collectors, duty_grids = people["collector"], list(DutyGrid.objects.order_by("code"))
    for n, duty_grid in enumerate(duty_grids):
        if not duty_grid.collectors.exists():
            # Neighbours by code are neighbours on the ground: the rounds of one person hang
            # together. The second one walks in the other shift.
            place = n * len(collectors) // len(duty_grids)
            beside = place + 1 if place + 1 < len(collectors) else place - 1
            first, second = collectors[place], collectors[beside]
            duty_grid.collectors.add(first, second)
            _stand(first, duty_grid)


def grant_area(users, area) -> None:
    """`oversee_area` on an area for many people in two queries."""
    permission = _permission(area)
    kind = ContentType.objects.get_for_model(area)
    known = set(
        UserObjectPermission.objects.filter(
            permission=permission, object_pk=str(area.pk)
        ).values_list("user_id", flat=True)
    )
    UserObjectPermission.objects.bulk_create(
        UserObjectPermission(
            user=user, permission=permission, content_type=kind, object_pk=str(area.pk)
        )
        for user in users
        if user.pk not in known
    )


def _permission(area):
    return Permission.objects.get(
        codename="oversee_area", content_type=ContentType.objects.get_for_model(area)
    )


def stand_everywhere() -> None:
    """A fresh position for every collector on duty."""
    for duty_grid in DutyGrid.objects.order_by("-code").prefetch_related("collectors"):
        Position.objects.bulk_create(
            Position(
                user=user, at=timezone.now(), point=duty_grid.geometry.point_on_surface,
                accuracy_m=8,
            )
            for user in duty_grid.collectors.all()
        )  # fmt: skip


def _stand(user, duty_grid):
    """On duty, in the middle of the first of their duty grids."""
    if not Position.objects.filter(user=user).exists():
        user.on_duty = True
        user.save(update_fields=["on_duty"])
        Position.objects.create(
            user=user, at=timezone.now(), point=duty_grid.geometry.point_on_surface, accuracy_m=8
        )
