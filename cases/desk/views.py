"""Pages of the desks. Each fetches with permission, asks an action, and answers."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from cases.desk.forms import ActionForm, ReportForm, photos_of
from cases.duplicates import likeness as duplicates
from cases.duplicates import merging
from cases.finding import queries
from cases.finding.queues import ALL, queues_of
from cases.machine import actions
from cases.machine.identifiers import renew
from cases.machine.reports import report
from cases.machine.rules import offers
from cases.models import Attachment, Case
from cases.presenting import pages as desks
from cases.presenting import words as presenting
from cases.standards.search import find_classes
from cases.states import Action
from cases.table.views import table
from cases.time.overdue import is_overdue
from citymgmt.accounts.access import login_required, needs
from citymgmt.lib.addresses import of_this_site
from citymgmt.lib.errors import BadInput, NotNow, Refused
from grid.places.queries import locate, nearest_road_name

# Which part of the desk an htmx request asked for, by the id of its target.
# Target of the request: the template, and the part of the desk that it shows.
PARTS = {
    "main": ("cases/desk/parts/work.html", "main"),
    "queues": ("cases/desk/parts/queues.html", "queues"),
    "rows": ("cases/desk/parts/rows.html", "rows"),
    "more": ("cases/desk/parts/rows.html", "rows"),
    "desk": ("cases/desk/parts/columns.html", ""),
}


# --- lists ----------------------------------------------------------------------------------
@never_cache
@login_required
@require_safe
def desk(request):
    if not queues_of(request.user):
        raise PermissionDenied
    return _columns(request, reverse("cases:desk"))


@never_cache
@login_required
@require_safe
def search(request):
    """Every case the person may see; for whoever has no desk as well. `?view=table`: a table."""
    if request.GET.get("view") == "table":
        return table(request)
    return _columns(request, reverse("cases:search"), ALL)


def _columns(request, home, default=None):
    target = request.htmx.target if request.htmx else ""
    template, part = PARTS.get(target, ("cases/desk/desk.html", ""))
    context = desks.columns(request.user, request.GET, home=home, part=part, default=default)
    return render(request, template, context)


# --- one case -------------------------------------------------------------------------------
def _case(request, number):
    return get_object_or_404(queries.whole_case(request.user, number))


@never_cache
@login_required
@require_safe
def case(request, number):
    return _case_page(request, _case(request, number))


def _case_page(request, found, form=None, status=200):
    ctx = actions.context()
    back = _home(request) or found.get_absolute_url()
    work = desks.work_area(request.user, found, ctx, back=back)
    part = "cases/desk/parts/work.html" if request.htmx and request.htmx.target == "main" else None
    part = part or ("cases/desk/parts/sheet.html" if request.htmx else "cases/desk/case.html")
    if form:
        work |= desks.weighed(found, form.move.action, ctx)
    context = {**desks.around(request.user, ctx), **work, "form": form}
    return render(request, part, context, status=status)


@never_cache
@login_required
def do(request, number, action):
    """The form of an action (GET) and the action itself (POST)."""
    found = _case(request, number)
    move = _offered(request.user, found, action)
    if request.method == "POST":
        return _perform(request, found, action, move)
    if move is None:
        return _not_offered(request, found)
    form = ActionForm(found, move, request.user, proposed=request.GET)
    if not request.htmx:
        return _case_page(request, found, form)
    weighed = desks.weighed(found, action, actions.context())
    context = {"form": form, "case": found, "back": _home(request), **weighed}
    return render(request, "cases/desk/parts/form.html", context)


def _not_offered(request, found):
    """Somebody else was first, if the case has changed since its page was made; else not yours."""
    if not (request.htmx and _changes(found, request.GET)):
        raise PermissionDenied
    refusal = NotNow(_("This is not possible in the present state of the case."), "wrong_state")
    return _refused(request, found, None, refusal)


def _offered(user, found, action):
    moves = offers(user, actions.context().situation(found))
    return next((move for move in moves if move.action == action), None)


def _perform(request, found, action, move):
    form = ActionForm(found, move, request.user, request.POST) if move else None
    given = form.given() if form else {}
    try:
        actions.perform(
            found, action, by=request.user, given=given, photos=photos_of(request),
            client_uuid=request.POST.get("client_uuid"),
        )  # fmt: skip
    except Refused as refusal:
        return _refused(request, found, form, refusal)
    if request.htmx:
        told = {"number": found.number}
        return trigger_client_event(HttpResponse(status=204), "case:moved", told)
    messages.success(request, _("Done: %(number)s") % {"number": found.number})
    return redirect(_home(request) or found.get_absolute_url())


def _refused(request, found, form, refusal):
    """In place with everything typed kept: JSON for the script, the page again without one."""
    if refusal.status == NotNow.status:
        changes = _changes(found, request.POST or request.GET)
        refusal.detail = " ".join(filter(None, [changes, str(refusal.detail)]))
    if request.htmx:
        body = {"detail": str(refusal.detail), "code": refusal.code, "fields": refusal.fields}
        answer = JsonResponse(body, status=refusal.status)
        return trigger_client_event(answer, "case:refused", {"status": refusal.status})
    if form is None:
        messages.error(request, refusal.detail)
        return _case_page(request, found, status=refusal.status)
    form.say(refusal)
    renew(form, refusal)
    return _case_page(request, found, form, status=refusal.status)


def _changes(found, params):
    """Who did what since the page was made, in words; "" if nothing was done."""
    seen = params.get("seen", "")
    if not seen.isdecimal() or len(seen) > 6:
        return ""
    events = queries.log_of(found, since=int(seen))[-3:]
    return " ".join(presenting.deed(event, queries.post_names()) for event in events)


def _home(request):
    """Where to go on after the deed: a page of this site, or nothing."""
    return of_this_site(request, request.POST.get("back") or request.GET.get("back", ""))


@never_cache
@login_required
@require_safe
def clock(request, number):
    """How the deadline is reached, line by line: beside the case, or as a page for paper."""
    found = _case(request, number)
    context = {"case": found, **presenting.account(found, actions.context())}
    part = "cases/desk/parts/clock_lines.html" if request.htmx else "cases/desk/clock.html"
    return render(request, part, context)


@login_required
@require_safe
def case_map(request, number):
    """The case and what lies around it, as points for the map."""
    found, ctx = _case(request, number), actions.context()
    around = queries.near(request.user, found.point.x, found.point.y, ctx.now, within_m=300)
    return JsonResponse({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [c.point.x, c.point.y]},
         "properties": {"number": c.number, "state": c.state, "selected": c.pk == found.pk,
                        "overdue": is_overdue(c.state, c.due_at, ctx.now), "url": "",
                        "title": f"{c.number} {c.matter_class} {c.get_state_display()}"}}
        for c in around
    ]})  # fmt: skip


@login_required
@require_safe
def case_cell(request, number):
    cell = _case(request, number).unit_grid
    shape = {"type": "Polygon", "coordinates": cell.geometry.coords}
    feature = {"type": "Feature", "geometry": shape, "properties": {"name": cell.code}}
    return JsonResponse({"type": "FeatureCollection", "features": [feature]})


# --- merging --------------------------------------------------------------------------------
@never_cache
@login_required
@require_safe
def mains(request, number):
    """{"results"}: cases that this one may be merged into, for the list of the form."""
    case = _mergeable(request, number)
    found = merging.found(request.user, case, request.GET.get("q", ""))
    return JsonResponse({"results": [presenting.main_choice(main) for main in found]})


@never_cache
@login_required
@require_safe
def beside(request, number):
    """This case and the main case that was named, side by side; nothing if none is."""
    case = _mergeable(request, number)
    main = merging.beside(request.user, case, request.GET.get("main_case", ""))
    photos = list(reversed(case.attachments.all()))
    context = {"case": case, "main": main, "photos": photos}
    return render(request, "cases/desk/parts/beside.html", context)


def _mergeable(request, number):
    case = _case(request, number)
    if _offered(request.user, case, Action.MERGE) is None:
        raise PermissionDenied
    return case


# --- photos ---------------------------------------------------------------------------------
def photo(request, uuid):
    return _photo(request, uuid, "file")


def thumb(request, uuid):
    return _photo(request, uuid, "thumb")


@login_required
@require_safe
def _photo(request, uuid, which):
    """A photo never changes, so the person's own browser may keep it; nobody else's may."""
    seen = Case.objects.visible_to(request.user)
    row = get_object_or_404(Attachment, uuid=uuid, case__in=seen)
    answer = FileResponse(getattr(row, which).open("rb"), content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


# --- a new report ---------------------------------------------------------------------------
@never_cache
@needs("accept", "file")
def new(request):
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            photos = photos_of(request)
            key = form.cleaned_data["client_uuid"]
            made, _created = report(form.report(), by=request.user, photos=photos, client_uuid=key)
        except Refused as refusal:
            form.say(refusal)
            renew(form, refusal)
        else:
            messages.success(request, _("Entered as %(number)s") % {"number": made.number})
            return redirect(made)
    context = {
        "form": form, "map_json": json.dumps(desks.map_layers(request.user)),
        "q": request.POST.get("class_q", ""), "found": _classes(request.POST),
        **desks.around(request.user, actions.context()),
    }  # fmt: skip
    return render(request, "cases/desk/new.html", context, status=422 if form.errors else 200)


def _classes(params):
    q = params.get("class_q", "").strip()[:60]
    return find_classes(q) if q else []


@needs("accept", "file")
@require_safe
def classes(request):
    context = {"found": _classes(request.GET), "chosen": request.GET.get("chosen", "")}
    return render(request, "cases/desk/parts/classes.html", context)


@needs("accept", "file")
@require_safe
def places(request):
    found = queries.find_places(request.GET.get("place_q", "").strip()[:60])
    return render(request, "cases/desk/parts/places.html", {"found": found})


@never_cache
@needs("accept", "file")
@require_safe
def near(request):
    """Where the pin stands, and what may be the same problem there already."""
    lon, lat = request.GET.get("lon"), request.GET.get("lat")
    if not (lon and lat):
        return render(request, "cases/desk/parts/near.html", {"idle": True})
    try:
        place = locate(lon, lat)
    except BadInput as problem:
        return render(request, "cases/desk/parts/near.html", {"problem": problem.detail})
    found = duplicates.nearby(
        request.user, float(lon), float(lat), timezone.now(),
        matter_class=queries.class_named(request.GET.get("matter", "")),
        component=queries.component_coded(request.GET.get("component", "")),
    )  # fmt: skip
    context = {"place": place, "road": nearest_road_name(lon, lat), "duplicates": found}
    return render(request, "cases/desk/parts/near.html", context)
