"""The cases behind a number, and one object of a sheet: for all scores, or for one's own."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cases.machine import actions as moves
from cases.machine.rules import offers
from cases.models import Case
from cases.states import Action, State
from cases.table.columns import CASES, with_columns
from citymgmt.accounts import lists
from citymgmt.accounts.access import login_required
from citymgmt.accounts.posts import SEE_SCORES
from citymgmt.accounts.rules import holds
from citymgmt.lib.addresses import key_of
from evaluation.counting import labels
from evaluation.sheets import drill, own, queries
from evaluation.sheets import export as exports
from evaluation.sheets.pages import head, kind_of, sheet_of

PER_PAGE = 50


@never_cache
@require_GET
@login_required
def one(request, ref, kind, of):
    """Everything about one object."""
    kind = kind_of(kind)
    found = sheet_of(ref)
    if not own.may_see(request.user, found, kind, of):
        raise PermissionDenied
    result = next((row for row in found.of_kind(kind) if row.object_id == of), None)
    if result is None:
        raise Http404
    context = {**head(found, kind), "result": result, **queries.everything(found, result)}
    context["all_scores"] = holds(request.user, SEE_SCORES)
    return render(request, "evaluation/sheets/object.html", context)


@never_cache
@require_GET
@login_required
def cases(request, ref):
    """The cases behind a number, as far as the person may know of them."""
    count, kind = request.GET.get("count", ""), request.GET.get("kind", "")
    of = key_of(request.GET.get("of", ""))
    if kind:
        kind_of(kind)
    found = sheet_of(ref)
    if not own.may_see(request.user, found, kind, of):
        raise PermissionDenied
    try:
        ids = found.members(count, kind, of)
    except KeyError:
        raise Http404 from None
    narrow = drill.Narrow.of(request.GET)
    keys, visible = drill.behind(request.user, ids, narrow, timezone.now())
    result = next((row for row in found.of_kind(kind) if row.object_id == of), None)
    said = exports.said(found, *_said(count, result, narrow))
    if answer := lists.taken(request, CASES, lists.Fetched(keys, _taken), said, sheet=found.ref):
        return answer
    page = Paginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "sheet": found,
        "all_scores": holds(request.user, SEE_SCORES),
        "name": labels.COUNTS[count],
        "kind": kind,
        "result": result,
        "asked": {"count": count, "kind": kind, "of": request.GET.get("of", "")},
        "narrow": narrow,
        "sorts": labels.SORTS.items(),
        "states": State.choices,
        "page": page,
        "rows": _rows(request.user, list(page.object_list)),
        "number": len(ids),
        "visible": visible,
        "matching": len(keys),
        "shown": _shown(found, count, kind, of),
    }
    return render(request, "evaluation/sheets/cases.html", context)


def _taken(keys):
    """The cases of a batch of keys, in their order, with all that a file shows."""
    rows = with_columns(Case.objects.all()).in_bulk(keys)
    return [rows[key] for key in keys]


def _said(count, result, narrow) -> list[tuple[str, str]]:
    """What was clicked and how it was narrowed, in words."""
    said = [(_("Figure"), str(labels.COUNTS[count]))]
    if result is not None:
        said.append((_("Object"), result.name))
    if narrow.q:
        said.append((_("Search"), narrow.q))
    if narrow.state:
        said.append((_("State now"), str(State(narrow.state).label)))
    return said


def _rows(user, keys: list[int]) -> list[Case]:
    """The cases of a page, each with `may_appeal`."""
    known = Case.objects.for_lists().defer("community__geometry", "street__geometry")
    known = known.in_bulk(keys)
    rows = [known[key] for key in keys if key in known]
    mark_appeals(user, rows)
    return rows


def mark_appeals(user, rows) -> None:
    """Whether the person may appeal against each case, by the table of moves."""
    ctx = moves.context()
    for row in rows:
        row.may_appeal = row.disposal_overdue and any(
            move.action == Action.APPEAL for move in offers(user, ctx.situation(row))
        )


def _shown(found, count, kind, of):
    """The number that the sheet shows for what was clicked."""
    if not kind:
        return found.totals[count]
    if of is None:
        return found.summary["unassigned"].get(kind, {}).get(count, 0)
    row = next((row for row in found.of_kind(kind) if row.object_id == of), None)
    return row.counts.get(count, 0) if row else 0
