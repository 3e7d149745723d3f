"""The figures of the wall and the overview: one document from a constant number of queries.

Everything counted from the log is counted up to one place of the live feed (`seq`), so whoever
hears the feed from there on can go on counting by `COUNTED` without a gap or a double.
A day is a day in Asia/Shanghai. Counters count moves: a case dispatched twice counts twice.
No row holds a name, a phone number, free text or an address of anybody.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from cases import live
from cases.models import Case, CaseEvent
from cases.overdue import is_overdue, overdue
from cases.states import OPEN, WITH_DEPARTMENT, Action, State
from citymgmt.accounts.models import Department
from citymgmt.lib.naming import in_language
from grid.models import Area

A, S = Action, State
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RANKED = timedelta(days=7)  # what the rankings look back upon
HUES = (
    ("intake", (S.REGISTERED, S.VERIFYING, S.TO_FILE, S.DECLINE_REVIEW)),
    ("dispatch", (S.TO_DISPATCH, S.TO_DISPOSE)),
    ("dispose", (S.DISPOSING, S.DEPT_REVIEW)),
    ("check", (S.FEEDBACK_IN, S.TO_CHECK, S.CHECKING, S.TO_CLOSE, S.CLOSE_REVIEW)),
    ("suspended", (S.SUSPENDED,)),
    ("closed", (S.CLOSED,)),
    ("void", (S.VOID,)),
)
HUE_OF = {state.value: hue for hue, states in HUES for state in states}
# Work reported done and not yet closed.
DONE = (S.FEEDBACK_IN, S.TO_CHECK, S.CHECKING, S.TO_CLOSE, S.CLOSE_REVIEW)


@dataclass(frozen=True)
class Counted:
    """Which rows of the log a counter counts; no actions or no target: any."""

    name: str
    hue: str  # family of states whose colour it wears
    actions: tuple[str, ...] = ()
    target: str = ""

    @property
    def query(self) -> Q:
        query = Q(action__in=self.actions) if self.actions else Q()
        return query & Q(state_to=self.target) if self.target else query


COUNTED = (
    Counted("reported", "intake", (A.REPORT,)),
    Counted("accepted", "intake", (A.ACCEPT,)),
    Counted("filed", "dispatch", (A.FILE,)),
    Counted("dispatched", "dispatch", (A.DISPATCH,)),
    Counted("disposed", "dispose", (A.DISPOSE, A.FEEDBACK), S.FEEDBACK_IN),
    Counted("checked", "check", (A.CHECK,), S.TO_CLOSE),
    Counted("closed", "closed", (), S.CLOSED),
    Counted("overdue", "", (A.OVERDUE,)),
)
KIND = models.Case(
    *(When(one.query, then=Value(one.name)) for one in COUNTED),
    default=Value(""),
    output_field=models.CharField(),
)


@dataclass(frozen=True)
class Scope:
    """The areas whose cases are counted (ids of districts, streets or communities), and the
    level of area they are compared by."""

    areas: frozenset[int]
    parts: str = "street"

    def of(self, prefix: str = "") -> Q:
        return (
            Q(**{f"{prefix}district__in": self.areas})
            | Q(**{f"{prefix}street__in": self.areas})
            | Q(**{f"{prefix}community__in": self.areas})
        )

    @property
    def cases(self) -> QuerySet[Case]:
        return Case.objects.filter(self.of())

    @property
    def open(self) -> QuerySet[Case]:
        return self.cases.filter(state__in=OPEN)

    def events(self, seq: int, since: datetime) -> QuerySet[CaseEvent]:
        return CaseEvent.objects.filter(self.of("case__"), feed__lte=seq, at__gte=since)


def overseen(user) -> list[Area]:
    """The areas granted to a person, without their shapes."""
    return list(Area.objects.overseen_by(user).defer("geometry").order_by("code"))


def scope_of(user, code: str = "") -> Scope | None:
    """All that the person oversees, or one area of it; None for one that is not theirs."""
    areas = overseen(user)
    if not code:
        return Scope(frozenset(area.pk for area in areas))
    # The code of an area starts with the codes of those above it.
    if not any(code.startswith(area.code) for area in areas):
        return None
    area = Area.objects.filter(code=code).only("id", "level").first()
    if area is None:
        return None
    below = area.level in (Area.Level.STREET, Area.Level.COMMUNITY)
    return Scope(frozenset({area.pk}), "community" if below else "street")


def midnight(now: datetime) -> datetime:
    """The start of the local day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def figures(scope: Scope, now: datetime) -> dict[str, Any]:
    """The document of `/wall/figures.json`; JSON values only."""
    seq = live.head()
    today = midnight(now)
    hourly = Hourly(scope, seq, now)
    standing = Standing(scope, now)
    counters = hourly.between(today, now + HOUR) | {"overdue": standing.overdue}
    due = counters["closed"] + standing.due_to_close
    return {
        "seq": seq,
        "at": now.isoformat(),
        "day_start": today.isoformat(),
        "day_end": (today + DAY).isoformat(),
        "counters": counters,
        "due": due,
        "rate": share(counters["closed"], due),
        "yesterday": hourly.between(today - DAY, today),
        "yesterday_by_now": hourly.until_this_time_yesterday(),
        "hours": hourly.labels,
        "hourly": hourly.series,
        "states": standing.states,
        "sources": sources(scope, now - DAY),
        "classes": classes(scope, now - DAY),
        "spots": communities(scope, now - RANKED, now),
        "departments": departments(scope, seq, now - RANKED, standing),
        "streets": streets(scope, now - RANKED, now),
        "alarms": alarms(scope, now),
        "moves": moves(scope, seq, now - DAY),
    }


def share(part: int, whole: int) -> float | None:
    """Per cent with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


# --- what happened --------------------------------------------------------------------------
class Hourly:
    """Moves by hour since yesterday's midnight: one query for counters, sparklines and trend."""

    def __init__(self, scope: Scope, seq: int, now: datetime):
        self.now, self.yesterday = now, midnight(now) - DAY
        this_hour = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
        self.last_24 = [this_hour - n * HOUR for n in range(23, -1, -1)]
        rows = (
            scope.events(seq, self.yesterday)
            .annotate(kind=KIND)
            .exclude(kind="")
            .annotate(hour=TruncHour("at"))
            .values_list("kind", "hour")
            .annotate(number=Count("id"), early=Count("id", filter=Q(at__lte=now - DAY)))
            .order_by()
        )
        self.rows = list(rows)

    def between(self, begin: datetime, end: datetime) -> dict[str, int]:
        found: Counter[str] = Counter()
        for kind, hour, number, _early in self.rows:
            if begin <= hour < end:
                found[kind] += number
        return {one.name: found[one.name] for one in COUNTED}

    def until_this_time_yesterday(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for kind, _hour, _number, early in self.rows:
            found[kind] += early
        return {one.name: found[one.name] for one in COUNTED}

    @property
    def labels(self) -> list[str]:
        return [f"{hour:%H}" for hour in self.last_24]

    @property
    def series(self) -> dict[str, list[int]]:
        found = {(kind, hour): number for kind, hour, number, _early in self.rows}
        return {
            one.name: [found.get((one.name, hour), 0) for hour in self.last_24] for one in COUNTED
        }


def daily(scope: Scope, now: datetime, days: int = 14) -> dict[str, Any]:
    """Moves by day: `{"days": ["11-08", …], "reported": […], …}`, today last."""
    first = midnight(now) - (days - 1) * DAY
    rows = (
        scope.events(live.head(), first)
        .annotate(kind=KIND)
        .exclude(kind="")
        .annotate(day=TruncDate("at"))
        .values_list("kind", "day")
        .annotate(number=Count("id"))
        .order_by()
    )
    found = {(kind, day): number for kind, day, number in rows}
    span = [(first + n * DAY).date() for n in range(days)]
    series = {one.name: [found.get((one.name, day), 0) for day in span] for one in COUNTED}
    return {"days": [f"{day:%m-%d}" for day in span], **series}


def moves(scope: Scope, seq: int, since: datetime, number: int = 12) -> list[dict]:
    """The newest rows of the log; the warnings of the timer are left out."""
    rows = (
        scope.events(seq, since)
        .exclude(action=A.WARN)
        .select_related("case__matter_class", "case__community")
        .defer("case__community__geometry")
        .order_by("-feed")[:number]
    )
    return [
        {
            "seq": row.feed, "at": row.at.isoformat(), "number": row.case.number,
            "area": row.case.community.code, "kind": row.case.matter_class.kind,
            "class": row.case.matter_class.name, "action": row.action,
            "state": row.state_to, "post": row.post,
        }
        for row in rows
    ]  # fmt: skip


# --- how things stand -----------------------------------------------------------------------
class Standing:
    """Open cases by state and department, late ones apart: one query."""

    def __init__(self, scope: Scope, now: datetime):
        self.rows = list(
            scope.open.values("state", "department")
            .annotate(number=Count("id"), late=Count("id", filter=overdue(now)))
            .order_by()
        )

    @property
    def overdue(self) -> int:
        return sum(row["late"] for row in self.rows)

    @property
    def due_to_close(self) -> int:
        """Open cases that ought to be closed: work done, or late at the department
        (应结案 = disposed + overdue and undisposed, evaluation §3)."""
        done = sum(row["number"] for row in self.rows if row["state"] in DONE)
        return done + sum(row["late"] for row in self.rows if row["state"] in WITH_DEPARTMENT)

    @property
    def states(self) -> list[dict]:
        number: Counter[str] = Counter()
        late: Counter[str] = Counter()
        for row in self.rows:
            number[row["state"]] += row["number"]
            late[row["state"]] += row["late"]
        return [
            {"state": HUE_OF[state], "name": str(state.label), "value": number[state],
             "overdue": late[state]}
            for state in S if number[state]
        ]  # fmt: skip

    def of_department(self) -> dict[int, tuple[int, int]]:
        """Department id -> (with it now, of these overdue)."""
        found: dict[int, tuple[int, int]] = {}
        for row in self.rows:
            if row["state"] in WITH_DEPARTMENT:
                number, late = found.get(row["department"], (0, 0))
                found[row["department"]] = (number + row["number"], late + row["late"])
        return found


def department_names(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Code and name by id."""
    rows = Department.objects.filter(pk__in=list(ids))
    return {row.pk: (row.code, row.name) for row in rows}


def _named(rows: Iterable[dict], prefix: str) -> list[dict]:
    return [
        {"name": in_language(row[f"{prefix}__name_zh"], row[f"{prefix}__name_en"]),
         "value": row["number"]}
        for row in rows
    ]  # fmt: skip


def sources(scope: Scope, since: datetime, number: int = 6) -> list[dict]:
    """Reports by source."""
    names = ("source__name_zh", "source__name_en")
    rows = scope.cases.filter(reported_at__gte=since).values(*names)
    return _named(
        rows.annotate(number=Count("id")).order_by("-number", names[0])[:number], "source"
    )


def classes(scope: Scope, since: datetime, number: int = 6) -> list[dict]:
    """Reports by class, the most frequent first."""
    names = ("matter_class__name_zh", "matter_class__name_en")
    rows = scope.cases.filter(reported_at__gte=since).values(*names)
    ranked = rows.annotate(number=Count("id")).order_by("-number", names[0])
    return _named(ranked[:number], "matter_class")


def communities(scope: Scope, since: datetime, now: datetime, number: int = 8) -> list[dict]:
    """Where most was reported."""
    rows = (
        scope.cases.filter(reported_at__gte=since)
        .values("community__code", "community__name", "street__name")
        .annotate(number=Count("id"), open=Count("id", filter=Q(state__in=OPEN)),
                  late=Count("id", filter=overdue(now)))
        .order_by("-number", "community__code")[:number]
    )  # fmt: skip
    return [
        {"code": row["community__code"], "name": row["community__name"],
         "street": row["street__name"], "value": row["number"], "open": row["open"],
         "overdue": row["late"]}
        for row in rows
    ]  # fmt: skip


def departments(scope: Scope, seq: int, since: datetime, standing: Standing) -> list[dict]:
    """Departments by the share of work done on time, with what lies there now; best first."""
    disposed = next(one for one in COUNTED if one.name == "disposed")
    rows = (
        scope.events(seq, since)
        .filter(disposed.query, department__isnull=False)
        .values("department", "department__code", "department__name_zh", "department__name_en")
        .annotate(number=Count("id"), in_time=Count("id", filter=Q(overdue=False)))
        .order_by()
    )
    here = standing.of_department()
    found = [
        {"code": row["department__code"],
         "name": in_language(row["department__name_zh"], row["department__name_en"]),
         "disposed": row["number"], "rate": share(row["in_time"], row["number"]),
         "open": here.get(row["department"], (0, 0))[0],
         "overdue": here.get(row["department"], (0, 0))[1]}
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["rate"], row["overdue"], -row["disposed"]))


def streets(scope: Scope, since: datetime, now: datetime) -> list[dict]:
    """Streets, or the communities of a street, by the share of cases closed among those reported
    since and filed; best first."""
    code, name = f"{scope.parts}__code", f"{scope.parts}__name"
    rows = (
        scope.cases.filter(reported_at__gte=since, filed_at__isnull=False)
        .values(code, name)
        .annotate(number=Count("id"), closed=Count("id", filter=Q(state=S.CLOSED)),
                  late=Count("id", filter=overdue(now)))
        .order_by()
    )  # fmt: skip
    found = [
        {"code": row[code], "name": row[name], "filed": row["number"],
         "closed": row["closed"], "overdue": row["late"],
         "rate": share(row["closed"], row["number"])}
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["rate"], row["overdue"], row["code"]))


def alarms(scope: Scope, now: datetime, number: int = 6) -> list[dict]:
    """What is late, urgent cases first, the longest late first; then urgent cases in time."""
    rows = (
        scope.open.filter(Q(urgent=True) | overdue(now))
        .select_related("matter_class", "community", "department")
        .defer("community__geometry", "description", "address")
        .annotate(in_time=models.Case(When(overdue(now), then=0), default=1))
        .order_by("in_time", "-urgent", "due_at", "pk")[:number]
    )
    return [
        {
            "number": row.number, "class": row.matter_class.name, "place": row.community.name,
            "department": row.department.name if row.department else "",
            "state": row.state, "state_name": str(row.get_state_display()),
            "urgent": row.urgent, "overdue": is_overdue(row.state, row.due_at, now),
            "due": row.due_at.isoformat() if row.due_at else None,
            "warn": row.warn_at.isoformat() if row.warn_at else None,
        }
        for row in rows
    ]  # fmt: skip
