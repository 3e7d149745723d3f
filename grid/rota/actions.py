"""The rota (排班): duty grid × shift × date → collectors. Past days are locked.

A shift belongs to the date on which it begins, also the part of it after midnight. `by` None is
the installation itself.
"""

from collections.abc import Iterable
from datetime import date, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.models import DutyAssignment, DutyGrid, Shift
from grid.rota.collectors import collectors, is_collector
from grid.rota.hours import WEEK, week_of
from grid.rota.queries import plan, plannable

# Shifts a center starts from: early 07:30–14:30 (Changsha), the day until 22:00 (Chengdu), and the
# night for emergencies, not in use at first (workflow §14).
SHIFTS = (
    ("early", "早班", "Early shift", time(7, 30), time(14, 30), True),
    ("late", "晚班", "Late shift", time(14, 30), time(22, 0), True),
    ("night", "夜班", "Night shift", time(22, 0), time(7, 30), False),
)


@transaction.atomic
def load_shifts() -> int:
    """Add the usual shifts that are missing; what was edited stays."""
    known = set(Shift.objects.values_list("code", flat=True))
    names = ("code", "name_zh", "name_en", "starts", "ends", "active")
    missing = [Shift(**dict(zip(names, row, strict=True))) for row in SHIFTS if row[0] not in known]
    return len(Shift.objects.bulk_create(missing))


@transaction.atomic
def save_shift(*, shift: Shift, by: User | None, request=None) -> Shift:
    """Create or update. The hours of a shift change for all days: past ones keep their names."""
    if by is not None and not holds(by, MANAGE_GRID):
        raise NotYours(_("This is not yours to do."), code="not_yours")
    shift.save()
    data = {"from": shift.starts, "to": shift.ends, "active": shift.active}
    record(verb="save_shift", subject=shift.code, by=by, data=data, request=request)
    return shift


@transaction.atomic
def assign(
    *, duty_grid: DutyGrid, shift: Shift, day: date, people: Iterable[User], by: User | None,
    today: date | None = None, request=None,
) -> list[User]:  # fmt: skip
    """These people, and nobody else, walk the duty grid in the shift of that day."""
    _check_plan(by, [duty_grid])
    people = list(people)
    if day < (today or timezone.localdate()):
        raise NotNow(_("Past days of the rota are locked."), "past_locked")
    if wrong := [person for person in people if not is_collector(person)]:
        said = _("%(name)s is not a collector.") % {"name": wrong[0]}
        raise BadInput(said, fields={"people": [said]})
    rows = DutyAssignment.objects.filter(duty_grid=duty_grid, shift=shift, date=day)
    before = set(rows.values_list("collector__username", flat=True))
    now = {person.username: person for person in people}
    rows.exclude(collector__in=people).delete()
    DutyAssignment.objects.bulk_create(
        DutyAssignment(duty_grid=duty_grid, shift=shift, date=day, collector=now[name])
        for name in sorted(now.keys() - before)
    )
    data = {"date": day, "shift": shift.code, "before": sorted(before), "now": sorted(now)}
    record(verb="set_rota", subject=duty_grid.code, by=by, data=data, request=request)
    return people


@transaction.atomic
def copy_last_week(
    *, monday: date, duty_grids: Iterable[DutyGrid], by: User | None, today: date | None = None,
    request=None,
) -> int:  # fmt: skip
    """The week before into the empty cells of this week, from today on; entries added.

    People who are no collectors any more and shifts out of use are left out.
    """
    today = today or timezone.localdate()
    grids = list(duty_grids)
    _check_plan(by, grids)
    if monday + WEEK <= today:
        raise NotNow(_("Past days of the rota are locked."), "past_locked")
    taken = plan(grids, week_of(monday)).keys()
    shifts = set(Shift.objects.filter(active=True).values_list("id", flat=True))
    able = set(collectors().values_list("id", flat=True))
    rows = []
    for (grid, shift, day), people in plan(grids, week_of(monday - WEEK)).items():
        to = day + WEEK
        if to >= today and shift in shifts and (grid, shift, to) not in taken:
            rows += [_row(grid, shift, to, person.pk) for person in people if person.pk in able]
    DutyAssignment.objects.bulk_create(rows, batch_size=1_000)
    data = {"grids": sorted(g.code for g in grids), "entries": len(rows)}
    record(verb="copy_rota", subject=monday.isoformat(), by=by, data=data, request=request)
    return len(rows)


def fill(first: date, last: date) -> int:
    """Every duty grid gets its own collectors by turns on the days without any entry; the entries.

    For an installation that begins, and for the demonstration: the first walks the early shift,
    the second the late one, and they change places each week.
    """
    shifts = list(Shift.objects.filter(active=True))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    taken = set(
        DutyAssignment.objects.filter(date__in=days).values_list("duty_grid", "date").distinct()
    )
    able = set(collectors().values_list("id", flat=True))
    rows = []
    for grid in DutyGrid.objects.in_force().prefetch_related("collectors").defer("geometry"):
        people = sorted(c.pk for c in grid.collectors.all() if c.pk in able)
        free = [day for day in days if (grid.pk, day) not in taken] if people else []
        rows += [
            _row(grid.pk, shift.pk, day, people[(n + day.isocalendar().week) % len(people)])
            for day in free for n, shift in enumerate(shifts)
        ]  # fmt: skip
    return len(DutyAssignment.objects.bulk_create(rows, batch_size=2_000))


def _row(grid, shift, day, collector):
    return DutyAssignment(duty_grid_id=grid, shift_id=shift, date=day, collector_id=collector)


def _check_plan(by, grids):
    if by is None:
        return
    allowed = set(plannable(by).values_list("id", flat=True))
    if not allowed or any(grid.pk not in allowed for grid in grids):
        raise NotYours(_("This is not yours to do."), code="not_yours")
