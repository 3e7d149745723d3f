"""The figures of a campaign, as far as the person may see its cases; queries do not grow with them.

Definitions: *overdue* is open and past its moment now; *on time* is the share of the disposed
cases whose disposal was not late, or was exempted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case
from cases.models.campaigns import Campaign
from cases.states import State
from cases.time.overdue import overdue
from citymgmt.accounts.lists import Listing
from citymgmt.accounts.models import Department
from citymgmt.lib.sheets import NUMBER, TEXT, by_place
from grid.models import Area

COUNTS = ("reported", "filed", "closed", "overdue")


@dataclass(frozen=True)
class Line:
    """Counts of one place, department or the whole."""

    name: str
    reported: int
    filed: int
    closed: int
    overdue: int
    disposed: int
    in_time: int

    @property
    def on_time(self) -> Decimal | None:
        """Percent with two decimals, half up; None while nothing is disposed of."""
        if not self.disposed:
            return None
        share = Decimal(100 * self.in_time) / self.disposed
        return share.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Totals:
    whole: Line
    streets: list[Line]
    departments: list[Line]
    days: list[tuple]  # (day, reported, closed), every day up to today


def _counts(now) -> dict:
    late = Q(disposal_overdue=True, exempt=False)
    return {
        "reported": Count("pk"),
        "filed": Count("pk", filter=Q(filed_at__isnull=False)),
        "closed": Count("pk", filter=Q(state=State.CLOSED)),
        "overdue": Count("pk", filter=overdue(now)),
        "disposed": Count("pk", filter=Q(disposed_at__isnull=False)),
        "in_time": Count("pk", filter=Q(disposed_at__isnull=False) & ~late),
    }


def totals(campaign: Campaign, user, now: datetime) -> Totals:
    """Seven queries, and those of the person's rights."""
    rows = Case.objects.visible_to(user).filter(campaign=campaign).order_by()
    whole = Line(str(campaign), **rows.aggregate(**_counts(now)))
    streets = Area.objects.defer("geometry").order_by()
    return Totals(
        whole, _grouped(rows, "street", streets, now),
        _grouped(rows, "department", Department.objects.order_by(), now),
        _days(rows, campaign, now),
    )  # fmt: skip


def _grouped(rows, field, named, now) -> list[Line]:
    """The most reported first; without a department yet: by the last line."""
    found = list(rows.values(field).annotate(**_counts(now)))
    known = named.in_bulk([row[field] for row in found if row[field]])
    found.sort(key=lambda row: (row[field] is None, -row["reported"], row[field]))
    return [Line(_name(known, row.pop(field)), **row) for row in found]


def _name(known, key) -> str:
    row = known.get(key)
    return _("not dispatched yet") if row is None else getattr(row, "name", str(row))


def _days(rows, campaign, now):
    last = min(campaign.last_day, timezone.localdate(now))
    if campaign.closed_at:
        last = min(last, timezone.localdate(campaign.closed_at))
    span = range((last - campaign.first_day).days + 1)
    reported, closed = (_by_day(rows, name) for name in ("reported_at", "closed_at"))
    days = [campaign.first_day + timedelta(days=n) for n in span]
    return [(day, reported.get(day, 0), closed.get(day, 0)) for day in days]


def _by_day(rows, name):
    dated = rows.filter(**{f"{name}__isnull": False}).annotate(day=TruncDate(name))
    return dict(dated.values_list("day").annotate(n=Count("pk")))


# --- the same as a table --------------------------------------------------------------------
def listing() -> Listing:
    heads = [_("Reported"), _("Filed"), _("Closed"), _("Overdue"), _("On time, %")]
    kinds = [TEXT, TEXT, *(NUMBER for _head in heads)]
    columns = by_place([_("By"), _("Name"), *heads], kinds)
    return Listing("campaign", _("Campaign"), columns, verb="export_campaign")


def lines(found: Totals) -> list[list]:
    """Rows of `listing`: the whole, streets, departments, then days."""
    rows = []
    groups = ((_("All"), [found.whole]), (_("Street"), found.streets),
              (_("Department"), found.departments))  # fmt: skip
    for label, lines in groups:
        rows += [[label, x.name, *(getattr(x, n) for n in COUNTS), x.on_time] for x in lines]
    days = ([_("Day"), day, reported, None, closed, None, None]
            for day, reported, closed in found.days)  # fmt: skip
    return [*rows, *days]


# --- the trend as a drawing -----------------------------------------------------------------
HEIGHT, STEP, BAR = 60, 10, 4  # of the drawing; the page scales it


def bars(days: list[tuple]) -> dict:
    """Two bars a day for an SVG: {width, height, most, bars: [{x, y, h, kind}]}."""
    most = max((n for _day, *counts in days for n in counts), default=0)
    drawn = [
        {"x": STEP * at + BAR * place, "y": HEIGHT - n * HEIGHT / most, "h": n * HEIGHT / most,
         "kind": kind}
        for at, (_day, *counts) in enumerate(days)
        for place, (kind, n) in enumerate(zip(("reported", "closed"), counts, strict=True)) if n
    ]  # fmt: skip
    return {"width": STEP * len(days), "height": HEIGHT, "most": most, "bars": drawn}
