"""Rows, sums and pages of a ledger, as far as the person may see the cases behind them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from cases.ledgers import registry
from cases.ledgers.registry import Ledger
from cases.models import Case
from citymgmt.accounts.models import Department
from citymgmt.lib.addresses import key_of
from citymgmt.lib.dates import instant_of

PAGE = 50
CASE_FIELDS = ("matter_class", "street", "department")


@dataclass(frozen=True)
class Narrow:
    """What narrows a ledger: days (both included, local time), street, department, status."""

    since: date
    until: date
    street: str = ""
    department: Department | None = None
    status: str = ""

    def days(self, name: str) -> Q:
        """Moments of the field on these days."""
        first, after = (_midnight(day) for day in (self.since, self.until + timedelta(days=1)))
        return Q(**{f"{name}__gte": first, f"{name}__lt": after})


@dataclass(frozen=True)
class Sums:
    """Of a ledger: its rows, the cases they are about, and the cases filed meanwhile."""

    rows: int
    cases: int
    filed: int
    by_status: tuple[tuple[str, int], ...] = ()

    @property
    def share(self) -> Decimal | None:
        """Cases of the ledger in percent of the cases filed, two decimals half up."""
        if not self.filed:
            return None
        share = Decimal(100 * self.cases) / self.filed
        return share.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def rows_of(ledger: Ledger, user, narrow: Narrow) -> QuerySet:
    """The rows of the period and place, newest first, with everything a line shows."""
    seen = Case.objects.visible_to(user).order_by()
    inside = Q(**{f"{ledger.case}__in" if ledger.case else "pk__in": seen.values("pk")})
    inside &= narrow.days(ledger.at)
    if narrow.street:
        inside &= Q(**{ledger.lookup("street__code"): narrow.street})
    if narrow.department:
        path = ledger.department or ledger.lookup("department")
        inside &= Q(**{f"{path}__path__startswith": narrow.department.path})
    if narrow.status and ledger.status:
        inside &= Q(**{ledger.status: narrow.status})
    related = [ledger.lookup(name) for name in CASE_FIELDS]
    rows = ledger.rows().filter(inside).select_related(*related)
    return rows.defer(ledger.lookup("street__geometry")).order_by(f"-{ledger.at}", "-pk")


def filed(user, narrow: Narrow) -> int:
    """Cases filed on these days in the same place and department: what a share is of."""
    rows = Case.objects.visible_to(user).filter(narrow.days("filed_at"))
    if narrow.street:
        rows = rows.filter(street__code=narrow.street)
    if narrow.department:
        rows = rows.filter(department__path__startswith=narrow.department.path)
    return rows.order_by().count()


def sums(ledger: Ledger, user, narrow: Narrow, rows: QuerySet | None = None) -> Sums:
    """Three queries at most, whatever the number of rows."""
    rows = rows_of(ledger, user, narrow) if rows is None else rows
    bare = rows.select_related(None).order_by()
    case = f"{ledger.case}_id" if ledger.case else "pk"
    total = bare.aggregate(rows=Count("pk"), cases=Count(case, distinct=True))
    return Sums(**total, filed=filed(user, narrow), by_status=_by_status(ledger, bare))


def _by_status(ledger, bare):
    if not ledger.status:
        return ()
    counted = dict(bare.values_list(ledger.status).annotate(n=Count("pk")))
    return tuple((str(label), counted.get(code, 0)) for code, label in ledger.statuses)


# --- pages ----------------------------------------------------------------------------------
def page(ledger: Ledger, rows: QuerySet, after: str = "", size: int = PAGE) -> tuple[list, str]:
    """(rows, mark of the last one or "" at the end). A mark that makes no sense starts anew."""
    if beyond := _beyond(ledger, after):
        rows = rows.filter(beyond)
    found = list(rows[: size + 1])
    more = len(found) > size
    found = found[:size]
    return found, f"{getattr(found[-1], ledger.at).isoformat()}~{found[-1].pk}" if more else ""


def _beyond(ledger, after) -> Q:
    moment, _sep, pk = after.partition("~")
    at, key = instant_of(moment), key_of(pk)
    if at is None or key is None:
        return Q()
    return Q(**{f"{ledger.at}__lt": at}) | Q(**{ledger.at: at, "pk__lt": key})


def overall() -> dict[str, dict[str, Any]]:
    """Of all time and every place: ledger code → rows, cases, and their share of the cases filed
    in percent (None where nothing was filed)."""
    number = Case.objects.filter(filed_at__isnull=False).count()
    found = {}
    for ledger in registry.every():
        rows = ledger.rows().order_by()
        cases = rows.values(ledger.case or "pk").distinct().count()
        sums = Sums(rows.count(), cases, number)
        share = None if sums.share is None else float(sums.share)
        found[ledger.code] = {"rows": sums.rows, "cases": sums.cases, "share": share}
    return found
