"""The leader's desk: today against yesterday, what is late, what waits for a decision."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cases.finding import queries
from cases.machine.actions import context as now_and_rules
from cases.machine.rules import hindrance, offers
from cases.models import Attachment, CaseEvent
from cases.presenting import prospects
from cases.presenting import words as presenting
from cases.states import Action, State
from cases.table.columns import with_columns
from cases.time.overdue import overdue
from citymgmt.accounts import lists
from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import SEE_WALL
from dispatch.command import counted_lists
from dispatch.command import figures as document
from dispatch.command.counted import COUNTED
from dispatch.command.counters import counters
from dispatch.command.moves import daily, midnight
from dispatch.command.rankings import department_names, share
from dispatch.command.scope import scope_of
from dispatch.command.standing import Standing
from dispatch.models import Request

REVIEWS = (State.DECLINE_REVIEW, State.CLOSE_REVIEW)
DECIDED = (Action.APPROVE, Action.REFUSE)
WAITING_SHOWN, WAITING_LOOKED_AT = 20, 100
PHOTOS_SHOWN = 2
ROWS = 50


@never_cache
@require_GET
@needs(SEE_WALL)
def overview(request):
    scope = scope_of(request.user)
    now = timezone.now()
    figures = document.figures(scope, now)
    waiting = scope.open.filter(~Q(pending="") | Q(state__in=REVIEWS))
    context = {
        "figures": figures,
        "live_seq": figures["seq"],
        "tiles": tiles(figures),
        "departments": by_department(scope, now),
        "communities": figures["spots"],
        "waiting": decisions(request.user, waiting),
        "waiting_count": waiting.count(),
        "charts": {"figures": figures, "daily": daily(scope, now)},
    }
    return render(request, "dispatch/command/overview.html", context)


def tiles(figures) -> list[dict]:
    """Each counter with its number now and at this time yesterday."""
    found = []
    for one in counters():
        number = figures["counters"][one["name"]]
        before = figures["yesterday_by_now"][one["name"]]
        # What is overdue now has no yesterday in the log.
        compared = one["name"] != "overdue"
        found.append(
            one | {"number": number, "before": before if compared else None,
                   "change": number - before}
        )  # fmt: skip
    return found


def by_department(scope, now) -> list[dict]:
    """What lies with each department now, the most overdue first."""
    here = Standing(scope, now).of_department()
    names = department_names(here)
    rows = [
        {"code": names[pk][0], "name": names[pk][1], "open": number, "overdue": late,
         "share": share(late, number)}
        for pk, (number, late) in here.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["overdue"], -row["open"], row["code"]))


def decisions(user, waiting) -> list[dict]:
    """Cases that wait for approval: what was asked, where it leads, and what this person may do.

    What is theirs to decide stands first; of the rest each says whose turn it is, or why not.
    """
    ctx, posts = now_and_rules(), queries.post_names()
    cases = list(
        waiting.select_related("matter_class", "community", "department", "source")
        .defer("community__geometry")
        .order_by("-urgent", "due_at")[:WAITING_LOOKED_AT]
    )
    rows = [_decision(user, case, ctx, posts) for case in cases]
    shown = sorted(rows, key=lambda row: not row["deeds"])[:WAITING_SHOWN]
    _add_requests(shown)
    return shown


def _decision(user, case, ctx, posts):
    situation = ctx.situation(case)
    deeds = [move.action for move in offers(user, situation) if move.action in DECIDED]
    return {
        "case": case,
        "chip": presenting.chip(case, ctx),
        "prospect": prospects.of_request(case, ctx),
        "deeds": [
            {"action": action, "label": action.label,
             "url": reverse("cases:do", args=[case.number, action])}
            for action in deeds
        ],
        "hindrance": hindrance(user, Action.APPROVE, situation),
        "turn": presenting.holder(case, posts).get("post", ""),
    }  # fmt: skip


def _add_requests(rows):
    """Who asked for what, and the newest photos; a query each."""
    cases = [row["case"] for row in rows]
    asked = Request.objects.open().filter(case__in=cases)
    found = {row.case_id: row for row in asked.select_related("asked_by", "department")}
    photos: dict[int, list] = {}
    for photo in Attachment.objects.filter(case__in=cases).only("uuid", "case").order_by("-id"):
        photos.setdefault(photo.case_id, []).append(photo)
    for row in rows:
        row["request"] = found.get(row["case"].pk)
        row["photos"] = photos.get(row["case"].pk, [])[:PHOTOS_SHOWN]


@never_cache
@require_GET
@needs(SEE_WALL)
def listing(request, counter):
    """The cases behind a counter: today's moves, or what is overdue now (`?dept=` one's own)."""
    chosen = next((one for one in counters() if one["name"] == counter), None)
    scope = scope_of(request.user, request.GET.get("area", ""))
    if chosen is None or scope is None:
        raise Http404
    moved = counter != "overdue"
    dept = request.GET.get("dept", "")
    rows = _moved(scope, counter) if moved else _late(scope, dept)
    listed = counted_lists.listing(chosen, moved)
    if answer := lists.taken(request, listed, rows, counted_lists.said(request.GET, moved)):
        return answer
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {"chosen": chosen, "page": page, **lists.page(listed, page)}
    return render(request, "dispatch/command/overview_list.html", context)


def _late(scope, dept):
    late = scope.open.filter(overdue(timezone.now()))
    rows = with_columns(late).order_by("due_at", "pk")
    return rows.filter(department__code=dept) if dept else rows


def _moved(scope, counter):
    rule = next(one for one in COUNTED if one.name == counter)
    today = midnight(timezone.now())
    related = ("case__matter_class", "case__community", "case__street", "case__department")
    rows = CaseEvent.objects.filter(scope.of("case__"), rule.query, at__gte=today)
    rows = rows.select_related(*related).order_by("-at", "-pk")
    return rows.defer("case__community__geometry", "case__street__geometry")
