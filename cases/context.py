"""The bar above every desk-like page: search, a new report, and what waits too long."""

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from cases import queries
from cases.queues import queues_of
from citymgmt.accounts.rules import holds


def bar(request):
    """Costs a query only on a page that shows the bar: the count is taken when it is written."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not works_on_cases(user):
        return {}
    return {
        "search_url": reverse("cases:search"),
        "notices_url": reverse("cases:notices"),
        "notice_count": SimpleLazyObject(lambda: queries.late_held(user, timezone.now())),
        "new_report_url": reverse("cases:new") if may_report(user) else "",
    }


def works_on_cases(user):
    return bool(queues_of(user)) or holds(user, "assign") or holds(user, "dispose")


def may_report(user):
    return holds(user, "report") and (holds(user, "accept") or holds(user, "file"))
