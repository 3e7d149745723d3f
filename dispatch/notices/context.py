"""The bell in the bar: where it leads and how many notices are unread."""

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from cases.desk.context import works_on_cases
from cases.timers import watch
from dispatch.notices.views import unread


def bell(request):
    """Costs a query only on a page that shows the bar."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    # Administrators have no cases, and a bell only while the timers stand.
    if not works_on_cases(user) and not (watch.told_of(user) and watch.stopped()):
        return {}
    return {
        "notices_url": reverse("dispatch:notices"),
        "notice_count": SimpleLazyObject(lambda: unread(user)),
        "notice_count_url": reverse("dispatch:notice_count"),
    }
