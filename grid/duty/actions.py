"""Which unit grid belongs to which duty grid, from a day on (责任网格).

`DutyMembership` is the truth. `UnitGrid.duty_grid`, `DutyGrid.geometry` and `DutyGrid.end_date` are
what it says today: every deed here brings them up to date, and `settle` does so on the day a
planned change comes into force. `by` None is the installation itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import shapely
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.geometry import from_geos, stored_multi
from grid.models import DutyGrid, DutyMembership, UnitGrid
from grid.rota.collectors import is_collector

BATCH = 1_000


# --- deeds ----------------------------------------------------------------------------------
@transaction.atomic
def move_cells(
    *, cells: Iterable[UnitGrid], to: DutyGrid, on: date | None = None, by: User | None,
    today: date | None = None, request=None,
) -> int:  # fmt: skip
    """Unit grids belong to `to` from the day `on` (today unless told); how many changed.

    Refused: a day in the past, a cell that is not in force then or lies in another street, and a
    cell with another change planned for a later day.
    """
    _need_grid(by)
    today = today or timezone.localdate()
    on = on or today
    cells = list(cells)
    _check_move(cells, to, on, today)
    changed = _write(cells, to, on)
    if not changed:
        return 0
    _project(changed, {to.pk}, today)
    data = {"to": to.code, "on": on, "cells": sorted(cell.code for cell in changed)}
    record(verb="move_cells", subject=to.code, by=by, data=data, request=request)
    return len(changed)


@transaction.atomic
def create(
    *, name: str, cells: Sequence[UnitGrid], on: date | None = None, by: User | None,
    today: date | None = None, request=None,
) -> DutyGrid:  # fmt: skip
    """A new duty grid of these cells from a day on; its street is theirs."""
    _need_grid(by)
    if not name.strip():
        raise BadInput(_("A name is needed."), fields={"name": [_("A name is needed.")]})
    if not cells:
        raise _bad_cells(_("A duty grid needs unit grids."))
    community = min(cells, key=lambda cell: cell.code).community
    duty_grid = DutyGrid.objects.create(
        code=next_code(community.code), name=name.strip()[:80], street_id=community.parent_id,
        geometry=union(cell.geometry for cell in cells),
    )  # fmt: skip
    data = {"name": duty_grid.name, "street": community.parent.code}
    record(verb="new_duty_grid", subject=duty_grid.code, by=by, data=data, request=request)
    move_cells(cells=cells, to=duty_grid, on=on, by=by, today=today, request=request)
    return duty_grid


@transaction.atomic
def set_collectors(
    *, duty_grid: DutyGrid, collectors: Iterable[User], by: User | None, request=None
) -> None:
    """Who walks it when the rota names nobody."""
    _need_grid(by)
    people = list(collectors)
    if wrong := [p for p in people if not is_collector(p)]:
        said = _("%(name)s is not a collector.") % {"name": wrong[0]}
        raise BadInput(said, fields={"collectors": [said]})
    before = set(duty_grid.collectors.values_list("username", flat=True))
    duty_grid.collectors.set(people)
    now = {person.username for person in people}
    data = {"added": sorted(now - before), "removed": sorted(before - now)}
    record(verb="set_collectors", subject=duty_grid.code, by=by, data=data, request=request)


@transaction.atomic
def inherit(
    pairs: Iterable[tuple[UnitGrid, Sequence[UnitGrid]]], *, on: date, by: User | None = None,
    today: date | None = None, retired: Iterable[UnitGrid] = (),
) -> None:  # fmt: skip
    """New cells take the duty grid of their predecessors from the day `on`, with which they share
    the most ground; the memberships of the predecessors (and of `retired`, which have no heir)
    end that day.

    Called by whoever changes the grid, after both are stored. Cells whose predecessors have no
    duty grid get none: the page of faults shows them.
    """
    pairs = [(cell, list(old)) for cell, old in pairs]
    retired = {cell.pk: cell for cell in retired}
    retired |= {cell.pk: cell for _new, old in pairs for cell in old}
    held = DutyMembership.objects.select_for_update().filter(unit_grid__in=retired)
    held = dict(held.open().values_list("unit_grid_id", "duty_grid_id"))
    heirs = [(cell, _heir(cell, old, held)) for cell, old in pairs]
    _end(retired, on)
    DutyMembership.objects.bulk_create(
        DutyMembership(unit_grid=cell, duty_grid_id=duty, valid_from=on)
        for cell, duty in heirs if duty
    )  # fmt: skip
    cells = [*retired.values(), *(cell for cell, _duty in heirs)]
    _project(cells, set(held.values()), today or timezone.localdate())


def settle(today: date | None = None) -> int:
    """Bring cells and outlines to what the memberships say today; how many cells changed."""
    today = today or timezone.localdate()
    said = dict(DutyMembership.objects.on(today).values_list("unit_grid_id", "duty_grid_id"))
    cells = UnitGrid.objects.valid(today).filter(
        Q(duty_grid__isnull=False) | Q(memberships__isnull=False)
    )
    wrong = [
        pk for pk, duty in cells.values_list("id", "duty_grid_id").distinct()
        if said.get(pk) != duty
    ]  # fmt: skip
    with transaction.atomic():
        _project(list(UnitGrid.objects.filter(pk__in=wrong)), set(), today)
    return len(wrong)


# --- rules ----------------------------------------------------------------------------------


def _need_grid(by):
    if by is not None and not holds(by, MANAGE_GRID):
        raise NotYours(_("This is not yours to do."), code="not_yours")


def _bad_cells(said):
    return BadInput(said, fields={"cells": [said]})


def _check_move(cells, to, on, today):
    if on < today:
        said = _("The past is not rewritten: choose today or a later day.")
        raise BadInput(said, "past", {"on": [said]})
    for cell in cells:
        if cell.start_date > on or (cell.end_date and cell.end_date <= on):
            raise _bad_cells(_("Unit grid %s is not in force on that day.") % cell.code)
        if cell.community.parent_id != to.street_id:
            raise _bad_cells(_("Unit grid %s lies in another street.") % cell.code)


# --- rows -----------------------------------------------------------------------------------
def _write(cells, to, on):
    """Close the open rows and open new ones; the cells that changed."""
    rows = DutyMembership.objects.select_for_update().open()
    rows = {row.unit_grid_id: row for row in rows.filter(unit_grid__in=[c.pk for c in cells])}
    changed = []
    for cell in cells:
        row = rows.get(cell.pk)
        if row and row.valid_from > on:
            said = _("Unit grid %(code)s changes on %(day)s already.") % {
                "code": cell.code, "day": row.valid_from,
            }  # fmt: skip
            raise NotNow(said, "change_planned", {"cells": [said]})
        if row is None or row.duty_grid_id != to.pk:
            changed.append(cell)
    _end([cell.pk for cell in changed], on)
    DutyMembership.objects.bulk_create(
        DutyMembership(unit_grid=cell, duty_grid=to, valid_from=on) for cell in changed
    )
    return changed


def _end(cells, on):
    """Open rows end on a day; those that had not begun leave nothing behind."""
    rows = DutyMembership.objects.open().filter(unit_grid__in=list(cells))
    rows.filter(valid_from__gte=on).delete()
    rows.update(valid_to=on)


def _heir(cell, predecessors, held):
    shares = Counter()
    ground = from_geos(cell.geometry)
    for old in predecessors:
        if old.pk in held:
            shares[held[old.pk]] += shapely.intersection(ground, from_geos(old.geometry)).area
    return min(shares, key=lambda duty: (-shares[duty], duty), default=None)


def _project(cells, duty_grids, today):
    """Write what the memberships of these cells say today, and the outlines they touch."""
    keys = [cell.pk for cell in cells]
    said = DutyMembership.objects.on(today).filter(unit_grid__in=keys)
    by_duty = defaultdict(list)
    now = dict(said.values_list("unit_grid_id", "duty_grid_id"))
    for cell in cells:
        by_duty[now.get(cell.pk)].append(cell.pk)
    before = UnitGrid.objects.filter(pk__in=keys).values_list("duty_grid_id", flat=True)
    touched = {*duty_grids, *before, *by_duty} - {None}
    for duty, members in by_duty.items():
        UnitGrid.objects.filter(pk__in=members).update(duty_grid=duty)
    for cell in cells:
        cell.duty_grid_id = now.get(cell.pk)
    outline(touched, today)


def outline(duty_grids: Iterable[int], today: date) -> None:
    """A duty grid is the union of its cells; one without cells now or later has ended."""
    for duty in DutyGrid.objects.filter(pk__in=duty_grids):
        cells = UnitGrid.objects.valid(today).filter(duty_grid=duty)
        shapes = list(cells.values_list("geometry", flat=True))
        if shapes:
            duty.geometry = union(shapes)
        lives = bool(shapes) or duty.memberships.open().exists()
        duty.end_date = None if lives else duty.end_date or today
        duty.save(update_fields=["geometry", "end_date"])


def union(geometries):
    """The union of polygons of GeoDjango as a stored multipolygon."""
    return stored_multi(shapely.union_all([from_geos(shape) for shape in geometries]))


def next_code(community_code: str) -> str:
    """14 digits: the community and a number that no duty grid has had."""
    codes = DutyGrid.objects.filter(code__regex=rf"^{community_code}\d\d$")
    last = max((int(code[-2:]) for code in codes.values_list("code", flat=True)), default=0)
    return f"{community_code}{last + 1:02d}"
