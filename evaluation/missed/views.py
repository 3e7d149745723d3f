"""Missed reports: what waits for a decision, and the decision."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from cases.models import Case
from cases.table.columns import REPORTED
from citymgmt.accounts import lists
from citymgmt.accounts.access import attempt, login_required, needs
from citymgmt.lib.sheets import CODE, LONG, MOMENT, Column
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
    labels = _labels()
    said = lists.Said(((_("Kinds"), labels[view]),))
    if answer := lists.taken(request, LISTED, lists.Fetched(keys, _told), said):
        return answer
    page = Paginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": _told(page.object_list),
        "view": view,
        "views": [(name, labels[name]) for name in VIEWS],
        "most": actions.REASON_LENGTH,
        "cut": len(keys) == actions.MOST and actions.MOST,
    }
    return render(request, "evaluation/missed/missed.html", context)


def _told(keys):
    """The cases of these keys in their order, with who was on duty and what was said of them."""
    known = _whole(keys)
    cases = [known[key] for key in keys if key in known]
    on_duty, history = actions.on_duty_then(cases), _history(cases)
    for case in cases:
        case.on_duty, case.said_before = on_duty[case.pk], history.get(case.pk, [])
    return cases


def _said_last(name):
    """A column of the newest decision, or nothing where there is none."""
    return lambda case: getattr(case.said_before[-1], name) if case.said_before else None


def _verdict(case):
    return case.said_before[-1].get_verdict_display() if case.said_before else ""


LISTED = lists.Listing("missed", gettext_lazy("Missed reports"), (
    Column(gettext_lazy("Number"), lambda case: case.number, CODE),
    Column(gettext_lazy("Class"), lambda case: case.matter_class),
    Column(gettext_lazy("Community"), lambda case: case.community),
    Column(gettext_lazy("Source"), lambda case: case.source),
    Column(REPORTED, lambda case: case.reported_at, MOMENT),
    Column(gettext_lazy("Duty grid"), lambda case: case.duty_grid),
    Column(gettext_lazy("On duty then"), lambda case: ", ".join(map(str, case.on_duty)), LONG),
    Column(gettext_lazy("Decision"), _verdict),
    Column(gettext_lazy("Against"), _said_last("collector")),
    Column(gettext_lazy("Reason"), _said_last("reason"), LONG),
    Column(gettext_lazy("Decided by"), _said_last("by")),
    Column(pgettext_lazy("moment", "Decided"), _said_last("at"), MOMENT),
))  # fmt: skip


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
