"""The page behind the bell: what one was told, newest first."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from citymgmt.accounts import lists
from citymgmt.accounts.access import login_required
from citymgmt.lib.sheets import LONG, MOMENT, Column
from dispatch.models import Channel, Notice
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


def unread(user) -> int:
    """The number at the bell."""
    return Notice.objects.unread_by(user).count()


def _mine(request):
    return Notice.objects.filter(recipient=request.user, channel=Channel.IN_APP)


@never_cache
@login_required
@require_safe
def notices(request):
    rows = _mine(request).select_related("event", "case__matter_class", "case__street")
    if only := request.GET.get("unread") == "1":
        rows = rows.filter(read_at__isnull=True)
    rows = rows.defer("case__street__geometry")
    said = lists.Said(((_("Only"), _("unread")),)) if only else lists.EVERYTHING
    if answer := lists.taken(request, NOTICES, rows, said):
        return answer
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.light = LIGHTS.get(row.text_key)
    context = {"page": page, "only": only, "unread": unread(request.user),
               **lists.page(NOTICES, page)}  # fmt: skip
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
    """Mark as read, and go to the case."""
    row = get_object_or_404(_mine(request).select_related("case"), pk=pk)
    _mine(request).filter(pk=pk, read_at__isnull=True).update(read_at=timezone.now())
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
