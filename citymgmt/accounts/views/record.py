"""The audit log: read, filter, verify."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from citymgmt.accounts import queries
from citymgmt.accounts.access import needs
from citymgmt.accounts.audit import audit_broken, record
from citymgmt.accounts.forms import AuditFilter
from citymgmt.accounts.posts import READ_AUDIT
from citymgmt.accounts.verbs import AUDIT, DETAILS, VERBS

PER_PAGE = 50


@needs(READ_AUDIT)
def audit(request):
    chosen = AuditFilter(request.GET)
    found = queries.audit_events(**(chosen.cleaned_data if chosen.is_valid() else {}))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(event, AUDIT.get(event.verb, event.verb), _details(event)) for event in page]
    return render(request, "accounts/audit.html", {"filter": chosen, "page": page, "rows": rows})


def _details(event):
    """(name, text) of what was recorded; empty values say nothing."""
    for name, value in event.data.items():
        if value not in ("", None, []):
            words = [str(VERBS.get(one, one)) for one in value] if isinstance(value, list) else []
            yield DETAILS.get(name, name), ", ".join(words) or value


@needs(READ_AUDIT)
@require_POST
def verify(request):
    broken = audit_broken()
    record(verb="verify_audit", by=request.user, data={"broken": broken[:100]}, request=request)
    if broken:
        text = ngettext(
            "%(n)d row was changed after it was written; the first is row %(id)d.",
            "%(n)d rows were changed after they were written; the first is row %(id)d.",
            len(broken),
        )
        messages.error(request, text % {"n": len(broken), "id": broken[0]})
    else:
        messages.success(request, _("The audit log is unbroken."))
    return redirect("accounts:audit")
