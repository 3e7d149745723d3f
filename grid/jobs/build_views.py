"""Building a grid from files: trial run, figures and map, then for good. And any job's progress."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.lib.errors import BadInput, NotNow
from grid import section
from grid.jobs import actions, files, work
from grid.jobs.forms import BuildForm
from grid.map import layers as maps
from grid.models import GridJob

RECENT = 20
PREVIEW_LIMIT = 5_000
BUILDS = (GridJob.Kind.TRIAL, GridJob.Kind.BUILD)


def _jobs(kinds=GridJob.Kind.values):
    actions.end_silent()
    return GridJob.objects.select_related("by").filter(kind__in=kinds)


@needs(MANAGE_GRID)
@require_http_methods(["GET", "POST"])
def build(request):
    """The files of a new trial run, and what ran before."""
    form = BuildForm(request.POST or None, request.FILES or None)
    if form.is_bound and form.is_valid():
        try:
            job = actions.start(
                by=request.user, kind=GridJob.Kind.TRIAL, options=form.options,
                files=form.given, request=request,
            )  # fmt: skip
            return redirect("grid:job", job.pk)
        except NotNow as refusal:
            form.add_error(None, refusal.detail)
    return section.page(
        request, "grid/jobs/build.html", status=422 if form.is_bound else 200,
        form=form, jobs=_jobs(BUILDS)[:RECENT],
    )  # fmt: skip


@needs(MANAGE_GRID)
@require_GET
def job(request, pk):
    """How far a build is, or what came of it."""
    row = get_object_or_404(_jobs(BUILDS), pk=pk)
    return section.page(request, "grid/jobs/job.html", job=row, map=_map_of(row))


def _map_of(row):
    """Configuration of the preview map; None where there is nothing to show."""
    if row.kind != GridJob.Kind.TRIAL or row.status != GridJob.Status.DONE:
        return None
    west, south, east, north = row.result["bounds"]
    return {
        "cells": reverse("grid:job_cells", args=[row.pk]),
        "bounds": [[south, west], [north, east]],
        "spot": row.result["spot"][::-1],
    }


@needs(MANAGE_GRID)
@require_GET
def progress(request, pk):
    """The moving part of a job's page; the page is loaded anew when the job is over."""
    row = get_object_or_404(_jobs(), pk=pk)
    response = render(request, "grid/jobs/progress.html", {"job": row})
    if not row.is_open:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@needs(MANAGE_GRID)
def cancel(request, pk):
    row = get_object_or_404(_jobs(), pk=pk)
    try:
        actions.cancel(by=request.user, job=row, request=request)
    except NotNow as refusal:
        messages.error(request, refusal.detail)
    page = "grid:check_job" if row.kind == GridJob.Kind.CHECK else "grid:job"
    return redirect(page, pk)


@require_POST
@needs(MANAGE_GRID)
def apply(request, pk):
    """What the trial has shown, for good."""
    trial = get_object_or_404(_jobs(), pk=pk)
    try:
        row = actions.follow(by=request.user, job=trial, request=request)
    except NotNow as refusal:
        messages.error(request, refusal.detail)
        return redirect("grid:job", pk)
    return redirect("grid:job", row.pk)


@needs(MANAGE_GRID)
@maps.layer
def preview_json(request, pk):
    """Cells of a trial in a box."""
    row = get_object_or_404(GridJob, pk=pk, kind=GridJob.Kind.TRIAL, status=GridJob.Status.DONE)
    if not (files.folder(row) / work.PREVIEW).exists():
        raise BadInput(_("The files of this trial run are gone; upload them again."), "files_gone")
    cells = work.read_preview(row, maps.read_bbox(request).extent, PREVIEW_LIMIT + 1)
    features = (
        maps.feature(shape, name=f"{community} · {area:,} m²", built_up=bool(built_up))
        for shape, community, built_up, area in cells[:PREVIEW_LIMIT]
    )
    return maps.collection(features, truncated=len(cells) > PREVIEW_LIMIT)
