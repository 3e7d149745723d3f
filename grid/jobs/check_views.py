"""The check of the stored grid: run it, see the findings, take them along as a table."""

import csv

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.posts import MANAGE_GRID
from grid import section
from grid.check.findings import KINDS
from grid.jobs import actions
from grid.models import GridJob

SHOWN = 200
FIELDS = ("kind", "code", "lon", "lat", "size_m2", "other")
WORDS = {
    "gap": pgettext_lazy("grid", "Gap"),
    "overlap": pgettext_lazy("grid", "Overlap"),
    "crossing": _("Crosses a community border"),
    "bad_code": _("Code out of place"),
    "invalid": _("Invalid polygon"),
    "wrong_area": _("Stored area differs"),
    "no_duty_grid": _("In no duty grid"),
    "several_duty_grids": _("In several duty grids"),
    "duty_grid_differs": _("Duty grid differs from its history"),
    "outside": _("Lies on no cell"),
}


def _checks():
    actions.end_silent()
    return GridJob.objects.select_related("by").filter(kind=GridJob.Kind.CHECK)


@needs(MANAGE_GRID)
@require_http_methods(["GET", "POST"])
def check(request, pk=None):
    """The newest check, or that of `pk`; POST begins a new one."""
    if request.method == "POST":
        attempt(request, actions.start, kind=GridJob.Kind.CHECK)
        return redirect("grid:check")
    row = get_object_or_404(_checks(), pk=pk) if pk else _checks().first()
    result = row.result if row else {}
    findings = [f | {"word": WORDS.get(f["kind"], f["kind"])} for f in result.get("findings", [])]
    kind = request.GET.get("kind", "")
    counts = [(k, WORDS[k], result.get(key, 0)) for k, key in KINDS.items()] if result else []
    chosen = [f for f in findings if not kind or f["kind"] == kind]
    return section.page(
        request, "grid/jobs/check.html", job=row, counts=counts, kind=kind, total=len(findings),
        found=len(chosen), findings=chosen[:SHOWN],
    )  # fmt: skip


@needs(MANAGE_GRID)
@require_GET
def findings_csv(request, pk):
    """All findings; UTF-8 with a mark, as spreadsheets expect Chinese."""
    row = get_object_or_404(_checks(), pk=pk, status=GridJob.Status.DONE)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="grid-check-{row.pk}.csv"'
    table = csv.writer(response)
    table.writerow(FIELDS)
    for finding in row.result["findings"]:
        table.writerow([finding[name] for name in FIELDS])
    return response
