"""The audit log: read, filter, verify."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from citymgmt.accounts import lists, queries
from citymgmt.accounts.access import needs
from citymgmt.accounts.audit import audit_faults, record
from citymgmt.accounts.forms import AuditFilter
from citymgmt.accounts.posts import READ_AUDIT
from citymgmt.accounts.verbs import AUDIT
from citymgmt.accounts.words import pairs
from citymgmt.lib.sheets import CODE, LONG, NUMBER, SECONDS, Column

PER_PAGE = 50


@needs(READ_AUDIT)
def audit(request):
    chosen = AuditFilter(request.GET)
    valid = chosen.is_valid()
    found = queries.audit_events(**(chosen.cleaned_data if valid else {}))
    said = lists.said_by(chosen) if valid else lists.EVERYTHING
    if answer := lists.taken(request, EVENTS, found, said):
        return answer
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"filter": chosen, "page": page, **lists.page(EVENTS, page)}
    return render(request, "accounts/audit.html", context)


def details(event) -> str:
    """What was recorded besides, in words; empty values say nothing."""
    return "; ".join(f"{name}: {value}" for name, value in pairs(event.data))


EVENTS = lists.Listing("audit", gettext_lazy("Audit log"), (
    Column(gettext_lazy("No."), lambda event: event.pk, NUMBER),
    Column(gettext_lazy("Time"), lambda event: event.at, SECONDS),
    Column(gettext_lazy("By"), lambda event: event.by),
    Column(gettext_lazy("Deed"), lambda event: AUDIT.get(event.verb, event.verb)),
    Column(gettext_lazy("Subject"), lambda event: event.subject, LONG),
    Column(gettext_lazy("Details"), details, LONG),
    Column(gettext_lazy("Address"), lambda event: event.address, CODE),
))  # fmt: skip


@needs(READ_AUDIT)
@require_POST
def verify(request):
    broken = [f"{rows}: {reason}" for rows, reason in audit_faults()]
    record(verb="verify_audit", by=request.user, data={"broken": broken[:100]}, request=request)
    if broken:
        text = ngettext(
            "The audit log is broken in %(n)d place: %(first)s",
            "The audit log is broken in %(n)d places, first: %(first)s",
            len(broken),
        )
        messages.error(request, text % {"n": len(broken), "first": broken[0]})
    else:
        messages.success(request, _("The audit log is unbroken."))
    return redirect("accounts:audit")
