"""What the pages of the desks are filled with: plain dicts for the templates."""

import json
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.duplicates import likeness as duplicates
from cases.feed import log as live
from cases.finding import queries
from cases.finding.queries import Filter
from cases.finding.queues import ALL, queues_of
from cases.machine import actions
from cases.machine.rules import offers
from cases.models import Campaign, Source
from cases.photos import same as same_photos
from cases.presenting import beside, keys, prospects
from cases.presenting import words as presenting
from cases.standards.units import limit_words
from cases.states import REQUESTS, Action, State
from citymgmt.accounts.models import Department
from citymgmt.accounts.posts import SEE_MAP
from citymgmt.accounts.rules import holds
from citymgmt.lib.dates import day_of


def chosen_queue(user, code, default=None):
    """The queue named, if it is the person's; else the default, or their first one with cases."""
    found = {queue.code: queue for queue in (*queues_of(user), ALL)}
    if code in found:
        return found[code]
    return default or next(iter(found.values()))


def narrowing(params) -> Filter:
    """What makes no sense narrows nothing."""
    department = _known(Department, params.get("department"))
    return Filter(
        q=params.get("q", "").strip()[:100], state=params.get("state", ""),
        street=params.get("street", ""), matter=params.get("class", ""),
        overdue=params.get("overdue") == "1",
        campaign=str(_number(params.get("campaign")) or ""),
        source=params.get("source", ""), department=department.path if department else "",
        since=day_of(params.get("since", "")), until=day_of(params.get("until", "")),
    )  # fmt: skip


def _known(model, code):
    return model.objects.filter(code=code).first() if code else None


def _code(path: str) -> str:
    """The code of the department at a path."""
    return path.strip("/").rpartition("/")[2]


def chips(narrow: Filter) -> list[dict]:
    """What narrows a list and has no field of its own there: {name, value, label}."""
    campaign = narrow.campaign and Campaign.objects.filter(pk=narrow.campaign).first()
    department = narrow.department and Department.objects.filter(path=narrow.department).first()
    rows = (
        ("campaign", narrow.campaign, campaign),
        ("source", narrow.source, _known(Source, narrow.source)),
        ("department", _code(narrow.department), department),
        ("since", narrow.since, narrow.since and _("from %(day)s") % {"day": narrow.since}),
        ("until", narrow.until, narrow.until and _("to %(day)s") % {"day": narrow.until}),
    )
    return [
        {"name": name, "value": value, "label": str(label or value)}
        for name, value, label in rows
        if value
    ]


def columns(user, params, *, home, part="", default=None, ctx=None) -> dict:
    """The three columns: queues with counts, one page of the list, the case in the work area.

    `part` ("queues", "rows", "main") asks for one of them only: the live desks fetch them so.
    """
    ctx = ctx or actions.context()
    narrow = narrowing(params)
    first = ALL if narrow.q and "queue" not in params else default
    queue = chosen_queue(user, params.get("queue"), first)
    filled = {"queue": queue, "narrow": narrow, "home": home, "query": _query(queue, narrow),
              "selected": params.get("case", "")}  # fmt: skip
    if part in ("", "queues"):
        filled |= around(user, ctx)
    if part in ("", "rows") or (part == "main" and not params.get("case")):
        filled |= listing(user, queue, narrow, params, ctx=ctx)
    if part in ("", "main"):
        filled |= _chosen(user, params, filled, ctx)
    if part == "":
        filled |= {
            "streets": queries.streets_of(user), "states": State.choices,
            "classes": queries.classes_in(user, queue, ctx.now),
            "chips": chips(narrow),
        }  # fmt: skip
    return filled


def _chosen(user, params, filled, ctx) -> dict:
    """The case named in the address, or the first of the list, as the work area shows it."""
    number = params.get("case") or next((r["case"].number for r in filled["rows"]), "")
    case = queries.whole_case(user, number).first() if number else None
    back = f"{filled['home']}?{filled['query']}"
    work = work_area(user, case, ctx, back=back) if case else {}
    return {"selected": case.number if case else "", **work}


def around(user, ctx) -> dict:
    """The column of queues, and where the live feed stood when it was counted."""
    counted = queries.counts(user, ctx.now)
    groups: dict[str, list] = {"work": [], "watch": []}
    for queue in queues_of(user):
        number, late = counted.get(queue.code, (None, 0))
        groups[queue.group].append({"queue": queue, "count": number, "late": late})
    return {"groups": groups, "live_seq": live.head()}


def listing(user, queue, narrow, params, *, ctx) -> dict:
    """One page of rows; for an empty one, what happened last."""
    size = min(max(_number(params.get("size")), queries.PAGE), 500)
    rows = queries.in_queue(user, queue, narrow, ctx.now)
    cases, mark = queries.page(rows, after=params.get("after", ""), size=size, newest=queue.newest)
    last = None if cases or narrow.narrows else queries.last_deed(user, queue)
    return {"rows": [row(case, ctx) for case in cases], "after": mark, "last": last}


def _query(queue, narrow) -> str:
    """The address of a list without the selected case."""
    return urlencode({"queue": queue.code, **kept(narrow)})


def kept(narrow: Filter) -> dict[str, str]:
    """What narrows a list, by its names in the address; the reverse of `narrowing`."""
    named = {
        "q": narrow.q,
        "state": narrow.state,
        "street": narrow.street,
        "class": narrow.matter,
        "overdue": "1" if narrow.overdue else "",
        "campaign": narrow.campaign,
        "source": narrow.source,
        "department": _code(narrow.department),
        "since": narrow.since.isoformat() if narrow.since else "",
        "until": narrow.until.isoformat() if narrow.until else "",
    }
    return {name: value for name, value in named.items() if value}


def _number(text):
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


def row(case, ctx) -> dict:
    return {"case": case, "chip": presenting.chip(case, ctx)}


# --- requests ---------------------------------------------------------------------------------
WEIGHED = (*REQUESTS, Action.APPROVE, Action.REFUSE, Action.FORWARD, Action.WITHDRAW)


def weighed(case, action, ctx) -> dict:
    """What the form of asking or deciding shows: where it would lead, and what was asked before."""
    if action not in WEIGHED:
        return {}
    prospect = prospects.of_request(case, ctx, REQUESTS.get(action, ""))
    return {"prospect": prospect, "history": presenting.request_history(queries.log_of(case))}


# --- the case -------------------------------------------------------------------------------
def work_area(user, case, ctx, *, back="") -> dict:
    """Everything the case page and the work area show."""
    log, posts = queries.log_of(case), queries.post_names()
    names = queries.people_by_username(presenting.names_in(log))
    sites = queries.on_site_of(case, log, ctx.process)
    neighbours, alike = _around(user, case, ctx.now)
    buttons = bar(user, case, ctx)
    return {
        "case": case, "chip": presenting.chip(case, ctx), "back": back,
        "holder": presenting.holder(case, posts),
        "limit": limit_words(case.limit_value, case.limit_unit),
        "steps": beside.with_lines(user, case, presenting.timeline(log, posts, names, sites)),
        "blocks": beside.blocks_of(user, case),
        "asked": presenting.open_request(case, log), **_waiting(case, log, ctx),
        "marks": presenting.marks(case),
        "assisting": list(case.assisting.all()), "merged": list(case.merged.order_by("pk")[:20]),
        "followers": list(case.followers.order_by("pk")[:20]),
        "rounds": _rounds(user, case, posts),
        "last": presenting.deed(log[-1], posts), "near": neighbours, "duplicates": alike,
        "merge_url": next((b["url"] for b in buttons if b["move"].action == "merge"), ""),
        "buttons": buttons,
        "map_json": json.dumps(map_config(case, user)), "suspended": case.state == State.SUSPENDED,
    }  # fmt: skip


def _rounds(user, case, posts):
    photos = queries.photos_of(case)
    return presenting.photo_rounds(photos, posts, same_photos.elsewhere(user, case, photos))


def _waiting(case, log, ctx):
    if not case.pending:
        return {}
    found = prospects.of_request(case, ctx)
    return {"prospect": found, "history": presenting.request_history(log)}


def _around(user, case, now):
    """(neighbours, likely duplicates): while it is being registered a case may still be merged."""
    if case.state == State.REGISTERED:
        return [], duplicates.of_case(user, case, now)
    return queries.near(user, case.point.x, case.point.y, now, without=case), None


def bar(user, case, ctx) -> list[dict]:
    """Buttons of the action bar: the way forward first, what ends something last."""
    moves = offers(user, ctx.situation(case))
    first = keys.foremost(moves, case.pending)
    moves.sort(key=lambda move: (move is not first, keys.ends(move)))
    return [_button(case, move, main=move is first) for move in moves]


def _button(case, move, *, main):
    own = keys.key_of(move)
    if own == keys.ENTER and not main:
        own = ""
    by_enter = main and not keys.ends(move)
    return {
        "move": move,
        "label": move.action.label,
        "main": main,
        "danger": move.action in keys.ENDING,
        "key": own or (keys.ENTER if by_enter else ""),
        "enter": by_enter and own != keys.ENTER and bool(own),
        "url": reverse("cases:do", args=[case.number, move.action]),
    }


def map_config(case, user) -> dict:
    """Options of `createMap`: the cell and the cases around; the city's layers where given."""
    return {
        "center": [case.point.y, case.point.x], "zoom": 17,
        "cells": reverse("cases:cell", args=[case.number]),
        "cases": reverse("cases:map", args=[case.number]), **map_layers(user),
    }  # fmt: skip


def map_layers(user) -> dict:
    """The city's own layers, for whoever may see the map; a handler sees the case alone."""
    return {"base": reverse("grid:base_json")} if holds(user, SEE_MAP) else {}
