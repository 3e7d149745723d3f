"""The four pages of a collector, and the page of one case."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from cases.desk.forms import interface_of
from cases.feed import log as live
from cases.finding.queries import photos_of, post_names
from cases.machine.inputs import CHECK_RESULTS, VERIFY_RESULTS
from cases.machine.reports import SELF_DISPOSE
from cases.models import Case
from cases.presenting.words import photo_rounds
from cases.states import Action
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.rules import holds
from citymgmt.lib import guides
from dispatch.field import actions, queries
from grid.rota import queries as rota_queries

needs_collector = needs(Action.VERIFY)
RESULTS = {"verify": VERIFY_RESULTS, "check": CHECK_RESULTS}
OWN_REPORTS = 20
SHIFT_DAYS = 7
GUIDE = "collector"


def _page(request, template, here, **context):
    """A page with the bottom bar; `here` is the name of its tab."""
    tasks = queries.count_tasks(request.user)
    context |= {"tabs": _tabs(here, tasks), "live_seq": live.head(), "on_map": _on_map(request)}
    return render(request, f"dispatch/field/{template}.html", context)


def _tabs(here, tasks):
    rows = (
        ("tasks", _("Tasks"), "list-check", tasks),
        ("report", _("Report"), "camera", 0),
        ("map", _("Map"), "map", 0),
        ("me", _("Me"), "person", 0),
    )
    return [
        {"url": _url(name), "label": label, "icon": icon, "count": count, "active": name == here}
        for name, label, icon, count in rows
    ]


def _url(name, *args):
    return reverse(f"dispatch:field:{name}", args=args)


def _on_map(request):
    """Addresses of the layers, for `createMap`; the middle is that of the own duty grid."""
    return {
        "base": reverse("grid:base_json"),
        "cells": reverse("grid:cells_json"),
        "cases": _url("cases"),
        "center": queries.middle(queries.duty_grids(request.user)),
        "zoom": 16,
    }


@require_GET
@needs_collector
@ensure_csrf_cookie
def tasks(request):
    return _page(request, "tasks", "tasks", **_tasks(request))


@require_GET
@needs_collector
def task_list(request):
    """The list alone, fetched again whenever something happened."""
    return render(request, "dispatch/field/parts/tasks.html", _tasks(request))


def _tasks(request):
    nearest = request.GET.get("sort") == "near"
    found = queries.tasks_of(request.user, now=timezone.now(), nearest=nearest)
    return {"tasks": found, "nearest": nearest}


@require_GET
@needs_collector
@ensure_csrf_cookie
def report(request):
    return _page(
        request, "report", "report", recent=queries.recent_classes(request.user),
        puts_right=holds(request.user, SELF_DISPOSE),
    )  # fmt: skip


@require_GET
@needs_collector
def map_page(request):
    return _page(request, "map", "map")


@require_GET
@needs_collector
@ensure_csrf_cookie
def me(request):
    return _me(request)


def _me(request, *, leaving=False):
    """`leaving`: with tasks still open, they are shown before the person goes off duty."""
    tasks = queries.tasks_of(request.user, now=timezone.now()) if leaving else []
    reports = Paginator(queries.reports_of(request.user), OWN_REPORTS)
    return _page(
        request, "me", "me", leaving=tasks,
        reports=reports.get_page(request.GET.get("page")),
        today=queries.today_of(request.user, timezone.now()),
        grids=queries.duty_grids(request.user),
        shifts=rota_queries.shifts_ahead(request.user, timezone.now(), SHIFT_DAYS),
    )  # fmt: skip


@require_GET
@needs_collector
def help_page(request):
    """The collectors' page of the help, kept on the phone like the other pages."""
    return _page(request, "help", "me", guide=guides.guide_of(GUIDE), back=_url("me"))


@require_POST
@needs_collector
def duty(request):
    going = "on" not in request.POST
    if going and "seen" not in request.POST and queries.count_tasks(request.user):
        return _me(request, leaving=True)
    attempt(request, lambda by, request: actions.set_duty(by=by, on=not going))
    return redirect("dispatch:field:me")


def _case(request, number):
    rows = Case.objects.visible_to(request.user).for_lists()
    rows = rows.select_related("filing_condition").prefetch_related("attachments")
    return get_object_or_404(rows, number=number)


@require_GET
@needs_collector
@ensure_csrf_cookie
def case(request, number):
    """What was reported and its photos; with the answer's form if it is one's task."""
    case = _case(request, number)
    now = timezone.now()
    task = queries.task_of(case, now=now, here=queries.last_position(request.user, now))
    mine = bool(task.kind) and case.collector_id == request.user.pk
    return _page(
        request, "case", "tasks" if mine else "me",
        case=case, task=task, mine=mine, results=RESULTS[task.kind].items() if mine else (),
        action=interface_of(case, task.kind) if mine else "",
        rounds=photo_rounds(photos_of(case), post_names()),
        back=_url("tasks") if mine else _url("me"),
    )  # fmt: skip


@require_GET
@needs_collector
def mark(request, number):
    """What a mark on the map says."""
    case = _case(request, number)
    task = queries.task_of(case, now=timezone.now())
    return render(request, "dispatch/field/parts/mark.html", {"case": case, "task": task})
