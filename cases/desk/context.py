"""The bar above every desk-like page: search and a new report; the bell is rung elsewhere."""

from functools import partial

from django.urls import reverse

from cases.finding.queues import queues_of
from cases.presenting import keys
from citymgmt.accounts.rules import holds


def bar(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not works_on_cases(user):
        return {}
    return {
        "search_url": reverse("cases:search"),
        "new_report_url": reverse("cases:new") if may_report(user) else "",
        "verb_keys": partial(keys.listed, user.verbs),  # asked for by whole pages only
    }


def works_on_cases(user):
    return bool(queues_of(user)) or holds(user, "assign") or holds(user, "dispose")


def may_report(user):
    return holds(user, "report") and (holds(user, "accept") or holds(user, "file"))
