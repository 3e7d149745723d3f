"""Calling back: who waits, how their case ended, what they answer, and what follows from it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.models import Case
from citymgmt.accounts import audit
from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import TAKE_CALLS
from citymgmt.lib.errors import Refused
from hotline.calls import actions
from hotline.calls.forms import CallBackForm, UnsolvedForm, say_in
from hotline.citizens import answers, outcome, queries, reporters
from hotline.models import CallBack, Citizen

PER_PAGE = 50


@needs(TAKE_CALLS)
def call_backs(request):
    page = Paginator(queries.waiting(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": queries.to_call(page), "tab": "call_backs",
               "waiting": page.paginator.count}  # fmt: skip
    return render(request, "hotline/calls/call_backs.html", context)


@needs(TAKE_CALLS)
def call_back(request, number, citizen):
    """Tell one person how the case ended, and note the two answers."""
    case = get_object_or_404(queries.waiting(request.user), number=number)
    row = next((r for r in queries.to_call([case]) if r["citizen"].pk == citizen), None)
    if row is None:
        return redirect("hotline:call_backs")
    form = CallBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (done := _call_back(request, form, row)):
        messages.success(request, _("The call-back is on record."))
        if done.result is not None and done.result <= 0:
            return redirect("hotline:call_back_done", done.pk)
        return redirect("hotline:call_backs")
    context = {
        "form": form,
        "row": row,
        "case": case,
        "tab": "call_backs",
        "waiting": queries.waiting(request.user).count(),
        **outcome.for_clerk(case),
    }
    return render(
        request, "hotline/calls/call_back.html", context, status=422 if form.errors else 200
    )


def _call_back(request, form, row):
    try:
        return actions.call_back(
            by=request.user, case=row["case"], citizen=row["citizen"], **form.cleaned_data
        )
    except Refused as refusal:
        say_in(form, refusal)
        return None


@needs(TAKE_CALLS)
def call_back_done(request, pk):
    """Somebody is not satisfied: say that it is not solved, or enter the complaint anew."""
    past = _past(request, pk)
    form = UnsolvedForm(request.POST or None, initial={"words": past.note})
    if request.method == "POST" and form.is_valid() and (said := _object(request, form, past)):
        messages.success(request, _said(said))
        return redirect((said.follower or said.case).get_absolute_url())
    context = {
        "past": past,
        "form": form,
        "said": getattr(past, "unsolved", None),
        "able": answers.may_object(past.case.main),
        "tab": "call_backs",
        "waiting": queries.waiting(request.user).count(),
    }
    status = 422 if form.errors else 200
    return render(request, "hotline/calls/call_back_done.html", context, status=status)


def _past(request, pk):
    seen = Case.objects.visible_to(request.user).order_by()
    rows = CallBack.objects.select_related("case__merged_into", "citizen", "unsolved")
    return get_object_or_404(rows, pk=pk, case__in=seen)


def _object(request, form, past):
    try:
        words = form.cleaned_data["words"]
        return answers.object_by_call(by=request.user, call_back=past, words=words)
    except Refused as refusal:
        say_in(form, refusal)
        return None


def _said(row):
    if row.follower:
        return _("Entered as %(number)s, following the closed case.") % {
            "number": row.follower.number
        }
    return _("The case has begun a new round.")


@needs(TAKE_CALLS)
@require_POST
def phone(request, number, citizen):
    """The number of who reported a case, to dial it; who looked is on record."""
    seen = Case.objects.visible_to(request.user)
    case = get_object_or_404(seen, number=number)
    person = get_object_or_404(Citizen.objects.filter(reporters.known(case)).distinct(), pk=citizen)
    audit.record(
        verb="show_phone",
        subject=case.number,
        by=request.user,
        data={"number": person.masked},
        request=request,
    )
    part = "hotline/calls/parts/phone.html" if request.htmx else "hotline/calls/phone.html"
    return render(request, part, {"person": person, "case": case})
