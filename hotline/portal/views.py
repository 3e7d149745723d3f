"""The public site: report, track, nearby. No account; no personal data in any answer."""

import json

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from citymgmt.lib.errors import BadInput, Refused
from grid.views import base_map
from hotline import actions
from hotline.forms import say_in
from hotline.models import PublicReport
from hotline.portal import navigation, queries, throttle
from hotline.portal.forms import PHOTOS_MAX, ReportForm, TrackForm, communities
from hotline.queries import point_of
from inventory.models import MatterClass

LAST = "public_report"  # session key: the report this browser sent last


def _page(request, name, context, status=200):
    context["public_nav"] = navigation.tabs(request)
    return render(request, f"hotline/portal/{name}.html", context, status=status)


# --- report ---------------------------------------------------------------------------------
def report(request):
    form = ReportForm(request.POST or None)
    if request.method == "POST":
        if full := next((s for s in ("report", "try") if throttle.full(request, s)), None):
            return throttle.too_many(request, full)
        throttle.count(request, "try")
        if form.is_valid() and (sent := _send(request, form)):
            request.session[LAST] = sent.pk
            return redirect("hotline:portal:sent")
    context = {"form": form, "photos_max": PHOTOS_MAX, "photo_lost": bool(request.FILES)}
    return _page(request, "report", context, status=422 if form.errors else 200)


def _send(request, form):
    """The report, or None with the reason in the form."""
    given = {k: v for k, v in form.cleaned_data.items() if k not in ("website", "community")}
    try:
        given["lon"], given["lat"] = _position(form.cleaned_data)
        found, created = actions.public_report(**given, photos=_photos(request))
    except Refused as refusal:
        say_in(form, refusal)
        return None
    if created:
        throttle.count(request, "report")
    return found


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
    return [("close", file) for file in files]


@require_GET
def sent(request):
    """Number and code of the report this browser has sent."""
    if LAST not in request.session:
        return redirect("hotline:portal:report")
    row = get_object_or_404(PublicReport.objects.select_related("case"), pk=request.session[LAST])
    return _page(request, "sent", {"number": row.case.number, "code": row.code})


@require_GET
def known(request):
    """Whether the problem is known already, while the report is being written."""
    pk, rows = request.GET.get("matter_class", ""), []
    chosen = MatterClass.objects.in_use().filter(pk=pk).first() if pk.isdecimal() else None
    if chosen and request.GET.get("lon") and request.GET.get("lat"):
        try:
            rows = queries.known(request.GET["lon"], request.GET["lat"], chosen)
        except BadInput:  # the form says so itself when it is sent
            rows = []
    return render(request, "hotline/portal/known.html", {"rows": rows})


# --- track ----------------------------------------------------------------------------------
def track(request):
    """By POST, so that no code ends up in an address or a log."""
    form, found, status = TrackForm(request.POST or None), None, 200
    if request.method == "POST":
        if throttle.full(request, "track") or throttle.full(request, "wrong_code"):
            return throttle.too_many(request, "wrong_code")
        throttle.count(request, "track")
        found = queries.track(**form.cleaned_data) if form.is_valid() else None
        if form.is_valid() and found is None:
            throttle.count(request, "wrong_code")
            form.add_error(None, _("No report has this number and code. Please check both."))
        status = 422 if form.errors else 200
    return _page(request, "track", {"form": form, "found": found}, status=status)


# --- nearby ---------------------------------------------------------------------------------
@require_GET
def around(request):
    """What happened near a position, or without one in a community."""
    given, community, problem = request.GET, _community(request), ""
    here = (given["lon"], given["lat"]) if given.get("lon") and given.get("lat") else None
    try:
        rows = queries.around(*here) if here else queries.in_community(community)
    except BadInput as refusal:
        here, community, rows, problem = None, None, [], refusal.detail
    context = {
        "rows": rows, "place": here or community, "here": here, "problem": problem,
        "communities": communities(), "chosen": given.get("community", ""),
        "marks": [queries.mark(row) for row in rows],
    }  # fmt: skip
    return _page(request, "around", context)


def _community(request):
    pk = request.GET.get("community", "")
    return communities().filter(pk=pk).first() if pk.isdecimal() else None


@require_GET
@cache_control(public=True, max_age=3600)
@gzip_page
def base(request):
    """The base map of the desks for everybody; a changed map shows after ten minutes."""
    text = cache.get_or_set("portal-base-map", lambda: json.dumps(base_map()), 600)
    return HttpResponse(text, content_type="application/json")
