"""Who walks which duty grid in which shift, read from the rota."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID, MANAGE_ROTA
from citymgmt.accounts.rules import holds
from grid.models import Area, DutyAssignment, DutyGrid, Shift
from grid.rota.hours import date_of, span_of


def running(at: datetime) -> Q | None:
    """The entries of the rota whose shift runs at an instant, as a condition; None if no shift."""
    local = timezone.localtime(at)
    found = None
    for shift in Shift.objects.filter(active=True):
        if day := date_of(shift.starts, shift.ends, local):
            one = Q(shift=shift, date=day)
            found = one if found is None else found | one
    return found


def on_duty(duty_grid: DutyGrid | None, at: datetime) -> list[User]:
    """Collectors whom the rota names for the duty grid at an instant; two queries."""
    now = running(at)
    if duty_grid is None or now is None:
        return []
    rows = DutyAssignment.objects.filter(now, duty_grid=duty_grid)
    return list(User.objects.filter(pk__in=rows.values("collector")).order_by("username"))


def plan(duty_grids: Iterable[DutyGrid], days: Iterable[date]) -> dict[tuple, list[User]]:
    """{(duty grid id, shift id, date): collectors}; one query."""
    rows = DutyAssignment.objects.filter(duty_grid__in=list(duty_grids), date__in=list(days))
    found = defaultdict(list)
    for row in rows.select_related("collector").order_by("collector__username"):
        found[row.duty_grid_id, row.shift_id, row.date].append(row.collector)
    return found


def shifts_of(user: User, first: date, days: int) -> list[DutyAssignment]:
    """Somebody's own shifts from a date on, the next first; the night that ends on the first day
    is among them."""
    until = first + timedelta(days=days)
    last_night = Q(date=first - timedelta(days=1), shift__ends__lte=F("shift__starts"))
    days_on = last_night | Q(date__gte=first, date__lt=until)
    rows = DutyAssignment.objects.filter(days_on, collector=user)
    rows = rows.select_related("shift", "duty_grid").defer("duty_grid__geometry")
    return list(rows.order_by("date", "shift__starts", "duty_grid__code"))


def shifts_ahead(user: User, now: datetime, days: int) -> list[DutyAssignment]:
    """Somebody's shifts that are not over, each with `running`; also the night that began
    yesterday."""
    found = []
    for row in shifts_of(user, timezone.localtime(now).date(), days):
        begins, ends = span_of(row.shift.starts, row.shift.ends, row.date)
        row.running = begins <= now < ends
        if now < ends:
            found.append(row)
    return found


def plannable(user: User):
    """Duty grids whose rota the person may write: those of areas overseen; an administrator all."""
    if not holds(user, MANAGE_ROTA):
        return DutyGrid.objects.none()
    rows = DutyGrid.objects.in_force()
    if holds(user, MANAGE_GRID):
        return rows
    areas = list(Area.objects.overseen_places(user).values_list("id", flat=True))
    return rows.filter(Q(street__in=areas) | Q(street__parent__in=areas))
