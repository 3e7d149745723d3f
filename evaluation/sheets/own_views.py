"""My scores: the sheet of those scored, the cases counted against them, and the way to appeal."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from citymgmt.accounts.access import login_required
from dispatch.terminal.queries import late_for
from evaluation.missed import actions as missed
from evaluation.models import Evaluation, Kind
from evaluation.sheets import own, queries
from evaluation.sheets.case_views import mark_appeals
from evaluation.sheets.pages import sheet_of

PER_PAGE = 20
PERIODS = 12


@never_cache
@require_GET
@login_required
def mine(request):
    """One's own results of the running month or of a frozen period."""
    found = sheet_of(request.GET.get("ref", queries.LIVE))
    objects = own.own_objects(request.user, found)
    late = late_for(request.user).for_lists().order_by("-closed_at", "-pk")
    page = Paginator(late, PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    mark_appeals(request.user, rows)
    periods = Evaluation.objects.select_related("scheme").defer("figures")[:PERIODS]
    context = {
        "sheet": found,
        "mine": True,
        "periods": periods,
        "departments": any(kind == Kind.DEPARTMENT for kind, _of in objects),
        "tables": list(_tables(found, objects)),
        "page": page,
        "rows": rows,
        "appeal": urlencode({"opinion": _appeal_words(found)}),
        "missed": missed.against(request.user)[:PER_PAGE],
        "most": missed.REASON_LENGTH,
        "address": reverse("evaluation:mine"),
    }
    return render(request, "evaluation/sheets/mine.html", context)


def _tables(found, objects):
    """(kind in words, table) of every kind of which something is one's own. The collectors of a
    contractor stand beneath it, on one sheet."""
    before = queries.previous(found)
    wanted = {kind: {of for own_kind, of in objects if own_kind == kind} for kind in Kind}
    for company in sorted(wanted[Kind.CONTRACTOR]):
        collectors = set(found.companies.get(company, ())) & wanted[Kind.COLLECTOR]
        whole = queries.table(found, Kind.CONTRACTOR, before, only={company})
        if whole["groups"]:
            beneath = queries.table(found, Kind.COLLECTOR, before, only=collectors)
            wanted[Kind.COLLECTOR] -= collectors
            yield Kind.CONTRACTOR.label, queries.beneath(whole, beneath, Kind.COLLECTOR.label)
    for kind in Kind:
        if wanted[kind] and kind != Kind.CONTRACTOR:
            yield kind.label, queries.table(found, kind, before, only=wanted[kind])


def _appeal_words(found) -> str:
    days = {"start": found.span.start, "end": found.span.end}
    return _("Counted as late from %(start)s to %(end)s: ") % days
