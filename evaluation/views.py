"""Scores: evaluations, their tables, the cases behind every number, exports, schemes."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from cases.models import Case
from cases.table.columns import CASES, with_columns
from citymgmt.accounts import lists
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.posts import EVALUATE, SEE_SCORES
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import Refused
from citymgmt.lib.sheets import TYPES
from evaluation import actions, schemes_in_words, sheets, tasks, words
from evaluation import export as exports
from evaluation.forms import PRESETS, PeriodForm, SchemeForm
from evaluation.loading import load_schemes
from evaluation.models import Bulletin, Evaluation, Kind, SchemeRow

PER_PAGE = 50


@never_cache
@needs(SEE_SCORES)
def index(request, form=None):
    load_schemes()
    rows = Evaluation.objects.select_related("scheme", "by").defer("figures")
    context = {
        "form": form or PeriodForm(initial={"scheme": sheets.LIVE_SCHEME}),
        "presets": PRESETS.items(),
        "may_evaluate": holds(request.user, EVALUATE),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "bulletins": Bulletin.objects.defer("texts")[:10],
        "run": request.GET.get("run", ""),
    }
    return render(request, "evaluation/index.html", context, status=422 if form else 200)


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
    token = uuid.uuid4().hex
    days = {name: given[name].isoformat() for name in ("start", "end")}
    tasks.start_run(token, scheme=given["scheme"], user_id=request.user.pk, **days)
    return redirect(f"{reverse('evaluation:index')}?run={token}") if _goes_on(token) else _to(token)


def _goes_on(token):
    state = tasks.run_state(token) or {}
    return "evaluation" not in state


def _to(token):
    return redirect("evaluation:sheet", tasks.run_state(token)["evaluation"])


@never_cache
@require_GET
@needs(EVALUATE)
def run(request, token):
    """How far a run is; leads to the evaluation when it is there."""
    state = tasks.run_state(token)
    response = render(request, "evaluation/run.html", {"state": state, "run": token})
    if state and "evaluation" in state:
        response.headers["HX-Redirect"] = reverse("evaluation:sheet", args=[state["evaluation"]])
    return response


def _sheet(ref) -> sheets.Sheet:
    sheet = sheets.live() if ref == sheets.LIVE else None
    if sheet is None and ref.isdecimal():
        sheet = sheets.frozen(int(ref))
    if sheet is None:
        raise Http404
    return sheet


def _kind(given) -> Kind:
    try:
        return Kind(given)
    except ValueError:
        raise Http404 from None


@never_cache
@require_GET
@needs(SEE_SCORES)
def sheet(request, ref):
    """One tab of an evaluation, or of the running month."""
    found, kind = _sheet(ref), _kind(request.GET.get("kind", Kind.STREET))
    before = sheets.previous(found)
    context = {
        **_head(found, kind),
        "strip": sheets.strip(found, before),
        "before": before,
        "table": sheets.table(found, kind, before),
        "chart": sheets.chart(found, kind),
        "may_evaluate": holds(request.user, EVALUATE),
        "bulletins": found.evaluation and found.evaluation.bulletins.defer("texts"),
    }
    return render(request, "evaluation/sheet.html", context)


def _head(found, kind):
    tab = next(name for name, kinds in sheets.TABS.items() if kind in kinds)
    tabs = {"area": _("Areas"), "department": _("Departments"), "post": _("Posts")}
    return {
        "sheet": found, "kind": kind, "tab": tab, "kinds": sheets.TABS[tab],
        "tabs": [(sheets.TABS[name][0], label, name == tab) for name, label in tabs.items()],
    }  # fmt: skip


@never_cache
@require_GET
@needs(SEE_SCORES)
def one(request, ref, kind, of):
    """Everything about one object."""
    found, kind = _sheet(ref), _kind(kind)
    result = next((row for row in found.of_kind(kind) if row.object_id == of), None)
    if result is None:
        raise Http404
    context = {**_head(found, kind), "result": result, **sheets.everything(found, result)}
    return render(request, "evaluation/object.html", context)


@never_cache
@require_GET
@needs(SEE_SCORES)
def cases(request, ref):
    """The cases behind a number; those that the person may know of lead to their pages."""
    found, count = _sheet(ref), request.GET.get("count", "")
    kind, of = request.GET.get("kind", ""), request.GET.get("of", "")
    if kind:
        _kind(kind)
    try:
        ids = found.members(count, kind, int(of) if of.isdecimal() else None)
    except KeyError:
        raise Http404 from None
    result = next((r for r in found.of_kind(kind) if str(r.object_id) == of), None)
    if answer := _taken(request, found, ids, words.COUNTS[count], result):
        return answer
    page = Paginator(ids, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "sheet": found, "page": page, "name": words.COUNTS[count], "kind": kind, "result": result,
        **_behind(request.user, list(page.object_list)),
        "shown": _shown(found, count, kind, of), "number": len(ids),
    }  # fmt: skip
    return render(request, "evaluation/cases.html", context)


def _taken(request, found, ids, name, result):
    """Those of the cases that the person may know of, as a file or on paper."""
    if not request.GET.get("as"):
        return None
    seen = Case.objects.visible_to(request.user).order_by()
    known = set()
    for first in range(0, len(ids), lists.CHUNK):
        batch = ids[first : first + lists.CHUNK]
        known.update(seen.filter(pk__in=batch).values_list("pk", flat=True))

    def fetch(keys):
        rows = with_columns(Case.objects.all()).in_bulk(keys)
        return [rows[key] for key in keys]

    words_of = [(_("Figure"), str(name))]
    if result is not None:
        words_of.append((_("Object"), result.name))
    rows = lists.Fetched([pk for pk in ids if pk in known], fetch)
    return lists.taken(request, CASES, rows, exports.said(found, *words_of), sheet=found.ref)


def _behind(user, ids):
    rows = Case.objects.filter(pk__in=ids).for_lists()
    rows = rows.defer("community__geometry", "street__geometry").in_bulk()
    known = Case.objects.visible_to(user).filter(pk__in=ids).order_by().values_list("pk", flat=True)
    return {"rows": [rows[pk] for pk in ids], "known": set(known)}


def _shown(found, count, kind, of):
    """The number that the sheet shows for what was clicked."""
    if not kind:
        return found.totals[count]
    if of == sheets.NOBODY:
        return found.summary["unassigned"].get(kind, {}).get(count, 0)
    row = next((r for r in found.of_kind(kind) if str(r.object_id) == of), None)
    return row.counts.get(count, 0) if row else 0


@require_GET
@needs(SEE_SCORES)
def export(request, ref, kind, form):
    """A table to take away; that it was taken is on record."""
    found, kind = _sheet(ref), _kind(kind)
    if form not in TYPES:
        raise Http404
    listing, rows = exports.table(found, kind)
    return lists.give(request, listing, rows, form, exports.said(found), sheet=ref, kind=str(kind))


@needs(SEE_SCORES)
def schemes(request):
    load_schemes()
    rows = list(SchemeRow.objects.select_related("by"))
    for row in rows:
        row.kinds = [schemes_in_words.kind(kind) for kind in row.parsed.objects]
    return render(request, "evaluation/schemes.html", {"rows": rows})


@needs(SEE_SCORES)
def scheme(request, pk):
    """A version of a scheme; who may evaluate saves an edited one as the next version."""
    row = SchemeRow.objects.select_related("by").filter(pk=pk).first()
    if row is None:
        raise Http404
    today = timezone.localdate()
    initial = {"effective_from": today, "scheme": row.scheme, "settings": row.settings}
    form = SchemeForm(request.POST or None, initial=initial)
    may_edit = holds(request.user, EVALUATE)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(request, actions.save_scheme, form=form, **form.cleaned_data)
    ):
        messages.success(request, _("Saved as the next version."))
        return redirect("evaluation:schemes")
    context = {"row": row, "form": form if may_edit else None} | schemes_in_words.page(row.parsed)
    return render(request, "evaluation/scheme.html", context)
