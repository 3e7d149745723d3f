"""Duty grids with what they hold, and where the rule does not hold: one duty grid for each cell."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from grid.models import DutyGrid, DutyMembership, UnitGrid


@dataclass(frozen=True)
class Fault:
    """A unit grid that is not in exactly one duty grid on the day."""

    cell: UnitGrid
    duty_grids: tuple[str, ...]

    @property
    def reason(self) -> str:
        if not self.duty_grids:
            return _("in no duty grid")
        if self.cell.duty_grid_id is None or len(self.duty_grids) == 1:
            return _("the record and the map differ")
        return _("in several duty grids")


def faults(day: date | None = None) -> list[Fault]:
    """Unit grids in force that are not in exactly one duty grid; three queries."""
    day = day or timezone.localdate()
    rows = DutyMembership.objects.on(day).select_related("duty_grid").defer("duty_grid__geometry")
    held = defaultdict(list)
    for row in rows.order_by("duty_grid__code"):
        held[row.unit_grid_id].append(row.duty_grid)
    cells = UnitGrid.objects.valid(day).select_related("community").order_by("code")
    cells = cells.defer("geometry", "community__geometry")
    current = day == timezone.localdate()
    return [
        Fault(cell, tuple(duty.name for duty in held[cell.pk]))
        for cell in cells
        if len(held[cell.pk]) != 1 or (current and cell.duty_grid_id != held[cell.pk][0].pk)
    ]


def with_counts(duty_grids=None):
    """Duty grids with `cell_count` and `collector_count`."""
    rows = DutyGrid.objects.all() if duty_grids is None else duty_grids
    return rows.defer("geometry").annotate(
        cell_count=Count("unit_grids", distinct=True),
        collector_count=Count("collectors", distinct=True),
    )
