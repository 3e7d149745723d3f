"""Scores: the month so far, evaluations, their tables, exports, and the run of a new period."""

import uuid

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from citymgmt.accounts import lists
from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import EVALUATE, SEE_SCORES
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import Refused
from citymgmt.lib.sheets import TYPES
from evaluation.missed import actions as missed
from evaluation.models import Bulletin, Evaluation, Kind
from evaluation.results import actions
from evaluation.results import tasks as runs
from evaluation.schemes.queries import load_schemes
from evaluation.sheets import export as exports
from evaluation.sheets import queries
from evaluation.sheets.forms import PRESETS, PeriodForm
from evaluation.sheets.pages import head, kind_of, sheet_of

PER_PAGE = 50


@never_cache
@needs(SEE_SCORES)
def index(request, form=None):
    """The month so far, then what was evaluated and published."""
    load_schemes()
    month = queries.live()
    before = queries.previous(month)
    rows = Evaluation.objects.select_related("scheme", "by").defer("figures")
    context = {
        "form": form or PeriodForm(initial={"scheme": queries.LIVE_SCHEME}),
        "presets": PRESETS.items(),
        "may_evaluate": holds(request.user, EVALUATE),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "bulletins": Bulletin.objects.defer("texts")[:10],
        "run": _run_of(request.GET.get("run", "")),
        "month": month,
        "strip": queries.strip(month, before),
        "tables": [
            (
                kind.label,
                f"{reverse('evaluation:sheet', args=[month.ref])}?kind={kind}",
                queries.table(month, kind, before),
            )
            for kind in (Kind.STREET, Kind.DEPARTMENT)
        ],
        "may_decide_missed": missed.may_decide(request.user),
    }
    return render(request, "evaluation/sheets/index.html", context, status=422 if form else 200)


def _run_of(text):
    """The token of a run; None for what is none, since the page asks by its address."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@require_POST
@needs(EVALUATE)
def compute(request):
    load_schemes()
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return index(request, form)
    given = {name: form.cleaned_data[name] for name in ("scheme", "start", "end")}
    try:
        actions.span_of(**given)
    except Refused as refusal:
        form.add_error(None, refusal.detail)
        return index(request, form)
    token = str(uuid.uuid4())
    days = {name: given[name].isoformat() for name in ("start", "end")}
    runs.start_run(token, scheme=given["scheme"], user_id=request.user.pk, **days)
    return redirect(f"{reverse('evaluation:index')}?run={token}") if _goes_on(token) else _to(token)


def _goes_on(token):
    state = runs.run_state(token) or {}
    return "evaluation" not in state


def _to(token):
    return redirect("evaluation:sheet", runs.run_state(token)["evaluation"])


@never_cache
@require_GET
@needs(EVALUATE)
def run(request, token):
    """How far a run is; leads to the evaluation when it is there."""
    state = runs.run_state(token)
    response = render(request, "evaluation/sheets/run.html", {"state": state, "run": token})
    if state and "evaluation" in state:
        response.headers["HX-Redirect"] = reverse("evaluation:sheet", args=[state["evaluation"]])
    return response


@never_cache
@require_GET
@needs(SEE_SCORES)
def sheet(request, ref):
    """One tab of an evaluation, or of the running month."""
    found, kind = sheet_of(ref), kind_of(request.GET.get("kind", Kind.STREET))
    before = queries.previous(found)
    context = {
        **head(found, kind),
        "strip": queries.strip(found, before),
        "before": before,
        "table": queries.table(found, kind, before),
        "chart": queries.chart(found, kind),
        "may_evaluate": holds(request.user, EVALUATE),
        "bulletins": found.evaluation and found.evaluation.bulletins.defer("texts"),
    }
    return render(request, "evaluation/sheets/sheet.html", context)


@require_GET
@needs(SEE_SCORES)
def export(request, ref, kind, form):
    """A table to take away; that it was taken is on record."""
    found, kind = sheet_of(ref), kind_of(kind)
    if form not in TYPES:
        raise Http404
    listing, rows = exports.table(found, kind)
    return lists.give(request, listing, rows, form, exports.said(found), sheet=ref, kind=str(kind))
