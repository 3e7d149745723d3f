"""The terminal of the departments: what waits for a liaison or a handler, by light."""

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases import actions, desk, live, queries
from cases.models import Case
from cases.states import WITH_DEPARTMENT, State
from citymgmt.accounts.access import needs
from citymgmt.accounts.rules import handled_departments, holds

LANES = ("red", "yellow", "green", "grey")
LANE_WORDS = {
    "red": _("Overdue"), "yellow": _("Due soon"), "green": _("On time"), "grey": _("Suspended"),
}  # fmt: skip
LANE_SIZE = 100


def waiting_for(user):
    """Cases with the person's departments, or given to the person to dispose of."""
    query = Q(state=State.DISPOSING, handler=user)
    if holds(user, "assign"):
        states = sorted(WITH_DEPARTMENT | {State.SUSPENDED})
        query |= Q(department__in=handled_departments(user), state__in=states)
    return Case.objects.visible_to(user).filter(query)


def lane(rows, light, now):
    """Rows of one light. The timer marks a case as warned the moment it becomes due soon."""
    ahead = Q(due_at__gte=now)
    return rows.filter({
        "red": Q(due_at__lt=now), "yellow": ahead & Q(warned_at__isnull=False),
        "green": ahead & Q(warned_at__isnull=True), "grey": Q(due_at__isnull=True),
    }[light])  # fmt: skip


def _lanes(request, ctx):
    rows = waiting_for(request.user)
    if q := request.GET.get("q", "").strip()[:100]:
        rows = rows.filter(queries.Filter(q=q).condition(ctx.now))
    rows = rows.for_lists().order_by(*queries.DUE_FIRST)
    return [
        {"light": light, "label": LANE_WORDS[light],
         "rows": [desk.row(case, ctx) for case in lane(rows, light, ctx.now)[:LANE_SIZE]]}
        for light in LANES
    ]  # fmt: skip


@never_cache
@needs("assign", "dispose")
@require_safe
def terminal(request):
    """Lanes by light or one table; the case chosen beside them."""
    ctx, home = actions.context(timezone.now()), reverse("dispatch:terminal")
    view = "table" if request.GET.get("view") == "table" else "lanes"
    lanes = _lanes(request, ctx)
    number = request.GET.get("case")
    if not number:
        number = next((r["case"].number for one in lanes for r in one["rows"]), "")
    case = queries.whole_case(request.user, number).first() if number else None
    back = f"{home}?view={view}"
    work = desk.work_area(request.user, case, ctx, back=back) if case else {}
    context = {
        "lanes": lanes, "home": home, "query": f"view={view}", "view": view, **work,
        "selected": case.number if case else "", "search_url": home, "live_seq": live.head(),
        "desk_name": " · ".join(str(m.department) for m in request.user.current_memberships),
    }  # fmt: skip
    return render(request, _part(request), context)


def _part(request):
    target = request.htmx.target if request.htmx else ""
    if target == "main":
        return "cases/parts/work.html"
    return "dispatch/terminal_rows.html" if target else "dispatch/terminal.html"
