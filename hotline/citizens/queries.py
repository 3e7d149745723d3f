"""Reads of the hotline: who is behind a case, who calls, who is to be called back, which place."""

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from cases.finding.queries import find_places
from cases.models import Case
from cases.states import FINAL
from citymgmt.lib import writing
from citymgmt.lib.search import matching
from grid.models import Area
from hotline.models import Call, CallBack, Citizen, PublicReport

AREAS = 6  # so many areas before components and roads


# --- who has to do with a case --------------------------------------------------------------
# The case that tells how a call or a report ends, and the round of it: of a merged one its main
# case's.
MAIN = {
    "main": Coalesce("case__merged_into", "case"),
    "main_round": Coalesce("case__merged_into__round", "case__round"),
}


def about(case) -> Q:
    """Calls, reports and call-backs about a case, also those whose case was merged into it."""
    return Q(case=case) | Q(case__merged_into=case)


def agreed(case, citizen) -> bool:
    """Whether somebody has agreed to text messages, in any call or report about a case."""
    said = about(case.main) & Q(may_text=True)
    calls = Call.objects.filter(said, caller=citizen)
    return calls.exists() or PublicReport.objects.filter(said, citizen=citizen).exists()


# --- the caller -----------------------------------------------------------------------------
def known(user, number: str, extension: str, most: int):
    """(who has this number, what they said before), as far as `user` may know of them.

    Whose calls and reports are all beyond that is as unknown as a new number: (None, []).
    """
    citizen = Citizen.objects.filter(phone=number, extension=extension).first()
    earlier = said_before(user, citizen, most) if citizen else []
    return (citizen if earlier else None), earlier


def said_before(user, citizen, most: int) -> list[dict]:
    """The latest calls and public reports of one person, as far as `user` may know of them.

    Rows {at, kind, case, content, url}, at most `most`, the latest first.
    """
    calls = Call.objects.visible_to(user).filter(caller=citizen).for_lists()
    known = Case.objects.visible_to(user).values("pk")
    reports = PublicReport.objects.filter(citizen=citizen, case__in=known)
    reports = reports.select_related("case__matter_class", "case__source")
    rows = [_call_row(call) for call in calls.order_by("-at", "-id")[:most]]
    rows += [_report_row(one.case) for one in reports.order_by("-case__reported_at")[:most]]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:most]


def _call_row(call):
    return {
        "at": call.at, "kind": call.get_kind_display(), "case": call.case,
        "content": call.content, "url": reverse("hotline:call", args=[call.pk]),
    }  # fmt: skip


def _report_row(case):
    return {
        "at": case.reported_at, "kind": case.source, "case": case,
        "content": case.description or case.matter_class, "url": case.get_absolute_url(),
    }  # fmt: skip


# --- call-back ------------------------------------------------------------------------------
def _told():
    """Call-backs that reached somebody since the case of the outer row ended last."""
    return CallBack.objects.alias(main=MAIN["main"]).filter(
        main=OuterRef("main"), round=OuterRef("main_round"), reached=True
    )


def told(case, citizen) -> bool:
    """Whether somebody has been told how the present round of a case ended."""
    back = CallBack.objects.filter(about(case.main), citizen=citizen, round=case.main.round)
    return back.filter(reached=True).exists()


def waiting(user):
    """Ended cases of which somebody waits to be told, the longest waiting first.

    A case merged into another one is told of when that one ends.
    """
    calls = Call.objects.order_by().alias(**MAIN).filter(reply_required=True, case__isnull=False)
    calls = calls.exclude(Exists(_told().filter(citizen=OuterRef("caller"))))
    reports = PublicReport.objects.alias(**MAIN).filter(reply_required=True)
    reports = reports.exclude(Exists(_told().filter(citizen=OuterRef("citizen"))))
    ended = Case.objects.visible_to(user).filter(
        Q(merged_into__isnull=True) | Q(merged_into__state__in=FINAL), state__in=FINAL
    )
    asked = calls.values("case").union(reports.values("case"))
    since = Coalesce("merged_into__state_since", "state_since")
    rows = ended.filter(pk__in=asked).for_lists().select_related("merged_into")
    return rows.order_by(since, "id")


def contacts(case) -> list[Citizen]:
    """Everybody who wants a reply on this case, once each."""
    wishes = Q(calls__case=case, calls__reply_required=True) | Q(
        reports__case=case, reports__reply_required=True
    )
    return list(Citizen.objects.filter(wishes).distinct().order_by("id"))


def to_call(cases) -> list[dict]:
    """Rows {case, citizen, tries, last} of those still to be told, in the order of `cases`;
    somebody who reported a case and one merged into it is told once.

    A fixed number of queries however many cases there are.
    """
    cases = list(cases)
    wishes: dict[int, dict[int, Citizen]] = {}
    calls = Call.objects.filter(case__in=cases, reply_required=True).select_related("caller")
    reports = PublicReport.objects.filter(case__in=cases, reply_required=True)
    for row in [*calls.order_by("at", "id"), *reports.select_related("citizen").order_by("id")]:
        wishes.setdefault(row.case_id, {})[row.citizen.pk] = row.citizen
    done = {(row["main"], row["citizen"]): row for row in _attempts(cases)}
    found: dict[tuple[int, int], dict] = {}
    for case in cases:
        for citizen in wishes.get(case.pk, {}).values():
            key = (case.main.pk, citizen.pk)
            past = done.get(key, {"tries": 0, "last": None, "reached": 0})
            if not past["reached"]:
                found.setdefault(key, {"case": case, "citizen": citizen, **_tries(past)})
    return list(found.values())


def _attempts(cases):
    mains = {case.main.pk for case in cases}
    return (
        CallBack.objects.filter(Q(case__in=mains) | Q(case__merged_into__in=mains))
        .alias(main_round=MAIN["main_round"])
        .filter(round=F("main_round"))
        .order_by()
        .values("citizen", main=MAIN["main"])
        .annotate(tries=Count("id"), last=Max("at"), reached=Count("id", filter=Q(reached=True)))
    )


def _tries(past):
    return {"tries": past["tries"], "last": past["last"]}


# --- places ---------------------------------------------------------------------------------
def places(text: str) -> list[dict]:
    """{label, lon, lat} of communities and streets, components, roads and parks named like this."""
    if not writing.words(text):
        return []
    areas = Area.objects.filter(
        matching(text, contains=("name",)),
        geometry__isnull=False,
        level__in=["street", "community"],
    ).select_related("parent")
    found = [{"label": _name(row), **_inside(row)} for row in areas.order_by("-code")[:AREAS]]
    return found + find_places(text)


def _name(area):
    return f"{area.parent.name} {area.name}" if area.level == Area.Level.COMMUNITY else area.name


def _inside(area):
    point = area.geometry.point_on_surface
    return {"lon": point.x, "lat": point.y}


def point_of(community) -> tuple[float, float] | None:
    """A position inside a community and one of its unit grids; None where it has none."""
    cell = community.unit_grids.valid().order_by("code").first()
    if cell is None:
        return None
    point = cell.geometry.point_on_surface
    return point.x, point.y
