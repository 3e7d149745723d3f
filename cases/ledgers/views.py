"""The pages of the ledgers: all of them with their shares, one of them, its print and its files."""

from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.ledgers import queries, registry
from cases.ledgers.forms import NarrowForm
from cases.ledgers.listing import listing
from citymgmt.accounts import lists
from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import SEE_LEDGERS
from citymgmt.lib.sheets import TYPES


@never_cache
@needs(SEE_LEDGERS)
@require_safe
def index(request):
    """Every ledger with its sums of the period."""
    form = NarrowForm(None, request.user, request.GET)
    found = []
    if form.is_valid():
        narrow = form.narrow()
        found = [(one, queries.sums(one, request.user, narrow)) for one in registry.every()]
    context = {"filter": form, "found": found, "query": _query(request)}
    return render(request, "cases/ledgers/index.html", context, status=422 if form.errors else 200)


@never_cache
@needs(SEE_LEDGERS)
@require_safe
def ledger(request, code):
    chosen, form = _chosen(request, code)
    context = {
        "ledger": chosen,
        "filter": form,
        "every": registry.every(),
        "query": _query(request),
    }
    if not form.is_valid():
        return render(request, "cases/ledgers/ledger.html", context, status=422)
    rows = queries.rows_of(chosen, request.user, form.narrow())
    found, mark = queries.page(chosen, rows, request.GET.get("after", ""))
    context |= {
        "sums": queries.sums(chosen, request.user, form.narrow(), rows), "after": mark,
        "first": not request.GET.get("after"), **lists.page(listing(chosen), found),
    }  # fmt: skip
    return render(request, "cases/ledgers/ledger.html", context)


@never_cache
@needs(SEE_LEDGERS)
@require_safe
def sheet(request, code):
    """For paper: all lines of the choice, sums, place for signatures."""
    chosen, form = _chosen(request, code)
    if not form.is_valid():
        raise Http404
    narrow = form.narrow()
    rows = queries.rows_of(chosen, request.user, narrow)
    context = {
        "ledger": chosen, "narrow": narrow, "now": timezone.now(), "most": lists.PRINTED,
        "sums": queries.sums(chosen, request.user, narrow, rows),
        **lists.page(listing(chosen), rows[: lists.PRINTED]), "query": _query(request),
    }  # fmt: skip
    return render(request, "cases/ledgers/print.html", context)


@never_cache
@needs(SEE_LEDGERS)
@require_safe
def file(request, code, form):
    chosen, asked = _chosen(request, code)
    if form not in TYPES or not asked.is_valid():
        raise Http404
    rows = queries.rows_of(chosen, request.user, asked.narrow())
    said = lists.said_by(asked)
    return lists.give(request, listing(chosen), rows, form, said, ledger=code)


def _chosen(request, code):
    chosen = registry.named(code)
    if chosen is None:
        raise Http404
    return chosen, NarrowForm(chosen, request.user, request.GET)


def _query(request) -> str:
    """The filter as an address, without the page."""
    return urlencode({k: v for k, v in request.GET.items() if v and k != "after"})
