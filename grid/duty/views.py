"""Duty grids: the list with what is wrong, and one duty grid with its cells and people."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.posts import MANAGE_GRID, SEE_MAP
from citymgmt.accounts.rules import holds
from grid import section
from grid.duty import actions, queries
from grid.duty.forms import CollectorsForm, MoveForm
from grid.map import layers as maps
from grid.models import Area, DutyGrid, DutyMembership, UnitGrid
from grid.rota.queries import on_duty

HISTORY = 50


def _streets():
    return Area.objects.filter(level=Area.Level.STREET).defer("geometry").order_by("code")


@needs(MANAGE_GRID)
def duty_grids(request):
    rows = queries.with_counts().select_related("street").defer("street__geometry", "geometry")
    rows = rows.prefetch_related("collectors").order_by("end_date", "code")
    street = request.GET.get("street", "")
    if street:
        rows = rows.filter(street__code=street)
    return section.page(
        request, "grid/duty/grids.html",
        rows=rows, street=street, streets=_streets(), faults=_by_street(queries.faults()),
    )  # fmt: skip


def _by_street(faults):
    """[(street code, faults)]: what can be mended in one step."""
    found = {}
    for fault in faults:
        found.setdefault(fault.cell.code[:9], []).append(fault)
    return list(found.items())


def _cells(duty_grid):
    rows = UnitGrid.objects.valid().filter(duty_grid=duty_grid)
    return rows.select_related("community__parent").order_by("code")


@needs(MANAGE_GRID)
@require_http_methods(["GET", "POST"])
def duty_grid(request, code):
    """The cells of one duty grid, and the form that moves some of them."""
    grid = get_object_or_404(DutyGrid.objects.select_related("street"), code=code)
    cells = _cells(grid)
    form = MoveForm(request.POST or None, street=grid.street, cells=cells, without=grid)
    if form.is_valid() and _move(request, form):
        return redirect("grid:duty_grid", code)
    rows = DutyMembership.objects.filter(duty_grid=grid).select_related("unit_grid")
    return section.page(
        request, "grid/duty/grid.html",
        status=422 if form.is_bound else 200, grid=grid, form=form, cells=cells,
        chosen=request.POST.getlist("cells"), shapes=_shapes(cells),
        people=CollectorsForm(duty_grid=grid), map=_map(),
        history=rows.exclude(valid_to=None).order_by("-valid_to", "unit_grid__code")[:HISTORY],
        planned=rows.filter(valid_from__gt=timezone.localdate()),
    )  # fmt: skip


def _shapes(cells):
    return maps.collection(maps.feature(c.geometry, code=c.code, name=c.code) for c in cells)


def _map():
    return {"base": reverse("grid:base_json"), "switch": False}


def _move(request, form):
    asked = form.cleaned_data
    cells, on = list(asked["cells"]), asked["on"]
    if form.target:
        done = attempt(request, actions.move_cells, form=form, cells=cells, to=form.target, on=on)
    else:
        done = attempt(request, actions.create, form=form, name=asked["name"], cells=cells, on=on)
    if done:
        said = ngettext("%(n)s unit grid moved.", "%(n)s unit grids moved.", len(cells))
        messages.success(request, said % {"n": len(cells)})
    return done


@require_POST
@needs(MANAGE_GRID)
def mend(request, street):
    """Cells of a street that are not in exactly one duty grid go where they are told to."""
    area = get_object_or_404(_streets(), code=street)
    wrong = [fault.cell.pk for fault in queries.faults() if fault.cell.code.startswith(street)]
    cells = UnitGrid.objects.filter(pk__in=wrong).select_related("community__parent")
    form = MoveForm(request.POST, street=area, cells=cells)
    if not (form.is_valid() and _move(request, form)):
        problems = [said for errors in form.errors.values() for said in errors]
        messages.error(request, " ".join(map(str, problems)))
    return redirect("grid:duty_grids")


@require_POST
@needs(MANAGE_GRID)
def duty_people(request, code):
    grid = get_object_or_404(DutyGrid, code=code)
    form = CollectorsForm(request.POST, duty_grid=grid)
    if not form.is_valid():
        messages.error(request, _("Choose collectors."))
    elif attempt(
        request, actions.set_collectors, duty_grid=grid, collectors=form.cleaned_data["collectors"]
    ):
        messages.success(request, _("Saved."))
    return redirect("grid:duty_grid", code)


# --- map layers -----------------------------------------------------------------------------
@maps.layer
def duty_json(request):
    box = maps.read_bbox(request)
    rows = DutyGrid.objects.in_force().filter(geometry__bboverlaps=box).order_by("code")
    return maps.collection(
        maps.feature(row.geometry, name=row.name, code=row.code, url=_card(row)) for row in rows
    )


def _card(row):
    return reverse("grid:duty_card", args=[row.code])


@needs(SEE_MAP)
def duty_card(request, code):
    row = get_object_or_404(queries.with_counts().prefetch_related("collectors"), code=code)
    return render(request, "grid/duty/card.html", {
        "grid": row, "now": on_duty(row, timezone.now()),
        "may_edit": holds(request.user, MANAGE_GRID),
    })  # fmt: skip
