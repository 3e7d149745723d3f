"""The rota of a week, and the shifts it is made of."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID, MANAGE_ROTA
from citymgmt.accounts.rules import holds
from citymgmt.lib.addresses import key_of
from citymgmt.lib.dates import day_of
from citymgmt.lib.errors import Refused
from grid import section
from grid.models import Area, Shift
from grid.rota import actions, hours, queries
from grid.rota.collectors import collectors
from grid.rota.forms import ShiftForm


def _day(text):
    day = day_of(text)
    if day is None:
        raise Http404
    return day


@needs(MANAGE_ROTA)
def week(request):
    """The week of `?week=` (any day of it; this week without) for the duty grids of a street."""
    asked = request.GET.get("week")
    monday = hours.monday_of(_day(asked) if asked else timezone.localdate())
    streets = _streets(request.user)
    street = next((s for s in streets if s.code == request.GET.get("street")), None)
    street = street or (streets[0] if streets else None)
    grids = list(queries.plannable(request.user).filter(street=street).defer("geometry"))
    return section.page(
        request, "grid/rota/week.html",
        monday=monday, street=street, streets=streets, days=_days(monday),
        before=monday - hours.WEEK, after=monday + hours.WEEK, now=timezone.localdate(),
        rows=_rows(grids, monday), open=monday + hours.WEEK > timezone.localdate(),
    )  # fmt: skip


def _streets(user):
    used = queries.plannable(user).values("street")
    return list(Area.objects.filter(pk__in=used).defer("geometry").order_by("code"))


def _days(monday):
    today = timezone.localdate()
    return [{"date": d, "today": d == today, "past": d < today} for d in hours.week_of(monday)]


def _shifts():
    return list(Shift.objects.filter(active=True))


def _rows(grids, monday):
    """[(duty grid, [(shift, its cells)])] as the table shows them."""
    planned = queries.plan(grids, hours.week_of(monday))
    days, shifts = _days(monday), _shifts()
    return [
        (grid, [(s, [_cell(grid, s, d["date"], planned) for d in days]) for s in shifts])
        for grid in grids
    ]


def _cell(grid, shift, day, planned):
    return {
        "day": day,
        "locked": day < timezone.localdate(),
        "people": planned.get((grid.pk, shift.pk, day), []),
        "url": reverse("grid:rota_cell", args=[grid.code, shift.code, day.isoformat()]),
        "id": f"c-{grid.code}-{shift.code}-{day.isoformat()}",
        "name": f"{grid} · {shift} · {day:%m-%d}",
    }


@needs(MANAGE_ROTA)
@require_http_methods(["GET", "POST"])
def cell(request, code, shift, day):
    """The form of one cell of the table; saved, the cell as it is now."""
    grid = get_object_or_404(queries.plannable(request.user).defer("geometry"), code=code)
    shift = get_object_or_404(Shift, code=shift)
    day = _day(day)
    if request.method == "POST":
        return _save(request, grid, shift, day)
    named = queries.plan([grid], [day]).get((grid.pk, shift.pk, day), [])
    return _form(request, grid, shift, day, {person.pk for person in named})


def _form(request, grid, shift, day, chosen, refusal="", status=200):
    own = set(grid.collectors.values_list("pk", flat=True))
    people = sorted(collectors(), key=lambda p: (p.pk not in own, p.username))
    return render(request, "grid/rota/form.html", {
        "grid": grid, "shift": shift, "day": day, "refusal": refusal,
        "cell": _cell(grid, shift, day, {}), "people": [
            {"person": p, "own": p.pk in own, "chosen": p.pk in chosen} for p in people
        ],
    }, status=status)  # fmt: skip


def _save(request, grid, shift, day):
    keys = [key_of(key) for key in request.POST.getlist("people")]
    people = list(User.objects.filter(pk__in=keys))
    try:
        actions.assign(
            duty_grid=grid, shift=shift, day=day, people=people, by=request.user, request=request
        )
    except Refused as refused:
        return _form(request, grid, shift, day, set(keys), refused.detail, status=422)
    now = {(grid.pk, shift.pk, day): sorted(people, key=lambda p: p.username)}
    return render(request, "grid/rota/cell.html", {"cell": _cell(grid, shift, day, now)})


@require_POST
@needs(MANAGE_ROTA)
def copy(request):
    """Last week into the empty cells of this one, for the duty grids of a street."""
    monday = hours.monday_of(_day(request.POST.get("week", "")))
    street = request.POST.get("street", "")
    grids = list(queries.plannable(request.user).filter(street__code=street).defer("geometry"))
    try:
        n = actions.copy_last_week(
            monday=monday, duty_grids=grids, by=request.user, request=request
        )
    except Refused as refused:
        messages.error(request, refused.detail)
    else:
        said = ngettext("%(n)s entry copied.", "%(n)s entries copied.", n)
        messages.success(request, said % {"n": n})
    return redirect(f"{reverse('grid:rota')}?week={monday}&street={street}")


# --- shifts ---------------------------------------------------------------------------------
@needs(MANAGE_GRID, MANAGE_ROTA)
@require_http_methods(["GET", "POST"])
def shifts(request, code=None):
    """All shifts; one of them, or a new one, in the form (for who manages the grid)."""
    edited = get_object_or_404(Shift, code=code) if code else None
    form = ShiftForm(request.POST or None, instance=edited)
    saved = form.is_valid() and attempt(request, actions.save_shift, form=form, shift=form.instance)
    if saved:
        messages.success(request, _("Saved."))
        return redirect("grid:shifts")
    return section.page(
        request, "grid/rota/shifts.html", status=422 if request.method == "POST" else 200,
        form=form, edited=edited, rows=Shift.objects.all(),
        may_edit=holds(request.user, MANAGE_GRID),
    )  # fmt: skip


@require_POST
@needs(MANAGE_GRID)
def usual_shifts(request):
    actions.load_shifts()
    return redirect("grid:shifts")
