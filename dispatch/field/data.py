"""What the collectors' scripts fetch and send: JSON, and refusals in the shape of the interface."""

from functools import wraps

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from cases.standards.search import find_classes
from cases.states import Action
from cases.time.overdue import is_overdue
from citymgmt.accounts.access import needs
from citymgmt.lib.errors import Refused, as_json
from dispatch.field import actions, queries

needs_collector = needs(Action.VERIFY)


def speaks(view):
    """A refusal becomes an answer of the shape that the HTTP interface uses."""

    @wraps(view)
    def answered(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:
            return JsonResponse(as_json(refusal), status=refusal.status)

    return answered


# --- words ----------------------------------------------------------------------------------
@require_GET
@needs_collector
def classes(request):
    """Classes in use, in both languages; `?q=` narrows them, without it all are listed."""
    rows = find_classes(request.GET.get("q", ""), limit=None)
    names = ("kind", "code", "name_zh", "name_en", "major_zh", "major_en")
    found = [{name: getattr(row, name) for name in names} for row in rows]
    return JsonResponse({"results": found})


@require_GET
@needs_collector
@speaks
def place(request):
    lon, lat = request.GET.get("lon"), request.GET.get("lat")
    return JsonResponse(queries.place_words(request.user, lon, lat))


@require_GET
@needs_collector
@speaks
def known(request):
    """Whether the problem is known already; `matter` is "kind:code"."""
    asked = [request.GET.get(name, "") for name in ("lon", "lat", "matter")]
    return JsonResponse({"results": queries.known_near(request.user, *asked, timezone.now())})


@require_GET
@needs_collector
def count(request):
    return JsonResponse({"tasks": queries.count_tasks(request.user)})


@require_POST
@needs_collector
@speaks
def position(request):
    given = {name: request.POST.get(name) for name in ("lon", "lat", "accuracy")}
    actions.note_position(by=request.user, **given)
    return HttpResponse(status=204)


# --- map layers -----------------------------------------------------------------------------
def _collection(features, **rest):
    return JsonResponse({"type": "FeatureCollection", "features": features, **rest})


def _feature(geometry, **properties):
    shape = {"type": geometry.geom_type, "coordinates": geometry.coords}
    return {"type": "Feature", "geometry": shape, "properties": properties}


@require_GET
@needs_collector
def cases(request):
    now = timezone.now()
    return _collection([_mark(case, now) for case in queries.cases_on_map(request.user, now)])


def _mark(case, now):
    return _feature(
        case.point, number=case.number, state=case.state, title=str(case.matter_class),
        overdue=is_overdue(case.state, case.due_at, now),
        url=reverse("dispatch:field:mark", args=[case.number]),
    )  # fmt: skip


@require_GET
@needs_collector
def grids(request):
    """The duty grids of the person."""
    rows = queries.duty_grids(request.user)
    return _collection([_feature(row.geometry, name=row.name) for row in rows])
