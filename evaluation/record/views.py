"""The anchors of the record, for the auditor: to look at, to print and to send."""

from dataclasses import replace

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cases.record.verifying import FEED
from citymgmt.accounts import lists
from citymgmt.accounts.access import needs
from citymgmt.accounts.audit import CHAIN as AUDIT
from citymgmt.accounts.audit import record
from citymgmt.accounts.posts import READ_AUDIT
from citymgmt.lib import keyed
from citymgmt.lib.downloads import disposition
from citymgmt.lib.sheets import CODE, LONG, NUMBER, SECONDS, Column
from evaluation.record import anchored, anchors
from evaluation.record.chain import CHAIN as SEALS

PER_PAGE = 31
FORMS = {"txt": "text/plain; charset=utf-8", "json": "application/json"}
ANCHORS = lists.Listing("anchors", _("Anchors of the record"), (
    Column(_("Anchor"), lambda row: row.name, CODE),
    Column(_("State"), lambda row: row.state, part="evaluation/record/anchor_state.html"),
    Column(_("Moment"), lambda row: row.at, SECONDS),
    Column(_("Log of all cases"), lambda row: row.row(FEED), NUMBER),
    Column(_("Head"), lambda row: row.head, LONG, part="evaluation/record/anchor_head.html"),
    Column(_("Audit log"), lambda row: row.row(AUDIT), NUMBER),
    Column(_("Frozen figures"), lambda row: row.row(SEALS), NUMBER),
    Column(_("Cases"), lambda row: row.counts.get("cases"), NUMBER, page=False),
    Column(_("Photos"), lambda row: row.counts.get("photos"), NUMBER, page=False),
    Column(_("Key"), lambda row: row.key, CODE),
))  # fmt: skip
TAKEN = Column(_("Take along"), lambda row: "", part="evaluation/record/anchor_forms.html")
SHOWN = replace(ANCHORS, columns=(*ANCHORS.columns[:2], TAKEN, *ANCHORS.columns[2:]))


@never_cache
@require_GET
@needs(READ_AUDIT)
def listed(request):
    """The newest first; each is checked against the key and the database as it is shown."""
    names = anchored.names()
    rows = lists.Fetched(names, anchored.standing)
    if answer := lists.taken(request, ANCHORS, rows):
        return answer
    page = Paginator(names, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "checked": timezone.now(),
        "key": keyed.fingerprint(),
        **lists.page(SHOWN, anchored.standing(page.object_list)),
    }
    return render(request, "evaluation/record/anchors.html", context)


@never_cache
@require_GET
@needs(READ_AUDIT)
def one(request, name, form):
    """An anchor as the file that it is, or as its text: made of the file, which is signed."""
    file = anchored.file_of(name)
    anchor = file and anchors.loaded(file)
    if form not in FORMS or anchor is None:
        raise Http404
    body = anchors.printed(anchor) if form == "txt" else file.read_text(encoding="utf-8")
    answer = HttpResponse(body, content_type=FORMS[form])
    if form == "json":
        answer.headers["Content-Disposition"] = disposition(f"{name}.json")
    record(verb="export_anchor", by=request.user, subject=name, data={"format": form},
           request=request)  # fmt: skip
    return answer


urlpatterns = [
    path("record/anchors/", listed, name="anchors"),
    path("record/anchors/<slug:name>.<slug:form>", one, name="anchor"),
]
