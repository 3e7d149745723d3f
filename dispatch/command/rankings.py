"""Who and what is first: sources, classes, communities, departments, streets."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q

from cases.states import OPEN, State
from cases.time.overdue import overdue
from citymgmt.accounts.models import Department
from citymgmt.lib.naming import in_language
from dispatch.command.counted import COUNTED
from dispatch.command.scope import Scope
from dispatch.command.standing import Standing


def share(part: int, whole: int) -> float | None:
    """Per cent with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


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
        .annotate(number=Count("id"), closed=Count("id", filter=Q(state=State.CLOSED)),
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
