"""The public site: report, track, nearby. No account; no personal data in any answer."""

import json

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from cases.devices import made
from cases.machine.identifiers import REUSED, renew
from citymgmt.lib.addresses import key_of
from citymgmt.lib.errors import BadInput, NotNow, Refused, as_json
from grid.map.views import base_map
from grid.places.queries import nearest_road_name
from hotline.calls import actions
from hotline.calls.forms import say_in
from hotline.citizens.queries import point_of
from hotline.models import PublicReport
from hotline.portal import queries, throttle
from hotline.portal.forms import PHOTOS_MAX, ReportForm, communities
from hotline.portal.pages import page
from inventory.models import MatterClass

LAST = "public_report"  # session key: the report this browser sent last


# --- report ---------------------------------------------------------------------------------
def report(request):
    """The form; a POST is answered with pages, or with JSON where a script sends it."""
    if request.method == "POST":
        return _receive(request)
    return _form(request, ReportForm())


def _form(request, form, status=200):
    context = {"form": form, "photos_max": PHOTOS_MAX, "photo_lost": bool(request.FILES)}
    return page(request, "report", context, status)


def _receive(request):
    if full := next((s for s in ("report", "try") if throttle.full(request, s)), None):
        return throttle.too_many(request, full)
    throttle.count(request, "try")
    form = ReportForm(request.POST)
    try:
        if not form.is_valid():
            raise form.refusal()
        found, created = _send(request, form)
    except Refused as refusal:
        return _refused(request, form, refusal)
    request.session[LAST] = found.pk
    if request.accepts("text/html"):
        return redirect("hotline:portal:sent")
    told = {"number": found.case.number, "code": found.code, "page": reverse("hotline:portal:sent")}
    return JsonResponse(told, status=201 if created else 200)


def _send(request, form):
    """(report, created); Refused with the reason."""
    given = {k: v for k, v in form.cleaned_data.items() if k not in ("website", "community")}
    given["lon"], given["lat"] = _position(given | {"community": form.cleaned_data["community"]})
    if form.cleaned_data["lon"] and not given["address"].strip():
        given["address"] = nearest_road_name(given["lon"], given["lat"])
    said = made.read(request.POST.get("made_at"))
    found, created = actions.public_report(**given, photos=_photos(request), made=said)
    if created:
        throttle.count(request, "report")
    return found, created


def _refused(request, form, refusal):
    """In place with everything typed: 409 for a form that was sent before, else 422."""
    status = 409 if refusal.status == 409 else 422
    if refusal.code == REUSED:
        refusal = NotNow(_said_before(request), REUSED)
    if not request.accepts("text/html"):
        return JsonResponse(as_json(refusal), status=status)
    if not form.errors:
        say_in(form, refusal)
    renew(form, refusal)
    return _form(request, form, status)


def _said_before(request):
    """That this form was sent already, and as which report where this browser knows it."""
    row = PublicReport.objects.filter(pk=request.session.get(LAST)).select_related("case").first()
    if row and str(row.case.client_uuid) == request.POST.get("client_uuid"):
        return _(
            "This form was sent already, as report %(number)s. To send what stands here now as "
            "another report, press the button once more."
        ) % {"number": row.case.number}
    return _(
        "This form was sent already, with other content. To send what stands here now as another "
        "report, press the button once more."
    )


def _position(given):
    """The pin, or without one a place in the chosen community, with words for where exactly."""
    if given["lon"] and given["lat"]:
        return given["lon"], given["lat"]
    point = point_of(given["community"])
    if point is None:
        reason = _("This community is not on the map yet. Please set the pin.")
        raise BadInput(reason, fields={"community": [reason]})
    return point


def _photos(request):
    files = request.FILES.getlist("photos")
    if len(files) > PHOTOS_MAX:
        reason = _("At most %(n)s photos.") % {"n": PHOTOS_MAX}
        raise BadInput(reason, fields={"photos": [reason]})
    for file in files:
        if file.size > settings.PHOTO_MAX_BYTES:
            reason = _("%(name)s is larger than %(mb)s MB. Please choose a smaller photo.") % {
                "name": file.name, "mb": settings.PHOTO_MAX_BYTES // 2**20,
            }  # fmt: skip
            raise BadInput(reason, "photo_too_big", {"photos": [reason]})
    moments = request.POST.getlist("photos_made_at")
    moments += [None] * (len(files) - len(moments))
    return [("close", file, at) for file, at in zip(files, moments, strict=False)]


@require_GET
def sent(request):
    """Number and code of the report this browser has sent."""
    if LAST not in request.session:
        return redirect("hotline:portal:report")
    rows = PublicReport.objects.select_related("case__matter_class", "citizen")
    row = get_object_or_404(rows, pk=request.session[LAST])
    context = {
        "number": row.case.number, "code": row.code, "what": str(row.case.matter_class),
        "at": row.case.reported_at, "message": row.messages.exists() and row.citizen.masked,
    }  # fmt: skip
    return page(request, "sent", context)


@require_GET
@throttle.counted("look")
def place(request):
    """In words where a pin stands: {"road", "community", "street"}."""
    try:
        said = queries.place(request.GET.get("lon"), request.GET.get("lat"))
    except Refused as refusal:
        return JsonResponse(as_json(refusal), status=refusal.status)
    return JsonResponse(said)


@require_GET
@throttle.counted("look")
def known(request):
    """Whether the problem is known already, while the report is being written."""
    pk, rows = key_of(request.GET.get("matter_class", "")), []
    chosen = MatterClass.objects.in_use().filter(pk=pk).first()
    if chosen and request.GET.get("lon") and request.GET.get("lat"):
        try:
            rows = queries.known(request.GET["lon"], request.GET["lat"], chosen)
        except BadInput:  # the form says so itself when it is sent
            rows = []
    return render(request, "hotline/portal/known.html", {"rows": rows})


# --- nearby ---------------------------------------------------------------------------------
@require_GET
@throttle.counted("look")
def around(request):
    """What happened near a position, in a community, or without either lately."""
    given, community, problem = request.GET, _community(request), ""
    here = (given["lon"], given["lat"]) if given.get("lon") and given.get("lat") else None
    try:
        rows = _rows_around(here, community)
    except BadInput as refusal:
        here, rows, problem = None, queries.lately(), refusal.detail
    context = {
        "rows": rows, "place": here or community, "here": here, "problem": problem,
        "communities": communities(), "chosen": given.get("community", ""),
        "marks": [queries.mark(row) for row in rows],
    }  # fmt: skip
    return page(request, "around", context)


def _rows_around(here, community):
    if here:
        return queries.around(*here)
    return queries.in_community(community) if community else queries.lately()


def _community(request):
    return communities().filter(pk=key_of(request.GET.get("community", ""))).first()


@require_GET
@cache_control(public=True, max_age=3600)
@gzip_page
def base(request):
    """The base map of the desks for everybody; a changed map shows after ten minutes."""
    text = cache.get_or_set("portal-base-map", lambda: json.dumps(base_map()), 600)
    return HttpResponse(text, content_type="application/json")
