"""Reads of the hotline: who waits for a call, what lies near, which class or place is meant."""

from datetime import timedelta

from django.contrib.gis.geos import Polygon
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import timezone

from cases.models import Case
from cases.states import FINAL, State
from grid.geometry import STORED, degrees_box, distance_m
from grid.models import Area, MapFeature
from grid.queries import position
from hotline.models import Call, CallBack, Citizen, PublicReport
from inventory.models import MatterClass

NEAR_M = 100
RECENT = timedelta(days=30)
SHOWN = 12
ROWS_MAX = 500


# --- near -----------------------------------------------------------------------------------
def near(cases, lon, lat, within_m: float) -> list[Case]:
    """Rows of `cases` around a position, nearest first, each with `metres`; one query."""
    here = position(lon, lat)
    box = Polygon.from_bbox(degrees_box(here.x, here.y, within_m))
    box.srid = STORED
    rows = list(cases.filter(point__bboverlaps=box).order_by("-id")[:ROWS_MAX])
    for row in rows:
        row.metres = round(distance_m(here, row.point))
    return sorted((row for row in rows if row.metres <= within_m), key=lambda row: row.metres)


def nearby_cases(user, lon, lat, *, now=None) -> list[Case]:
    """Open and recently closed cases within 100 m that the person may know of."""
    since = (now or timezone.now()) - RECENT
    live = ~Q(state__in=FINAL) | Q(state=State.CLOSED, closed_at__gte=since)
    return near(Case.objects.visible_to(user).filter(live).for_lists(), lon, lat, NEAR_M)[:9]


# --- call-back ------------------------------------------------------------------------------
def _told():
    return CallBack.objects.filter(case=OuterRef("case"), reached=True)


def waiting(user):
    """Ended cases of which somebody waits to be told, the longest waiting first."""
    calls = Call.objects.filter(case=OuterRef("pk"), reply_required=True).exclude(
        Exists(_told().filter(citizen=OuterRef("caller")))
    )
    reports = PublicReport.objects.filter(case=OuterRef("pk"), reply_required=True).exclude(
        Exists(_told().filter(citizen=OuterRef("citizen")))
    )
    ended = Case.objects.visible_to(user).filter(state__in=FINAL)
    return ended.filter(Exists(calls) | Exists(reports)).for_lists().order_by("state_since", "id")


def contacts(case) -> list[Citizen]:
    """Everybody who wants a reply on this case, once each."""
    wishes = Q(calls__case=case, calls__reply_required=True) | Q(
        reports__case=case, reports__reply_required=True
    )
    return list(Citizen.objects.filter(wishes).distinct().order_by("id"))


def to_call(cases) -> list[dict]:
    """Rows {case, citizen, tries, last} of those still to be told, in the order of `cases`.

    A fixed number of queries however many cases there are.
    """
    cases = list(cases)
    wishes = {}
    calls = Call.objects.filter(case__in=cases, reply_required=True).select_related("caller")
    for call in calls.order_by("at", "id"):
        wishes.setdefault(call.case_id, {})[call.caller_id] = call.caller
    reports = PublicReport.objects.filter(case__in=cases, reply_required=True)
    for report in reports.select_related("citizen"):
        wishes.setdefault(report.case_id, {})[report.citizen_id] = report.citizen
    done = {(row["case"], row["citizen"]): row for row in _attempts(cases)}
    rows = []
    for case in cases:
        for citizen in wishes.get(case.pk, {}).values():
            past = done.get((case.pk, citizen.pk), {"tries": 0, "last": None, "reached": 0})
            if not past["reached"]:
                rows.append({"case": case, "citizen": citizen, **_tries(past)})
    return rows


def _attempts(cases):
    return (
        CallBack.objects.filter(case__in=cases)
        .order_by()
        .values("case", "citizen")
        .annotate(tries=Count("id"), last=Max("at"), reached=Count("id", filter=Q(reached=True)))
    )


def _tries(past):
    return {"tries": past["tries"], "last": past["last"]}


# --- search ---------------------------------------------------------------------------------
def find_classes(text: str, limit: int = SHOWN) -> list[MatterClass]:
    """Classes in use whose code starts with a word, or whose names hold it; all words must fit."""
    rows = MatterClass.objects.in_use()
    for word in text.split():
        rows = rows.filter(
            Q(code__startswith=word)
            | Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(major_zh__icontains=word)
            | Q(major_en__icontains=word)
        )
    return list(rows.order_by("kind", "code")[:limit]) if text.strip() else []


def find_places(text: str, limit: int = SHOWN) -> list[dict]:
    """{name, within, lon, lat} of communities, streets, roads and parks whose name holds the text."""
    text = text.strip()
    if not text:
        return []
    areas = Area.objects.filter(
        name__icontains=text, geometry__isnull=False, level__in=["street", "community"]
    ).select_related("parent")
    features = MapFeature.objects.filter(name__icontains=text).order_by("name", "id")
    found = [_place(row, row.parent.name if row.parent else "") for row in areas[:limit]]
    seen = set()
    for row in features[: limit * 4]:
        if row.name not in seen:
            seen.add(row.name)
            found.append(_place(row, row.get_kind_display()))
    return found[:limit]


def _place(row, within):
    point = row.geometry.point_on_surface
    return {"name": row.name, "within": str(within), "lon": point.x, "lat": point.y}


def point_of(community) -> tuple[float, float] | None:
    """A position inside a community and one of its unit grids; None where it has none."""
    cell = community.unit_grids.valid().order_by("code").first()
    if cell is None:
        return None
    point = cell.geometry.point_on_surface
    return point.x, point.y
