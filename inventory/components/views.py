"""Components: their map layer, list and detail; classes with their counterparts."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from citymgmt.accounts import lists
from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import MANAGE_COMPONENTS, SEE_MAP
from citymgmt.lib.addresses import key_of
from citymgmt.lib.search import matching
from grid.map import layers as maps
from grid.models import Area
from inventory.classes.loading import counterpart
from inventory.components.listing import COMPONENTS
from inventory.components.queries import GONE, components_in, counts_by_cell
from inventory.models import Component, MatterClass

LIMIT = 5_000
SINGLE_ZOOM = 17  # nearer than this every component is sent, farther the number in each cell
PAGE = 50
SEARCHED = ("name", "matter_class__name_zh", "matter_class__name_en", "community__name")


@maps.layer
def components_json(request):
    box, zoom = maps.read_bbox(request), maps.read_zoom(request)
    if zoom < SINGLE_ZOOM:
        return maps.collection(
            maps.point_feature(lon, lat, count=n, name=f"{code} · {n}")
            for lon, lat, n, code in counts_by_cell(box)
        )
    rows = list(_on_map(box)[: LIMIT + 1])
    return maps.collection(map(_mark, rows[:LIMIT]), truncated=len(rows) > LIMIT)


def _on_map(box):
    rows = components_in(box).select_related("matter_class")
    return rows.only("code", "geometry", "status", "matter_class__name_zh", "matter_class__name_en")


def _mark(row):
    place = row.geometry if row.geometry.geom_type == "Point" else row.geometry.point_on_surface
    return maps.point_feature(
        place.x, place.y, name=row.matter_class.name, code=row.code,
        status="gone" if row.status in GONE else row.status,
        url=reverse("inventory:component_card", args=[row.code]),
    )  # fmt: skip


def _rows():
    people = ("supervisor", "owner", "maintainer")
    return Component.objects.select_related(
        "matter_class__edition", "unit_grid", "community__parent", *people
    ).defer("unit_grid__geometry", "community__geometry", "community__parent__geometry")


@needs(SEE_MAP)
def component_card(request, code):
    row = get_object_or_404(_rows(), code=code)
    return render(request, "inventory/components/card.html", {"component": row})


@needs(SEE_MAP, MANAGE_COMPONENTS)
def components(request):
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "cls", "street", "status")}
    rows = _filtered(_rows().order_by("code"), asked)
    if answer := lists.taken(request, COMPONENTS, rows, _said(asked)):
        return answer
    used = MatterClass.objects.filter(pk__in=Component.objects.values("matter_class").distinct())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "inventory/components/list.html", {
        **lists.page(COMPONENTS, page),
        "page": page,
        "asked": asked,
        "classes": used,
        "streets": Area.objects.filter(level=Area.Level.STREET).defer("geometry"),
        "statuses": Component.Status.choices,
    })  # fmt: skip


def _said(asked) -> lists.Said:
    """The filter in words; a choice that is not there any more as it was asked for."""
    classes = MatterClass.objects.filter(pk=key_of(asked["cls"]))
    streets = Area.objects.filter(code=asked["street"]).defer("geometry")
    words = {
        _("Search"): asked["q"],
        _("Class"): next(iter(classes), asked["cls"]),
        _("Street"): next(iter(streets), asked["street"]) if asked["street"] else "",
        _("Status"): dict(Component.Status.choices).get(asked["status"], asked["status"]),
    }
    return lists.Said(tuple((name, str(value)) for name, value in words.items() if value))


def _filtered(rows, asked):
    rows = rows.filter(matching(asked["q"], contains=SEARCHED, starts=("code",)))
    if key := key_of(asked["cls"]):
        rows = rows.filter(matter_class=key)
    if asked["street"]:
        rows = rows.filter(community__parent__code=asked["street"])
    if asked["status"]:
        rows = rows.filter(status=asked["status"])
    return rows


@needs(SEE_MAP, MANAGE_COMPONENTS)
def component(request, code):
    row = get_object_or_404(_rows(), code=code)
    middle = row.geometry.centroid
    return render(request, "inventory/components/component.html", {
        "component": row,
        "changes": row.changes.select_related("by"),
        "counterpart": counterpart(row.matter_class),
        "map": {
            "base": reverse("grid:base_json"), "cells": reverse("grid:cells_json"),
            "components": reverse("inventory:components_json"),
            "center": [middle.y, middle.x], "zoom": 18, "switch": False,
        },
    })  # fmt: skip
