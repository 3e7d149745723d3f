"""The hotline desk: take a call, the calls taken, who waits to be called back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.duplicates.likeness import nearby as alike
from cases.machine.identifiers import renew
from cases.models import Case
from cases.standards.search import find_classes
from citymgmt.accounts import lists
from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import SEE_NUMBERS, TAKE_CALLS
from citymgmt.accounts.rules import holds
from citymgmt.lib import phones
from citymgmt.lib.addresses import key_of
from citymgmt.lib.errors import BadInput, Refused
from citymgmt.lib.search import matching
from grid.places.queries import nearest_road_name, position
from hotline.calls import actions
from hotline.calls.forms import CallFilter, CallForm, say_in
from hotline.calls.listing import calls as listing_of_calls
from hotline.citizens import queries
from hotline.models import Call, CallBack
from inventory.models import MatterClass

PER_PAGE = 50
EARLIER = 8
NUMBERS = ("caller__phone", "case__number")


# --- a call ---------------------------------------------------------------------------------
@needs(TAKE_CALLS)
def desk(request):
    """The call form. `?again=<call-back>` starts it from a case whose result did not satisfy."""
    form = CallForm(request.POST or None, initial=_again(request))
    if request.method == "POST" and form.is_valid() and (call := _take(request, form)):
        messages.success(request, _said(call))
        return redirect("hotline:desk")
    context = {"form": form, "tab": "desk", "waiting": queries.waiting(request.user).count()}
    return render(request, "hotline/calls/desk.html", context, status=422 if form.errors else 200)


def _take(request, form):
    given = form.cleaned_data | {"attach_to": request.POST.get("attach_to", "")}
    try:
        return actions.take_call(by=request.user, **given)[0]
    except Refused as refusal:
        say_in(form, refusal)
        renew(form, refusal)
        return None


def _said(call):
    if call.kind == Call.Kind.CONSULT:
        return _("The consultation is on record.")
    known = format_html(
        '<a href="{}" title="{}">…{}</a>',
        call.case.get_absolute_url(),
        call.case.number,
        call.case.number[-6:],
    )
    return format_html(escape(_("The call is on record with case {number}.")), number=known)


def _again(request):
    pk = key_of(request.GET.get("again", ""))
    if pk is None:
        return None
    past = get_object_or_404(
        CallBack.objects.filter(case__in=Case.objects.visible_to(request.user).order_by())
        .select_related("case", "citizen"), pk=pk,
    )  # fmt: skip
    case, caller = past.case, past.citizen
    return {
        "phone": caller.full_number, "name": caller.name, "sex": caller.sex,
        "address": case.address, "lon": case.point.x, "lat": case.point.y,
        "matter_class": case.matter_class_id, "reply_required": True,
        "content": _("Not satisfied with the result of case %(number)s: %(note)s")
        % {"number": case.number, "note": past.note},
    }  # fmt: skip


@needs(TAKE_CALLS)
@require_POST
def caller(request):
    """Who this number is and what they called about. Sent in the body: addresses end up in logs."""
    try:
        number, extension = phones.parse(request.POST.get("phone", ""))
    except ValueError:
        return render(request, "hotline/calls/parts/caller.html", {"unknown": True})
    citizen, earlier = queries.known(request.user, number, extension, EARLIER)
    context = {"citizen": citizen, "earlier": earlier}
    return render(request, "hotline/calls/parts/caller.html", context)


@needs(TAKE_CALLS)
@require_GET
def nearby(request):
    """Cases near the pin: each can take the call instead of a new case."""
    try:
        here = position(request.GET.get("lon"), request.GET.get("lat"))
    except BadInput as refusal:
        return render(request, "hotline/calls/parts/nearby.html", {"wrong": refusal.detail})
    chosen = key_of(request.GET.get("matter_class", ""))
    matter_class = MatterClass.objects.filter(pk=chosen).first()
    found = alike(request.user, here.x, here.y, timezone.now(), matter_class=matter_class, limit=9)
    context = {
        "found": [one for one in found if one.open],
        "past": [one for one in found if not one.open],
        "road": nearest_road_name(here.x, here.y),
    }
    return render(request, "hotline/calls/parts/nearby.html", context)


@needs(TAKE_CALLS)
@require_GET
def classes(request):
    """Typeahead: [{id, code, name, major, kind}] by code or name in both languages."""
    words = request.GET.get("q", "").strip()
    rows = find_classes(words, limit=12) if words else []
    found = [
        {"id": row.pk, "code": row.code, "name": row.name, "major": row.major_name,
         "kind": row.get_kind_display()} for row in rows
    ]  # fmt: skip
    return JsonResponse({"results": found})


@needs(TAKE_CALLS)
@require_GET
def places(request):
    """Typeahead: [{label, lon, lat}] of what has a name on the map."""
    return JsonResponse({"results": queries.places(request.GET.get("q", ""))})


# --- lists ----------------------------------------------------------------------------------
@needs(TAKE_CALLS)
def calls(request):
    chosen = CallFilter(request.GET)
    narrow = _narrow(chosen.cleaned_data) if chosen.is_valid() else Q()
    rows = Call.objects.visible_to(request.user).filter(narrow).for_lists()
    listing = listing_of_calls(holds(request.user, SEE_NUMBERS))
    said = lists.said_by(chosen) if chosen.is_valid() else lists.EVERYTHING
    if answer := lists.taken(request, listing, rows, said):
        return answer
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen, "tab": "calls", "waiting": queries.waiting(request.user).count(),
        "page": page, **lists.page(listing, page),
    }  # fmt: skip
    return render(request, "hotline/calls/calls.html", context)


def _narrow(given) -> Q:
    found = matching(given["q"], contains=("content", "caller__name"), numbers=NUMBERS)
    if given["kind"]:
        found &= Q(kind=given["kind"])
    if given["since"]:
        found &= Q(at__date__gte=given["since"])
    if given["until"]:
        found &= Q(at__date__lte=given["until"])
    return found


@needs(TAKE_CALLS)
def call(request, pk):
    """One call in full, with the number: to answer it, one has to dial it."""
    row = get_object_or_404(Call.objects.visible_to(request.user).for_lists(), pk=pk)
    known = row.case_id and Case.objects.visible_to(request.user).filter(pk=row.case_id).exists()
    context = {"call": row, "tab": "calls", "known": known,
               "waiting": queries.waiting(request.user).count()}  # fmt: skip
    return render(request, "hotline/calls/call.html", context)
