"""Reads of the desks. Query counts do not depend on the number of rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from cases.devices.onsite import OnSite, Told, on_site
from cases.finding.queues import ALL, Queue, queues_of
from cases.models import Attachment, Case, CaseEvent, Source
from cases.states import FINAL, OPEN
from cases.time.overdue import overdue
from citymgmt.accounts.models import Department, Membership, Post, User
from citymgmt.lib import writing
from citymgmt.lib.addresses import key_of
from citymgmt.lib.dates import instant_of
from citymgmt.lib.search import matching
from grid.geometry import STORED, degrees_box, distance_m
from grid.models import Area, MapFeature, Position
from inventory.models import Component, MatterClass

PAGE = 50
SEARCHED = ("address", "description", "matter_class__name_zh", "matter_class__name_en")
NEAR_M = 100
RECENT = timedelta(days=30)  # a closed case nearby still matters that long
DUE_FIRST = (F("due_at").asc(nulls_last=True), "id")


# --- queues and lists -----------------------------------------------------------------------
def counts(user, now) -> dict[str, tuple[int, int]]:
    """Queue code → (cases, of these overdue) of the person's queues of open cases; one query."""
    wanted = {}
    late = overdue(now)
    for queue in queues_of(user):
        if queue.states <= FINAL and queue.group != "work":
            continue
        condition = queue.condition(user, now)
        wanted[f"{queue.code}_n"] = Count("pk", filter=condition)
        wanted[f"{queue.code}_late"] = Count("pk", filter=condition & late)
    if not wanted:
        return {}
    waiting = Q(state__in=sorted(OPEN)) | Q(pending__gt="")  # an index for each
    found = Case.objects.visible_to(user).filter(waiting).aggregate(**wanted)
    codes = [name[:-2] for name in found if name.endswith("_n")]
    return {code: (found[f"{code}_n"], found[f"{code}_late"]) for code in codes}


@dataclass(frozen=True)
class Filter:
    """What narrows a queue; empty values narrow nothing."""

    q: str = ""
    state: str = ""
    street: str = ""
    matter: str = ""  # class: "kind:code"
    overdue: bool = False
    campaign: str = ""  # its key
    source: str = ""  # its code
    department: str = ""  # its path: with all below it
    since: date | None = None  # reported on these days, both included, local time
    until: date | None = None

    @property
    def narrows(self) -> bool:
        return self != Filter()

    def condition(self, now) -> Q:
        found = Q()
        if self.state:
            found &= Q(state=self.state)
        if self.street:
            found &= Q(street__code=self.street)
        if self.matter:
            kind, _sep, code = self.matter.partition(":")
            found &= Q(matter_class__kind=kind, matter_class__code=code)
        if self.overdue:
            found &= overdue(now)
        if self.campaign:
            found &= Q(campaign=int(self.campaign))
        if self.source:
            found &= Q(source__code=self.source)
        if self.department:
            found &= Q(department__path__startswith=self.department)
        if self.since:
            found &= Q(reported_at__gte=_midnight(self.since))
        if self.until:
            found &= Q(reported_at__lt=_midnight(self.until + timedelta(days=1)))
        return found & matching(self.q, contains=SEARCHED, numbers=("number",))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def in_queue(user, queue: Queue, narrow: Filter, now):
    """The cases of a queue, narrowed, in the order of the queue."""
    rows = Case.objects.visible_to(user)
    rows = rows.filter(queue.condition(user, now), narrow.condition(now)).for_lists()
    return rows.order_by("-id") if queue.newest else rows.order_by(*DUE_FIRST)


def classes_in(user, queue: Queue, now) -> list[dict]:
    """Classes in a queue, as `classes_among` has them.

    Where closed cases belong to the queue they are not counted: that would read all of history.
    """
    rows = Case.objects.visible_to(user).filter(queue.condition(user, now))
    return classes_among(rows, counting=not queue.states & FINAL)


def classes_among(rows, *, counting=True) -> list[dict]:
    """Classes of cases, the most frequent first: {key "kind:code", matter, count}; not counted,
    each has 0."""
    rows = rows.order_by()
    if not counting:
        some = Exists(rows.filter(matter_class=OuterRef("pk")))
        counted = dict.fromkeys(MatterClass.objects.filter(some).values_list("pk", flat=True), 0)
    else:
        counted = dict(rows.values_list("matter_class").annotate(Count("pk")))
    named = [
        {"key": f"{row.kind}:{row.code}", "matter": row, "count": counted[row.pk]}
        for row in MatterClass.objects.filter(pk__in=counted)
    ]
    return sorted(named, key=lambda row: (-row["count"], row["key"]))


def page(rows, *, after="", size=PAGE, newest=False) -> tuple[list[Case], str]:
    """(cases, mark of the last one or "" at the end): keyset pages, steady under new arrivals.

    The keys first: to sort what a person may see, a database would carry along every column.
    """
    if after:
        rows = rows.filter(_beyond(after, newest))
    keys = list(rows.values_list("pk", flat=True)[: size + 1])
    known = Case.objects.for_lists().in_bulk(keys[:size])
    found = [known[key] for key in keys if key in known]
    return found, mark(found[-1]) if len(keys) > size else ""


def mark(case) -> str:
    return f"{case.due_at.isoformat() if case.due_at else ''}~{case.pk}"


def _beyond(after, newest) -> Q:
    """Cases after the mark; a mark that cannot be read starts from the beginning."""
    moment, _sep, pk = after.partition("~")
    key, due = key_of(pk), instant_of(moment)
    if key is None:
        return Q()
    if newest:
        return Q(pk__lt=key)
    if due is None:
        return Q(due_at__isnull=True, pk__gt=key)
    return Q(due_at__gt=due) | Q(due_at=due, pk__gt=key) | Q(due_at__isnull=True)


def last_deed(user, queue: Queue) -> CaseEvent | None:
    """What happened last in the states of a queue, for an empty one."""
    states = [] if queue is ALL else sorted(queue.states - FINAL)
    seen = Case.objects.visible_to(user).order_by().values("pk")
    return (
        CaseEvent.objects.filter(state_from__in=states, case__in=seen)
        .select_related("case", "by").order_by("-at").first()
    )  # fmt: skip


def streets_of(user):
    """Streets in which the person oversees cases, without their polygons."""
    granted = list(Area.objects.overseen_by(user).values_list("code", flat=True))
    below = Q(pk__in=[])
    for code in granted:
        below |= Q(code__startswith=code)
    return Area.objects.filter(below, level="street").only("code", "name").order_by("code")


def streets_among(rows) -> list[Area]:
    """The streets of cases, without their polygons."""
    streets = Area.objects.filter(pk__in=rows.order_by().values("street"))
    return list(streets.only("code", "name").order_by("code"))


def nearest(rows, here, size) -> list[Case]:
    """The `size` cases nearest to a point (x, y in degrees), each with `away` in metres."""
    places = rows.order_by().values_list("pk", "point")
    away = {pk: round(distance_m(here, point)) for pk, point in places}
    keys = sorted(away, key=lambda pk: (away[pk], pk))[:size]
    known = Case.objects.for_lists().in_bulk(keys)
    found = [known[key] for key in keys if key in known]
    for case in found:
        case.away = away[case.pk]
    return found


# --- one case -------------------------------------------------------------------------------
def whole_case(user, number):
    """Queryset of the case with everything its page names."""
    return Case.objects.visible_to(user).filter(number=number).select_related(
        "matter_class", "component", "community", "street", "district", "unit_grid", "duty_grid",
        "department", "source", "reporter", "collector", "handler", "filed_by",
        "filing_condition", "merged_into", "campaign", "follows",
    ).defer("community__geometry", "street__geometry", "district__geometry",
            "duty_grid__geometry")  # fmt: skip


def log_of(case, *, since=0) -> list[CaseEvent]:
    """The log of a case, or what was written after its first `since` rows."""
    rows = case.events.filter(seq__gt=since).select_related("by", "by_department", "department")
    return list(rows.order_by("seq"))


def on_site_of(case, log, process) -> dict[int, OnSite]:
    """Rows of the log that a device claimed, by key, with how far from the case that was. Two
    queries where there are any, else none."""
    claimed = [event for event in log if event.made_at is not None]
    told = _told_around([event for event in claimed if event.made_lon is not None], process)
    place = (case.point.x, case.point.y)
    found = {e.pk: on_site(e, place, told.get(e.pk), process.on_site_m) for e in claimed}
    return {key: site for key, site in found.items() if site is not None}


def _told_around(events, process) -> dict[int, Told]:
    """By row of the log: where its person was last told to be before it was done."""
    if not events:
        return {}
    before = Position.objects.telling(process.position_accuracy_m)
    before = before.filter(user=OuterRef("by"), at__lte=OuterRef("made_at")).order_by("-at")
    rows = CaseEvent.objects.filter(pk__in=[event.pk for event in events]).order_by()
    keys = dict(rows.values_list("pk", Subquery(before.values("id")[:1])))
    known = Position.objects.in_bulk([key for key in keys.values() if key])
    return {
        pk: Told(known[key].at, known[key].point.x, known[key].point.y)
        for pk, key in keys.items()
        if key in known
    }


def near(user, lon, lat, now, *, within_m=NEAR_M, without=None, limit=20) -> list[Case]:
    """Open and recent cases around a place, nearest first, each with `away` in metres."""
    box = Polygon.from_bbox(degrees_box(lon, lat, within_m))
    box.srid = STORED
    recent = Q(closed_at__gte=now - RECENT) | ~Q(state__in=FINAL)
    rows = Case.objects.visible_to(user).filter(recent, point__bboverlaps=box)
    if without:
        rows = rows.exclude(pk=without.pk)
    here, found = shapely.Point(lon, lat), []
    for row in rows.for_lists().order_by("-id")[: limit * 5]:
        row.away = round(distance_m(here, shapely.Point(row.point.x, row.point.y)))
        if row.away <= within_m:
            found.append(row)
    return sorted(found, key=lambda row: row.away)[:limit]


def photos_of(case) -> list[Attachment]:
    """The photos of a case, each with the step that it belongs to and who took that."""
    return list(case.attachments.select_related("event__by", "event__by_department"))


def main_cases(user, case, limit=8) -> list[Case]:
    """Open cases around a case that it may be merged into, nearest first."""
    around = near(user, case.point.x, case.point.y, case.reported_at, within_m=300, without=case)
    return [r for r in around if not r.final and r.district_id == case.district_id][:limit]


def post_names() -> dict[str, str]:
    """Words for who acted, by the code that the log keeps."""
    own = {post.code: post.name for post in Post.objects.all()}
    return own | {"service": str(User.Kind.SERVICE.label)}


def source_choices() -> list[tuple[str, str]]:
    """(code, name) of the sources in use."""
    return [(row.code, row.name) for row in Source.objects.filter(active=True)]


def people_by_username(usernames) -> dict[str, str]:
    rows = User.objects.filter(username__in=usernames) if usernames else []
    return {row.username: str(row) for row in rows}


def said_before(user, action, limit=4) -> list[str]:
    """The person's own most frequent opinions on this action."""
    rows = CaseEvent.objects.filter(by=user, action=action).exclude(opinion="")
    recent = rows.order_by("-at").values("opinion")[:200]
    tally: dict[str, int] = {}
    for row in recent:
        tally[row["opinion"]] = tally.get(row["opinion"], 0) + 1
    often = [text for text in sorted(tally, key=tally.get, reverse=True) if tally[text] > 1]
    return often[:limit]


# --- choices --------------------------------------------------------------------------------
def disposing_departments():
    """Departments that may be given a case: no center, and no company of collectors alone."""
    current = Membership.objects.current().filter(department=OuterRef("pk")).order_by()
    collecting = Exists(current.filter(post__code="collector"))
    disposing = Exists(current.filter(post__code__in=["liaison", "handler"]))
    rows = Department.objects.filter(active=True).exclude(kind="center")
    return rows.filter(~collecting | disposing).order_by("path")


def people_in(post, department=None):
    """Active people who hold the post today, those on duty first."""
    current = Membership.objects.current().filter(post__code__in=post)
    if department:
        current = current.filter(department=department)
    rows = User.objects.filter(is_active=True, pk__in=current.order_by().values("user"))
    return rows.order_by("-on_duty", "username")


def class_named(name) -> MatterClass | None:
    """The class in use of "kind:code", as the report form names it."""
    kind, _sep, code = name.partition(":")
    return MatterClass.objects.in_use().filter(kind=kind, code=code).first() if code else None


def component_coded(text) -> Component | None:
    """The component of a code as somebody typed it."""
    code = writing.digits(text) or writing.code(text)
    return Component.objects.filter(code=code).first() if code else None


def find_places(q, limit=12) -> list[dict]:
    """Components by code or name, then roads and parks by name: {label, lon, lat, component}."""
    if not writing.words(q):
        return []
    parts = Component.objects.filter(matching(q, contains=("name",), starts=("code",)))
    found = [
        {"label": f"{part.name} {part.code}", "component": part.code, **_middle(part.geometry)}
        for part in parts.order_by("code")[: limit // 2]
    ]
    named = MapFeature.objects.filter(matching(q, contains=("name",))).order_by("name", "id")
    seen = set()
    for feature in named[: limit * 3]:
        if feature.name not in seen and len(found) < limit:
            seen.add(feature.name)
            found.append({"label": feature.name, "component": "", **_middle(feature.geometry)})
    return found


def _middle(geometry):
    """A place on the shape itself, where a pin may stand."""
    if geometry.geom_type == "LineString":
        x, y = geometry[len(geometry) // 2]
    else:
        x, y = geometry.point_on_surface.coords
    return {"lon": x, "lat": y}
