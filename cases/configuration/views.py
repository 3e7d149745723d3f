"""The pages of the settings. Each section is a list, a form and its last changes."""

from dataclasses import replace
from itertools import islice

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.configuration import actions, deadlines, registry
from cases.configuration.switches import SwitchForm
from cases.machine import attended
from cases.machine.actions import context as now_context
from cases.machine.process import process
from cases.timers import watch
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.audit import record
from citymgmt.accounts.held import Held
from citymgmt.accounts.posts import MANAGE_STANDARDS

PER_PAGE = 50
DIFFERENCES = 200  # shown on the page; all are written

allowed = needs(MANAGE_STANDARDS)


def _section(code):
    found = registry.named(code)
    if found is None:
        raise Http404
    return found


def _page(request, name, context, status=200):
    context |= {"every": registry.every(), "stopped": watch.stopped()}
    return render(request, f"cases/configuration/{name}.html", context, status=status)


@never_cache
@allowed
@require_safe
def index(request):
    return _page(request, "index", {})


@never_cache
@allowed
@require_safe
def section(request, code):
    chosen = _section(code)
    page = Paginator(chosen.rows(), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, [value(row) for _label, value in chosen.columns]) for row in page]
    context = {"section": chosen, "page": page, "rows": rows, "history": actions.history(code)}
    return _page(request, "section", context)


@never_cache
@allowed
def edit(request, code, pk=None):
    """The form of one row; without `pk` a new one."""
    chosen = _section(code)
    row = get_object_or_404(chosen.model, pk=pk) if pk else None
    form = chosen.form(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        row = form.save(commit=False)
        if attempt(request, actions.save, form=form, section=chosen, row=row):
            messages.success(request, _("Saved."))
            return redirect("cases:settings:section", code)
    context = {"section": chosen, "form": form, "row": row if pk else None}
    return _page(request, "form", context, 422 if form.errors else 200)


@allowed
@require_POST
def delete(request, code, pk):
    chosen = _section(code)
    row = get_object_or_404(chosen.model, pk=pk)
    if attempt(request, actions.delete, section=chosen, row=row):
        messages.success(request, _("Deleted."))
    return redirect("cases:settings:section", code)


@never_cache
@allowed
def switches(request):
    form, held = SwitchForm(request.POST or None, now=process()), []
    if request.method == "POST" and form.is_valid():
        held = [] if "seen" in request.POST else _left_alone(form.cleaned_data)
        if not held and attempt(request, actions.switch, form=form, values=form.cleaned_data):
            messages.success(request, _("Saved."))
            return redirect("cases:settings:switches")
    context = {"form": form, "history": actions.history("process"), "here": "process"}
    context["held"] = held
    return _page(request, "switches", context, 422 if form.errors or held else 200)


def _left_alone(values) -> list[Held]:
    """Open cases with which nobody could go on under these switches, and somebody can now."""
    now = now_context()
    before = attended.unattended(now)
    after = attended.unattended(now, process=replace(now.process, **values))
    return attended.as_held(after - before)


@never_cache
@allowed
def recompute(request):
    """What a changed calendar does to promises: shown first, written on demand."""
    ctx = now_context()
    if request.method == "POST":
        moved = deadlines.recompute(deadlines.differences(ctx), ctx, by=request.user)
        record(verb="recompute_deadlines", by=request.user, data={"moved": moved}, request=request)
        messages.success(request, _("Deadlines moved: %(n)s") % {"n": moved})
        return redirect("cases:settings:deadlines")
    found = deadlines.differences(ctx)
    shown = list(islice((one for one in found if one.moves), DIFFERENCES))
    more = len(shown) == DIFFERENCES
    return _page(request, "deadlines", {"found": shown, "more": more, "here": "deadlines"})
