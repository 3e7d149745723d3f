"""The terminal of the departments: lanes by light or a table, and the case chosen beside them."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.feed import log as live
from cases.finding import queries
from cases.machine import actions
from cases.presenting import pages as desk
from cases.table.views import several_form
from citymgmt.accounts.access import needs
from citymgmt.accounts.rules import holds
from dispatch.terminal.queries import NEAREST, asked_for, choices, lanes_of


@never_cache
@needs("assign", "dispose")
@require_safe
def terminal(request):
    ctx, home = actions.context(timezone.now()), reverse("dispatch:terminal")
    asked = asked_for(request.GET)
    lanes = lanes_of(request.user, asked, ctx)
    number = request.GET.get("case")
    if not number:
        number = next((r["case"].number for one in lanes for r in one["rows"]), "")
    case = queries.whole_case(request.user, number).first() if number else None
    query = asked.address()
    back = f"{home}?{query}"
    context = {
        "lanes": lanes,
        "home": home,
        "query": query,
        "wanted": asked,
        "view": asked.view,
        "narrow": asked.narrow,
        "more": f"{home}?{asked.longer()}",
        "selected": case.number if case else "",
        **(desk.work_area(request.user, case, ctx, back=back) if case else {}),
    }
    part = _part(request)
    if part is None:
        context |= _around(request.user, asked)
    return render(request, part or "dispatch/terminal/page.html", context)


def _part(request):
    """The template of the part that was asked for; None: the whole page."""
    target = request.htmx.target if request.htmx else ""
    if target == "main":
        return "cases/desk/parts/work.html"
    return "dispatch/terminal/rows.html" if target else None


def _around(user, asked) -> dict:
    """What only the whole page shows: the filter, the steps on several, the names."""
    return {
        **choices(user, asked),
        "nearest": NEAREST,
        "bulk": several_form(user) if asked.view != "late" else None,
        "may_appeal": holds(user, "appeal"),
        "search_url": reverse("dispatch:terminal"),
        "live_seq": live.head(),
        "desk_name": " · ".join(str(m.department) for m in user.current_memberships),
    }
