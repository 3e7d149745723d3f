"""Pages of the control areas: the list, drawing a new one, and one with its decision."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from cases.controls import actions as controls
from cases.models.controls import ControlArea
from cases.states import Action
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.posts import ASK_CONTROL
from citymgmt.accounts.rules import holds
from grid import section
from grid.map import layers as maps
from inventory.models import MatterClass

PAGE = 50
WAITING_FIRST = Case(When(status="asked", then=Value(0)), default=Value(1))
needs_control = needs(ASK_CONTROL, Action.APPROVE)


class ControlForm(Styled, forms.Form):
    """What is asked for; the ground is GeoJSON that the map writes."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    message = forms.CharField(
        label=gettext_lazy("Message to who reports"), max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    first_day = forms.DateField(label=gettext_lazy("First day"), widget=DateInput())
    last_day = forms.DateField(label=gettext_lazy("Last day"), widget=DateInput())
    classes = forms.ModelMultipleChoiceField(
        MatterClass.objects.none(), label=gettext_lazy("Classes not to be reported"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    ground = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": gettext_lazy("Draw the area on the map.")},
    )

    def __init__(self, *args, **kwargs):
        today = timezone.localdate()
        super().__init__(*args, initial={"first_day": today, "last_day": today}, **kwargs)
        self.fields["classes"].queryset = MatterClass.objects.in_use()


@needs_control
def index(request):
    rows = ControlArea.objects.select_related("asked_by", "decided_by").defer("ground")
    rows = rows.prefetch_related("classes").order_by(WAITING_FIRST, "-id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return section.page(
        request, "cases/controls/list.html", page=page,
        may_ask=holds(request.user, ASK_CONTROL), today=timezone.localdate(),
    )  # fmt: skip


def _map(**rest):
    layers = {"base": reverse("grid:base_json"), "cells": reverse("grid:cells_json")}
    return layers | {"controls": reverse("cases:controls_json")} | rest


@needs(ASK_CONTROL)
@require_http_methods(["GET", "POST"])
def new(request):
    form = ControlForm(request.POST or None)
    if form.is_valid() and attempt(request, controls.ask, form=form, **form.cleaned_data):
        messages.success(request, _("Asked for. It is in force once somebody else approves it."))
        return redirect("cases:controls")
    chosen = set(request.POST.getlist("classes"))
    return section.page(
        request, "cases/controls/new.html", status=422 if form.is_bound else 200, form=form,
        classes=[(row, str(row.pk) in chosen) for row in MatterClass.objects.in_use()], map=_map(),
    )  # fmt: skip


@needs_control
def one(request, pk):
    row = get_object_or_404(ControlArea.objects.prefetch_related("classes"), pk=pk)
    middle = row.ground.centroid
    waiting, running = row.status == "asked", row.status == "approved"
    return section.page(
        request, "cases/controls/control.html", row=row, today=timezone.localdate(),
        shape=maps.feature(row.ground, name=row.name),
        map=_map(center=[middle.y, middle.x], zoom=16, controls=None, switch=False),
        may_decide=waiting and controls.may_decide(request.user, row),
        may_end=running and controls.may_end(request.user, row),
    )  # fmt: skip


@require_POST
@needs(Action.APPROVE)
def decide(request, pk):
    row = get_object_or_404(ControlArea, pk=pk)
    approve = request.POST.get("decision") == "approve"
    opinion = request.POST.get("opinion", "")
    if attempt(request, controls.decide, area=row, approve=approve, opinion=opinion):
        messages.success(request, _("Approved.") if approve else _("Refused."))
    return redirect("cases:control", pk)


@require_POST
@needs_control
def end(request, pk):
    if attempt(request, controls.end, area=get_object_or_404(ControlArea, pk=pk)):
        messages.success(request, _("Ended."))
    return redirect("cases:control", pk)


@maps.layer
def controls_json(request):
    """Control areas in force today."""
    box = maps.read_bbox(request)
    rows = ControlArea.objects.in_force(timezone.localdate()).filter(ground__bboverlaps=box)
    return maps.collection(
        maps.feature(row.ground, name=f"{row.name} · {row.message}") for row in rows.order_by("id")
    )


urlpatterns = [
    path("map/controls.json", controls_json, name="controls_json"),
    path("grid/controls/", index, name="controls"),
    path("grid/controls/new/", new, name="control_new"),
    path("grid/controls/<int:pk>/", one, name="control"),
    path("grid/controls/<int:pk>/decide/", decide, name="control_decide"),
    path("grid/controls/<int:pk>/end/", end, name="control_end"),
]
