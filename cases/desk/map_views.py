"""Cases on the map, the card behind a mark, and the search that finds all a map shows."""

from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from cases.models import Case
from cases.presenting.pages import narrowing
from cases.time.overdue import is_overdue
from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import SEE_MAP
from citymgmt.lib import writing
from grid.map import layers as maps
from grid.places.queries import find_places
from inventory.components.queries import find_components

LIMIT = 5_000
FOUND = 8
SHORTEST = 2  # a single character finds half the city


@maps.case_layer
def cases_json(request):
    """Open cases the person may know of, most urgent first when there are too many. What narrows a
    list of cases narrows them too."""
    now = timezone.now()
    cases = (
        Case.objects.visible_to(request.user).open().filter(narrowing(request.GET).condition(now))
    )
    cases = cases.select_related("matter_class", "unit_grid").defer("unit_grid__geometry")
    cases = cases.filter(point__bboverlaps=maps.read_bbox(request)).order_by("due_at", "id")
    rows = list(cases[: LIMIT + 1])
    marks = (_mark(case, now) for case in rows[:LIMIT])
    return maps.collection(marks, truncated=len(rows) > LIMIT)


def _mark(case, now):
    return maps.point_feature(
        case.point.x, case.point.y, number=case.number, state=case.state,
        overdue=is_overdue(case.state, case.due_at, now), cell=case.unit_grid.code,
        title=f"{case.matter_class} · {case.number}",
        name=f"{case.matter_class} · {case.get_state_display()}",
        url=reverse("cases:card", args=[case.number]),
    )  # fmt: skip


@needs(SEE_MAP)
def card(request, number):
    case = Case.objects.visible_to(request.user).for_lists().filter(number=number).first()
    if case is None:
        raise Http404
    late = is_overdue(case.state, case.due_at, timezone.now())
    return render(request, "cases/desk/card.html", {"case": case, "late": late})


@maps.case_layer
def search_json(request):
    """Cases by number, components and unit grids by code, areas and roads by name."""
    text = request.GET.get("q", "").strip()
    if len(text) < SHORTEST:
        return {"results": []}
    found = [*_find_cases(request.user, text), *find_components(text), *find_places(text)]
    return {"results": found[:FOUND]}


def _find_cases(user, text):
    number = writing.digits(text)
    if len(number) < 6:
        return []
    cases = Case.objects.visible_to(user).select_related("matter_class")
    return [
        {
            "name": case.number, "note": f"{case.matter_class} · {case.get_state_display()}",
            "lon": case.point.x, "lat": case.point.y, "zoom": 18,
        }
        for case in cases.filter(number__contains=number).order_by("-id")[:FOUND]
    ]  # fmt: skip


urlpatterns = [
    path("map/cases.json", cases_json, name="map_json"),
    path("map/search.json", search_json, name="map_search"),
    path("cases/<str:number>/card/", card, name="card"),
]
