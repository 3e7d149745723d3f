"""The table of cases: a page of it, a file of it, and steps on what is chosen in it."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.finding.queues import ALL, queues_of
from cases.machine import actions
from cases.models import Case
from cases.presenting import words as presenting
from cases.presenting.pages import chosen_queue, kept
from cases.table import bulk
from cases.table.columns import CASES, with_columns
from cases.table.forms import BulkForm, TableFilter
from cases.table.order import DUE_FIRST, NEWEST, Order
from citymgmt.accounts import lists
from citymgmt.accounts.access import login_required
from citymgmt.accounts.posts import SEE_MAP
from citymgmt.accounts.rules import holds
from citymgmt.lib.addresses import of_this_site
from citymgmt.lib.errors import BadInput

PASSING = ("after", "as")  # of the address: not the choice itself


@never_cache
@login_required
@require_safe
def table(request):
    user, ctx = request.user, actions.context()
    queue = chosen_queue(user, request.GET.get("queue"), ALL)
    order = Order.named(request.GET.get("sort", ""), NEWEST if queue.newest else DUE_FIRST)
    form = TableFilter(user, queue, ctx.now, request.GET)
    deeds = bulk.deeds_of(user)
    context = {"filter": form, "queue": queue, "order": order, "bulk": several_form(user),
               "queues": [*queues_of(user), ALL], "back": _home(request.GET),
               "beside": ""}  # fmt: skip
    if not form.is_valid():
        return render(request, "cases/table/table.html", context, status=422)
    narrow = form.narrow()
    context["beside"] = urlencode({"queue": queue.code, **kept(narrow)})
    context["on_map"] = urlencode(kept(narrow)) if holds(user, SEE_MAP) else None
    rows = Case.objects.visible_to(user).order_by()
    rows = rows.filter(queue.condition(user, ctx.now), narrow.condition(ctx.now))
    said = lists.said_by(form, title=f"{CASES.label} · {queue.label}")
    if answer := lists.taken(request, CASES, order.sorted(with_columns(rows)), said):
        return answer
    found, mark = order.page(rows, request.GET.get("after", ""))
    for case in found:
        case.chip = presenting.chip(case, ctx)
        case.steps = bulk.steps_for(user, ctx.situation(case), deeds)
    if not any(case.steps for case in found):
        context["bulk"] = None
    context |= lists.page(CASES, found)
    context |= {"after": mark, "count": rows.count(), "first": not request.GET.get("after"),
                "heads": [_head(column, order) for column in context["columns"]]}  # fmt: skip
    return render(request, "cases/table/table.html", context)


def several_form(user) -> BulkForm | None:
    """What may be done to several cases; nothing for whoever takes none of these steps."""
    return BulkForm(user) if bulk.deeds_of(user) else None


def _head(column, order) -> dict:
    """A column's head: where a click leads, and how the table is sorted by it now."""
    if not column.sort:
        return {"column": column, "sort": "", "sorted": ""}
    here = column.sort == order.name
    turned = Order(column.sort, falling=here and not order.falling)
    way = ("descending" if order.falling else "ascending") if here else "none"
    return {"column": column, "sort": str(turned), "sorted": way}


def _home(params) -> str:
    """The address of the choice, without the page."""
    choice = urlencode({k: v for k, v in params.items() if v and k not in PASSING})
    return f"{reverse('cases:search')}?{choice}"


@require_POST
@login_required
def several(request):
    """The step on the chosen cases, and what became of each."""
    form = BulkForm(request.user, request.POST)
    numbers = request.POST.getlist("number")
    done = []
    if form.is_valid():
        given = form.cleaned_data
        try:
            done = bulk.perform(
                numbers, given["action"], by=request.user, token=given["client_uuid"],
                opinion=given["opinion"], handler=given.get("handler", ""),
            )  # fmt: skip
        except BadInput as refusal:
            form.add_error(None, str(refusal.detail))
    context = {
        "form": form, "done": [one for one in done if not one.why], "numbers": numbers,
        "refused": [one for one in done if one.why],
        "back": of_this_site(request, request.POST.get("back", "")) or _home({"view": "table"}),
    }  # fmt: skip
    return render(request, "cases/table/done.html", context, status=422 if form.errors else 200)
