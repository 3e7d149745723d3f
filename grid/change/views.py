"""Surgery on cells: choose and draw, see what would change, then do it."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.lib.errors import NotYours, Refused
from grid import section
from grid.change import actions
from grid.change.forms import ApplyForm, ChangeForm
from grid.models import GridChange

RECENT = 15


@needs(MANAGE_GRID)
@require_GET
def edit(request):
    """The map with its tools; `codes`, `kind`, … in the address choose beforehand."""
    names = ("kind", "codes", "community", "on")
    chosen = {name: request.GET[name] for name in names if name in request.GET}
    recent = GridChange.objects.select_related("by", "community").defer("community__geometry")
    return section.page(
        request, "grid/change/edit.html", form=ChangeForm(initial=chosen), changes=recent[:RECENT],
        map={"base": reverse("grid:base_json"), "cells": reverse("grid:cells_json")},
    )  # fmt: skip


@require_POST
@needs(MANAGE_GRID)
def preview(request):
    """What the change would do, as a fragment; 422 says in place why it cannot be done."""
    form = ChangeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, form)
    try:
        seen = actions.preview(by=request.user, **form.wish)
    except Refused as refusal:
        return _refused(request, form, refusal)
    return _shown(request, form, seen)


def _shown(request, form, seen, **context):
    codes = " ".join(form.wish["codes"])
    form = ApplyForm(initial={**form.wish, "codes": codes, "token": seen.token})
    context |= {
        "shapes": json.dumps(seen.geojson()),
        "seen": seen,
        "form": form,
        "kind": GridChange.Kind(seen.kind).label,
    }
    context["past"] = seen.on < timezone.localdate()
    return render(request, "grid/change/preview.html", context)


def _refused(request, form, refusal=None):
    if isinstance(refusal, NotYours):
        raise PermissionDenied(refusal.detail)
    if refusal:
        for name, problems in (refusal.fields or {None: [refusal.detail]}).items():
            form.add_error(name if name in form.fields else None, problems)
        if refusal.fields:
            form.add_error(None, refusal.detail)
    return render(request, "grid/change/refused.html", {"form": form}, status=422)


@require_POST
@needs(MANAGE_GRID)
def apply(request):
    """Do what the preview showed; what changed meanwhile is said in place."""
    form = ApplyForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    found = form.cleaned_data
    try:
        change = actions.apply(
            by=request.user, token=found["token"], note=found["note"], request=request, **form.wish
        )
    except Refused as refusal:
        return _refused(request, form, refusal)
    messages.success(request, _("Done: %(change)s, in effect from %(day)s.") % {
        "change": change.get_kind_display(), "day": change.effective_on,
    })  # fmt: skip
    return HttpResponse(headers={"HX-Redirect": reverse("grid:edit")})
