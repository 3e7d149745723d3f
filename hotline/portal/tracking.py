"""The tracking page: how a report stands and ended, a rating, and “still not solved”.

All by POST with number and code, so that no code ends up in an address or a log. What the code has
opened, this browser may see photos of for a while.
"""

import time

from django.http import FileResponse, Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from citymgmt.lib.errors import Refused
from hotline.calls.forms import say_in
from hotline.citizens import answers, outcome
from hotline.models import PublicReport
from hotline.portal import queries, throttle
from hotline.portal.forms import AnswerForm, TrackForm
from hotline.portal.pages import page

OPENED = "opened_reports"  # session key: report → until when its photos are shown
OPEN_SECONDS = 3600
OPEN_MOST = 20


def track(request):
    if request.method != "POST":
        return _show(request, TrackForm(), None)
    if full := _full(request):
        return full
    throttle.count(request, "track")
    form = TrackForm(request.POST)
    return _show(request, form, _opened(request, form))


def answer(request):
    """A rating or “still not solved”, with number and code once more."""
    if request.method != "POST":
        return redirect("hotline:portal:track")
    if full := _full(request) or _full(request, "answer"):
        return full
    throttle.count(request, "answer")
    form, given = TrackForm(request.POST), AnswerForm(request.POST)
    report = _opened(request, form)
    if report and given.is_valid():
        _take(report, given)
        report = queries.report_of(**form.cleaned_data)
    return _show(request, form, report, given)


def _full(request, scope="track"):
    scopes = (scope, "wrong_code") if scope == "track" else (scope,)
    over = next((one for one in scopes if throttle.full(request, one)), None)
    return throttle.too_many(request, over) if over else None


def _opened(request, form):
    """The report of number and code, or None with the reason in the form."""
    if not form.is_valid():
        return None
    report = queries.report_of(**form.cleaned_data)
    if report is None:
        throttle.count(request, "wrong_code")
        form.add_error(None, _("No report has this number and code. Please check both."))
        return None
    now = time.time()
    opened = request.session.get(OPENED, {}) | {str(report.pk): now + OPEN_SECONDS}
    lasting = [(key, until) for key, until in opened.items() if until > now]
    request.session[OPENED] = dict(lasting[-OPEN_MOST:])
    return report


def _take(report, form):
    try:
        if form.cleaned_data["stars"]:
            answers.rate(report=report, stars=form.cleaned_data["stars"])
        else:
            answers.object_to(report=report, words=form.cleaned_data["words"])
    except Refused as refusal:
        say_in(form, refusal)


def _show(request, form, report, given=None):
    found = queries.told_to(report) if report else None
    context = {"form": form, "found": found, "answer": given or AnswerForm()}
    failed = form.errors or (given and given.errors)
    return page(request, "track", context, 422 if failed else 200)


@require_safe
def photo(request, uuid):
    """A photo of the work, small, for the browser that has opened the report by its code."""
    now = time.time()
    opened = [key for key, until in request.session.get(OPENED, {}).items() if until > now]
    reports = PublicReport.objects.filter(pk__in=opened).select_related("case__merged_into")
    for report in reports:
        if row := outcome.photos_after(report.case.main).filter(uuid=uuid).first():
            sent = FileResponse(row.thumb.open("rb"), content_type="image/jpeg")
            sent["Cache-Control"] = "private, max-age=600"
            return sent
    raise Http404
