"""Missed reports: what waits for a decision, and the decision."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from cases.models import Case
from citymgmt.accounts.access import attempt, login_required, needs
from evaluation.missed import actions
from evaluation.models import MissedFinding

PER_PAGE = 20
VIEWS = tuple(actions.VIEWS)


def _labels():
    return {"open": _("To decide"), "objected": _("Objections"), "decided": _("Decisions made")}


@never_cache
@require_GET
@needs(*actions.DECIDE)
def missed(request):
    """Verified reports in patrolled grids that no collector reported, with who was on duty."""
    view = request.GET.get("view", VIEWS[0])
    if view not in VIEWS:
        raise Http404
    keys = actions.listed(request.user, view)
    page = Paginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    known = _whole(page.object_list)
    cases = [known[key] for key in page.object_list if key in known]
    on_duty, history = actions.on_duty_then(cases), _history(cases)
    for case in cases:
        case.on_duty, case.said_before = on_duty[case.pk], history.get(case.pk, [])
    labels = _labels()
    context = {
        "page": page,
        "rows": cases,
        "view": view,
        "views": [(name, labels[name]) for name in VIEWS],
        "most": actions.REASON_LENGTH,
        "cut": len(keys) == actions.MOST and actions.MOST,
    }
    return render(request, "evaluation/missed/missed.html", context)


def _whole(keys):
    rows = Case.objects.select_related("matter_class", "community", "source", "duty_grid")
    return rows.defer("community__geometry", "duty_grid__geometry").in_bulk(keys)


def _history(cases):
    found: dict[int, list[MissedFinding]] = {}
    rows = MissedFinding.objects.filter(case__in=[case.pk for case in cases])
    for row in rows.select_related("by", "collector").order_by("id"):
        found.setdefault(row.case_id, []).append(row)
    return found


@require_POST
@needs(*actions.DECIDE)
def decide(request, number):
    case = get_object_or_404(Case.objects.visible_to(request.user), number=number)
    chosen = request.POST.get("collector", "")
    people = {str(person.pk): person for person in actions.on_duty_then([case])[case.pk]}
    given = {
        "case": case,
        "missed": request.POST.get("verdict") == MissedFinding.Verdict.CONFIRMED,
        "collector": people.get(chosen),
        "reason": request.POST.get("reason", ""),
    }
    if attempt(request, actions.decide, **given):
        messages.success(request, _("Decided."))
    view = request.POST.get("view", "")
    return redirect(f"{reverse('evaluation:missed')}?view={view if view in VIEWS else VIEWS[0]}")


@require_POST
@login_required
def object_to(request, number):
    held = get_object_or_404(actions.against(request.user), case__number=number)
    reason = request.POST.get("reason", "")
    if attempt(request, actions.object_to, case=held.case, reason=reason):
        messages.success(request, _("Your objection was recorded."))
    return redirect("evaluation:mine")
