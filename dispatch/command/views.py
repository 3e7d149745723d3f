"""The wall display and the leader's overview."""

from hashlib import sha256

from django.core.cache import cache
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from cases.feed import log as live
from cases.models import Case
from cases.states import Action, State
from citymgmt.accounts.access import needs
from citymgmt.accounts.models import Post
from citymgmt.accounts.posts import SEE_WALL
from dispatch.command import layers
from dispatch.command.counted import COUNTED
from dispatch.command.counters import counters
from dispatch.command.figures import figures
from dispatch.command.scope import Scope, overseen, scope_of
from grid.models import Area
from inventory.models import MatterClass

FRESH_SECONDS = 3  # figures are computed once for all walls of the same areas
GROUND_SECONDS = 300


@require_GET
@needs(SEE_WALL)
def wall(request):
    return render(
        request,
        "dispatch/command/wall.html",
        {
            "live_seq": live.head(),
            "counters": counters(),
            "legend": _legend(),
            "setup": {
                "figures": reverse("dispatch:wall_figures"),
                "layers": reverse("dispatch:wall_layers"),
                "ground": reverse("dispatch:wall_ground"),
                "counted": [vars(one) for one in COUNTED if one.name != "overdue"],
                "names": names(request.user),
                "scenes": scenes(request.user),
            },
        },
    )


@require_GET
@needs(SEE_WALL)
def wall_figures(request):
    """The figures; `?area=` one area of those the person oversees (404 for any other)."""
    scope = _scope(request)
    areas = ",".join(map(str, sorted(scope.areas)))
    key = f"wall:{get_language()}:{sha256(areas.encode()).hexdigest()}"
    return JsonResponse(
        cache.get_or_set(key, lambda: figures(scope, timezone.now()), FRESH_SECONDS)
    )


@require_GET
@needs(SEE_WALL)
def wall_layers(request):
    return JsonResponse(layers.live_layers(_scope(request), timezone.now()))


@require_GET
@needs(SEE_WALL)
def wall_ground(request):
    return JsonResponse(cache.get_or_set("wall:ground", layers.ground, GROUND_SECONDS))


def _scope(request) -> Scope:
    scope = scope_of(request.user, request.GET.get("area", ""))
    if scope is None:
        raise Http404
    return scope


def _legend():
    """One state for each hue, in the order of a case's way."""
    shown = (State.REGISTERED, State.TO_DISPATCH, State.DISPOSING, State.TO_CHECK, State.SUSPENDED)
    return [(state.value, state.label) for state in shown]


def scenes(user) -> list[dict]:
    """The whole of what the person oversees, then street by street: `code`, `name`, `box`."""
    areas = list(Area.objects.overseen_by(user).order_by("code"))
    streets = Area.objects.filter(level=Area.Level.STREET).order_by("code")
    below = [s for s in streets if any(s.code.startswith(a.code) and s != a for a in areas)]
    whole = {"code": "", "name": " · ".join(a.name for a in areas), "box": _box(areas)}
    return [whole, *({"code": s.code, "name": s.name, "box": _box([s])} for s in below)]


def _box(areas) -> list[float] | None:
    """[west, south, east, north] of the areas that have a shape."""
    boxes = [area.geometry.extent for area in areas if area.geometry]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]


def names(user) -> dict:
    """Words for what the live feed tells by identifier: areas, classes, actions, states, posts."""
    codes = [area.code for area in overseen(user)]
    areas = Area.objects.filter(level=Area.Level.COMMUNITY).values_list("code", "name")
    used = MatterClass.objects.filter(pk__in=Case.objects.values("matter_class"))
    known = MatterClass.objects.in_use() | used
    return {
        "areas": {code: name for code, name in areas if code.startswith(tuple(codes))},
        "classes": {f"{one.kind}:{one.code}": one.name for one in known},
        "actions": {action.value: str(action.label) for action in Action},
        "states": {state.value: str(state.label) for state in State},
        "posts": {post.code: post.name for post in Post.objects.all()},
    }
