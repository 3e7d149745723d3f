"""Management and evaluation grids: how many there are, what breaks a rule, and their map layers."""

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import MANAGE_GRID
from grid import section
from grid.above import actions
from grid.map import layers as maps
from grid.models import Area, EvaluationGrid, ManagementGrid

FAULTS = 100


@needs(MANAGE_GRID)
def above(request):
    """How many there are in each community, and where they break a rule."""
    found = actions.checked()
    homes = Area.objects.filter(level=Area.Level.COMMUNITY).defer("geometry").order_by("code")
    homes = homes.annotate(
        management=Count("management_grids", distinct=True),
        evaluation=Count("evaluation_grids", distinct=True),
    )
    return section.page(
        request, "grid/above/grids.html", rows=homes, count=len(found),
        faults=[_said(fault) for fault in found[:FAULTS]],
        management=ManagementGrid.objects.count(), evaluation=EvaluationGrid.objects.count(),
    )  # fmt: skip


def _said(fault):
    keys = [str(key) for key in fault.keys]
    return {"group": fault.group or ", ".join(keys), "why": actions.FAULTS[fault.kind]}


@require_POST
@needs(MANAGE_GRID)
def build(request):
    """All communities, or that of `community`."""
    code = request.POST.get("community")
    homes = [get_object_or_404(Area, code=code, level=Area.Level.COMMUNITY)] if code else None
    figures = actions.build_above(communities=homes, by=request.user, request=request)
    said = _("%(management)s management grids and %(evaluation)s evaluation grids built.")
    messages.success(request, said % figures)
    return redirect("grid:above")


@maps.layer
def management_json(request):
    box = maps.read_bbox(request)
    rows = ManagementGrid.objects.filter(geometry__bboverlaps=box).order_by("code")
    return maps.collection(
        maps.feature(shape, name=f"{code} · {n}", code=code)
        for code, shape, n in rows.annotate(n=Count("members")).values_list("code", "geometry", "n")
    )


@maps.layer
def evaluation_json(request):
    box = maps.read_bbox(request)
    rows = EvaluationGrid.objects.filter(geometry__bboverlaps=box).order_by("code")
    return maps.collection(
        maps.feature(shape, name=f"{code} · {letter}", code=code, letter=letter)
        for code, shape, letter in rows.values_list("code", "geometry", "letter")
    )
