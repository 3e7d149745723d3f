"""The page behind the bell: what one was told, newest first."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.timers import watch
from citymgmt.accounts import lists
from citymgmt.accounts.access import login_required
from citymgmt.lib.sheets import LONG, MOMENT, Column
from dispatch.models import Channel, Moment, Notice
from dispatch.models.notices import DEADLINES
from dispatch.notices.words import sentence

PER_PAGE = 50
LIGHTS = {"warn": "yellow", "overdue": "red", "escalate": "red"}
NOTICES = lists.Listing("notices", gettext_lazy("Notices"), (
    Column(gettext_lazy("Time"), lambda row: row.created_at, MOMENT),
    Column(gettext_lazy("What"), sentence, LONG, part="dispatch/notices/what.html"),
    Column(gettext_lazy("Opinion"), lambda row: row.event and row.event.opinion, LONG, page=False),
    Column(
        gettext_lazy("Case"), lambda row: row.case.number, part="dispatch/notices/case.html"
    ),
    Column(gettext_lazy("Class"), lambda row: row.case.matter_class),
    Column(gettext_lazy("Street"), lambda row: row.case.street.name),
    Column(
        gettext_lazy("State"), lambda row: row.case.get_state_display(),
        part="dispatch/notices/state.html",
    ),
    Column(gettext_lazy("Read"), lambda row: row.read_at, MOMENT, page=False),
))  # fmt: skip


SHOWS = {
    "": gettext_lazy("still open"),
    "unread": gettext_lazy("unread"),
    "all": gettext_lazy("all notices"),
}
KINDS = {
    "late": (gettext_lazy("Overdue"), (Moment.OVERDUE, Moment.ESCALATE)),
    "soon": (gettext_lazy("Due soon"), (Moment.WARN,)),
    "words": (
        gettext_lazy("Words from above"), (Moment.SUPERVISE, Moment.URGE, Moment.INSTRUCT),
    ),
    "requests": (gettext_lazy("Requests taken back"), (Moment.WITHDRAW,)),
}  # fmt: skip


def unread(user) -> int:
    """The number at the bell: cases of which something unread still stands."""
    rows = Notice.objects.unread_by(user).standing().order_by()
    stopped = watch.told_of(user) and watch.stopped()
    return rows.aggregate(n=Count("case", distinct=True))["n"] + bool(stopped)


def _mine(request):
    return Notice.objects.filter(recipient=request.user, channel=Channel.IN_APP)


def _narrowing(params) -> tuple[str, str]:
    """("", "unread" or "all"; a key of `KINDS` or "")"""
    only = "unread" if params.get("unread") == "1" else params.get("show", "")
    kind = params.get("kind", "")
    return only if only in SHOWS else "", kind if kind in KINDS else ""


def _shown(rows, only, kind):
    """What still stands, the deadlines of a case as one row; or every notice there was."""
    if kind:
        rows = rows.filter(text_key__in=KINDS[kind][1])
    if only == "all":
        return rows
    if only == "unread":
        rows = rows.filter(read_at__isnull=True)
    return rows.standing().grouped()


def _labels(only, kind):
    return [SHOWS[only], *([KINDS[kind][0]] if kind else [])]


def _counts(rows, page) -> dict[int, int]:
    """How often one was told of the deadlines of each case on the page."""
    rows = rows.filter(text_key__in=DEADLINES, case__in=[row.case_id for row in page]).order_by()
    return dict(rows.values_list("case").annotate(Count("pk")))


@never_cache
@login_required
@require_safe
def notices(request):
    only, kind = _narrowing(request.GET)
    rows = _shown(_mine(request), only, kind)
    rows = rows.select_related("event", "case__matter_class", "case__street")
    rows = rows.defer("case__street__geometry")
    said = lists.Said(tuple((_("Only"), str(label)) for label in _labels(only, kind)))
    if answer := lists.taken(request, NOTICES, rows, said):
        return answer
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    told = _counts(_mine(request), page) if only != "all" else {}
    for row in page:
        row.light = LIGHTS.get(row.text_key)
        row.told = told.get(row.case_id, 1) if row.text_key in DEADLINES else 1
    context = {
        "page": page,
        "only": only,
        "kind": kind,
        "kinds": [(key, label) for key, (label, _moments) in KINDS.items()],
        "unread": unread(request.user),
        "stopped": watch.told_of(request.user) and watch.stopped(),
        **lists.page(NOTICES, page),
    }
    return render(request, "dispatch/notices/notices.html", context)


@never_cache
@login_required
@require_safe
def count(request):
    """{"unread"}: fetched when the live feed says that there is something new."""
    return JsonResponse({"unread": unread(request.user)})


@login_required
@require_POST
def take(request, pk):
    """Mark what one was told of the case as read, and go to it."""
    row = get_object_or_404(_mine(request).select_related("case"), pk=pk)
    of_case = _mine(request).filter(case=row.case_id, read_at__isnull=True)
    of_case.update(read_at=timezone.now())
    return redirect(row.case)


@login_required
@require_POST
def take_all(request):
    number = _mine(request).filter(read_at__isnull=True).update(read_at=timezone.now())
    messages.success(request, _("Marked as read: %(n)s") % {"n": number})
    return redirect("dispatch:notices")


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/count/", count, name="notice_count"),
    path("notices/read/", take_all, name="read_notices"),
    path("notices/<int:pk>/", take, name="read_notice"),
]
