"""The terminal of the departments: what waits for a liaison or a handler, by light."""

from urllib.parse import urlencode

from django.db.models import Count, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases import actions, desk, live, queries
from cases.models import Case
from cases.overdue import overdue
from cases.states import WITH_DEPARTMENT, State
from citymgmt.accounts.access import needs
from citymgmt.accounts.rules import handled_departments, holds
from dispatch.models import Assist

LANES = ("red", "yellow", "green", "grey")
LANE_WORDS = {
    "red": _("Overdue"), "yellow": _("Due soon"), "green": _("On time"), "grey": _("Suspended"),
    "assist": _("Assisting"), "late": _("Late disposals"),
}  # fmt: skip
VIEWS = ("lanes", "table", "late")
LANE_SIZE = 100
LANE_MOST = 2000


def waiting_for(user):
    """Cases with the person's departments, or given to the person to dispose of."""
    query = Q(state=State.DISPOSING, handler=user)
    if holds(user, "assign"):
        states = sorted(WITH_DEPARTMENT | {State.SUSPENDED})
        query |= Q(department__in=handled_departments(user), state__in=states)
    return Case.objects.visible_to(user).filter(query)


def assisting_for(user):
    """Cases in which the person's departments still have to assist the lead."""
    asked = Assist.objects.open().filter(department__in=handled_departments(user))
    return Case.objects.visible_to(user).filter(pk__in=asked.order_by().values("case"))


def late_for(user):
    """Closed cases whose late disposal counts against the person's departments: what may be
    appealed against (workflow §5)."""
    return Case.objects.visible_to(user).filter(
        department__in=handled_departments(user), state=State.CLOSED,
        disposal_overdue=True, exempt=False,
    )  # fmt: skip


def lane(rows, light, now):
    """Rows of one light. A case is due soon once the moment has come at which the timer has to
    warn of it, whether or not the timer was there."""
    return rows.filter(_conditions(now)[light])


def _conditions(now):
    late = overdue(now)
    ahead = Q(due_at__isnull=False) & ~late
    soon = Q(warned_at__isnull=False) | Q(next_at__lte=now)
    return {
        "red": late,
        "yellow": ahead & soon,
        "green": ahead & ~soon,
        "grey": Q(due_at__isnull=True),
    }


def _lanes(user, asked, ctx):
    """Every lane with its whole count and its first rows."""
    if asked["view"] == "late":
        rows = late_for(user).filter(queries.Filter(q=asked["q"]).condition(ctx.now))
        newest = rows.for_lists().order_by("-closed_at", "-pk")
        return [_lane("late", newest, rows.count(), asked, ctx)]
    rows = waiting_for(user).filter(queries.Filter(q=asked["q"]).condition(ctx.now))
    counted = rows.aggregate(
        **{light: Count("pk", filter=at) for light, at in _conditions(ctx.now).items()}
    )
    rows = rows.for_lists().order_by(*queries.DUE_FIRST)
    found = [
        _lane(light, lane(rows, light, ctx.now), counted[light], asked, ctx) for light in LANES
    ]
    return [*found, *_assist_lane(user, asked, ctx)]


def _lane(light, rows, count, asked, ctx):
    shown = [desk.row(case, ctx) for case in rows[: asked["size"]]]
    return {"light": light, "label": LANE_WORDS[light], "count": count, "rows": shown}


def _assist_lane(user, asked, ctx):
    """What the department assists in, for those who feed back."""
    if not holds(user, "assist_feedback"):
        return []
    rows = assisting_for(user).filter(queries.Filter(q=asked["q"]).condition(ctx.now))
    shown = rows.for_lists().order_by(*queries.DUE_FIRST)
    return [_lane("assist", shown, rows.count(), asked, ctx)]


def _asked(params):
    """What the address asks for: the view, the words searched for, rows to a lane."""
    size, view = params.get("size", ""), params.get("view")
    known = size.isdecimal() and len(size) < 6
    return {
        "view": view if view in VIEWS else VIEWS[0],
        "q": params.get("q", "").strip()[:100],
        "size": min(max(int(size), LANE_SIZE), LANE_MOST) if known else LANE_SIZE,
    }


def _address(asked, **other):
    """The query of this list; what is as usual is left out."""
    kept = {**asked, **other}
    usual = {"q": "", "size": LANE_SIZE}
    return urlencode({k: v for k, v in kept.items() if k not in usual or v != usual[k]})


@never_cache
@needs("assign", "dispose")
@require_safe
def terminal(request):
    """Lanes by light or one table; the case chosen beside them."""
    ctx, home = actions.context(timezone.now()), reverse("dispatch:terminal")
    asked = _asked(request.GET)
    lanes = _lanes(request.user, asked, ctx)
    number = request.GET.get("case")
    if not number:
        number = next((r["case"].number for one in lanes for r in one["rows"]), "")
    case = queries.whole_case(request.user, number).first() if number else None
    query = _address(asked)
    back = f"{home}?{query}"
    work = desk.work_area(request.user, case, ctx, back=back) if case else {}
    context = {
        "lanes": lanes, "home": home, "query": query, "view": asked["view"], **work,
        "more": f"{home}?{_address(asked, size=asked['size'] + LANE_SIZE)}", "words": asked["q"],
        "may_appeal": holds(request.user, "appeal"),
        "selected": case.number if case else "", "search_url": home, "live_seq": live.head(),
        "desk_name": " · ".join(str(m.department) for m in request.user.current_memberships),
    }  # fmt: skip
    return render(request, _part(request), context)


def _part(request):
    target = request.htmx.target if request.htmx else ""
    if target == "main":
        return "cases/parts/work.html"
    return "dispatch/terminal_rows.html" if target else "dispatch/terminal.html"
