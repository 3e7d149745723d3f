"""What the public may read: status, dates and rough places. Never a person, text or photo."""

import secrets
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.duplicates.likeness import lasting, reach_of
from cases.models import Case
from cases.states import State
from citymgmt.lib import writing
from grid.geometry import distance_m
from grid.places.queries import locate, nearest_road_name, position
from hotline.citizens import answers, outcome
from hotline.citizens.status import HUES, PublicStatus, public_status
from hotline.models import Call, PublicReport
from hotline.portal.rough import cells_around, rough
from inventory.models import MatterClass

AROUND_M = 1000
SINCE = timedelta(days=30)
WEEK = timedelta(days=7)
SHOWN = 40
AROUND_PIN = 150  # metres: a rounded place may be that far from where it is
KNOWN = 4
ROWS_MAX = 500


def report_of(number: str, code: str) -> PublicReport | None:
    """A report by number and code; which of the two was wrong is not said."""
    reports = PublicReport.objects.filter(case__number=writing.digits(number)).select_related(
        "case__matter_class",
        "case__community",
        "case__street",
        "case__merged_into__department",
        "case__merged_into__filing_condition",
        "case__department",
        "case__filing_condition",
    )
    given = writing.code(code).replace("-", "").upper().encode()
    # All of them are compared: how long it takes says nothing of a code.
    opened = [row for row in reports if secrets.compare_digest(row.code.encode(), given)]
    return opened[0] if opened else None


def told_to(report, now=None) -> dict:
    """All of the tracking page: how the case stands, how it ended, what may be answered."""
    told = report.case.main
    objection, rating = answers.said_by(report), answers.rating_of(report)
    follower = objection and objection.follower
    return tracked(report.case) | {
        "code": report.code,
        "merged_into": told.number if told != report.case else "",
        "said": outcome.sentences(told),
        "photos": list(outcome.photos_after(told)),
        "rating": rating,
        "may_rate": told.state == State.CLOSED and rating is None,
        "objection": objection,
        "may_object": _unsaid(objection, told) and answers.may_object(told, now),
        "follower": tracked(follower) if follower else None,
    }


def _unsaid(objection, case) -> bool:
    return objection is None or objection.round != case.round


def tracked(case) -> dict:
    """How a case stands for the public; a merged one as its main case."""
    told = case.main
    status = public_status(told.state, told.pending)
    return {
        "number": case.number,
        "what": str(case.matter_class),
        "where": f"{case.street} {case.community}",
        "status": status,
        "hue": HUES[status],
        "steps": _steps(told),
        "on_hold_until": told.suspended_until if told.state == State.SUSPENDED else None,
    }


def _steps(case) -> list[dict]:
    """The milestones reached, oldest first."""
    void = case.state == State.VOID
    steps = [
        (_("Report received"), case.reported_at, State.REGISTERED),
        (_("Taken on"), case.filed_at, State.TO_DISPATCH),
        (_("Passed to the responsible unit"), case.dispatched_at, State.TO_DISPOSE),
        (_("Work reported as finished"), case.disposed_at, State.CHECKING),
        (_("Checked and closed"), case.closed_at, State.CLOSED),
        (_("Not taken on"), case.state_since if void else None, State.VOID),
    ]
    return [{"name": name, "at": at, "hue": hue} for name, at, hue in steps if at]


def publishable(now=None):
    """Filed cases of the last days; what a caller wants kept private is left out."""
    since = (now or timezone.now()) - SINCE
    private = Call.objects.filter(publish=False, case=OuterRef("pk"))
    return (
        Case.objects.filter(filed_at__gte=since)
        .exclude(state=State.VOID)
        .exclude(Exists(private))
        .select_related("matter_class", "community", "street")
    )


def around(lon, lat, now=None) -> list[dict]:
    """What happened within a kilometre, nearest first, by what the public may know."""
    here = position(lon, lat)
    rows = _within(publishable(now), here, AROUND_M)
    rows.sort(key=lambda row: (row.metres, -row.pk))
    return [shown(case) for case in rows[:SHOWN]]


def _within(rows, here, metres) -> list:
    """The newest of these cases whose published place is so near, with `metres` to that place."""
    box, found = cells_around(here.x, here.y, metres), []
    for row in rows.filter(point__bboverlaps=box).order_by("-id")[:ROWS_MAX]:
        row.metres = round(distance_m(here, rough(row.point.x, row.point.y)))
        if row.metres <= metres:
            found.append(row)
    return found


def lately(now=None) -> list[dict]:
    """What was taken on in the last week, everywhere, newest first."""
    since = (now or timezone.now()) - WEEK
    rows = publishable(now).filter(filed_at__gte=since).order_by("-filed_at", "-id")
    return [shown(case) for case in rows[:SHOWN]]


def in_community(community, now=None) -> list[dict]:
    """What happened in a community, newest first: many are wider than the reach of `around`."""
    if community is None:
        return []
    rows = publishable(now).filter(community=community).order_by("-reported_at", "-id")
    return [shown(case) for case in rows[:SHOWN]]


def place(lon, lat) -> dict:
    """The nearest road, the community and the street at a pin; BadInput outside the city."""
    found = locate(lon, lat)
    names = {"community": found.community.name, "street": found.street.name}
    return names | {"road": nearest_road_name(lon, lat)}


def known(lon, lat, matter_class, now=None) -> list[dict]:
    """Matters of the same class or group near a pin, by what the public may know, nearest first.

    Both ends are rounded, so that nobody finds the exact place by moving the pin about.
    """
    exact = position(lon, lat)
    here = position(*rough(exact.x, exact.y))
    reach = reach_of(matter_class)
    group = {"matter_class__kind": matter_class.kind, "matter_class__major": matter_class.major}
    rows = lasting(publishable(now).filter(**group), now or timezone.now(), reach)
    found = _within(rows, here, max(reach.radius_m, AROUND_PIN))
    found.sort(key=lambda row: (row.matter_class_id != matter_class.pk, row.metres, -row.pk))
    return [shown(case) for case in found[:KNOWN]]


def shown(case) -> dict:
    """One line of the list; the position is rounded to about 100 m."""
    lon, lat = rough(case.point.x, case.point.y)
    status = public_status(case.state, case.pending)
    return {
        "what": str(case.matter_class), "where": f"{case.street} {case.community}",
        "status": status.value, "label": str(status.label), "hue": HUES[status].value,
        "on": case.reported_at, "closed": case.closed_at if status == PublicStatus.DONE else None,
        "metres": round(case.metres, -2) if hasattr(case, "metres") else None,
        "lon": lon, "lat": lat,
    }  # fmt: skip


def kinds() -> list[dict]:
    """What can be reported, in groups: {key, kind, name, options: [(pk, name)]}; one query."""
    groups = {}
    rows = MatterClass.objects.in_use().order_by("-kind", "major", "code")
    for row in rows:
        key = f"{row.kind}-{row.major}"
        group = groups.setdefault(
            key, {"key": key, "kind": row.kind, "name": row.major_name, "options": []}
        )
        group["options"].append((row.pk, row.name))
    return list(groups.values())


def mark(row: dict) -> dict:
    """A line of the list as a point for the map."""
    properties = {
        "state": row["hue"],
        "number": row["what"],
        "name": f"{row['what']} · {row['label']}",
    }
    geometry = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
