"""Components follow their cells: on the day of a change they are placed anew by position."""

from datetime import date

from django.contrib.gis.db.models import Extent
from django.contrib.gis.geos import Polygon
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grid.geometry import STORED, from_geos
from grid.models import GridChange, UnitGrid
from inventory.components.placing import Ground
from inventory.models import Component, ComponentChange

BATCH = 1_000


def count(cells, on: date) -> int:
    """Components on these unit grids that still stand."""
    return _standing().filter(unit_grid__in=cells).count()


def move(change: GridChange) -> int:
    """Place the components of the cells that ended, and those without cell on new ground; how many
    got another cell. A component whose ground left the city has none."""
    rows = list(_touched(change).select_for_update())
    if not rows:
        return 0
    ground = Ground(_cells(change))
    cells = ground.cells_of([from_geos(row.geometry) for row in rows])
    old = dict(change.ending.values_list("id", "code"))
    moved, changes = [], []
    for row, cell in zip(rows, cells, strict=True):
        if row.unit_grid_id is None and cell is None:
            continue
        changes.append(_change(row, old.get(row.unit_grid_id), cell, change))
        row.unit_grid_id = cell.pk if cell else None
        row.community_id = cell.community_id if cell else row.community_id
        moved.append(row)
    Component.objects.bulk_update(moved, ["unit_grid", "community"], batch_size=BATCH)
    ComponentChange.objects.bulk_create(changes, batch_size=BATCH)
    return len(moved)


def outside() -> list[tuple[str, float, float]]:
    """(code, lon, lat) of components that stand on no unit grid valid today."""
    rows = _standing().exclude(unit_grid__in=UnitGrid.objects.valid().values("id"))
    rows |= _standing().filter(unit_grid=None)
    found = []
    for code, geometry in rows.order_by("code").values_list("code", "geometry"):
        middle = from_geos(geometry).representative_point()
        found.append((code, middle.x, middle.y))
    return found


def _standing():
    return Component.objects.exclude(status=Component.Status.REMOVED)


def _touched(change):
    """On cells that ended, and lost ones near cells that began."""
    here = Q(unit_grid__in=change.ending.values("id"))
    box = change.beginning.aggregate(box=Extent("geometry"))["box"]
    if box:
        here |= Q(unit_grid=None, geometry__bboverlaps=_polygon(box))
    return Component.objects.filter(here).order_by("id")


def _polygon(box):
    shape = Polygon.from_bbox(box)
    shape.srid = STORED
    return shape


def _cells(change):
    """Where a component may come to lie: the new cells, even if they ended the same day, before
    those that others began."""
    day = UnitGrid.objects.valid(change.effective_on).filter(community=change.community)
    return UnitGrid.objects.filter(Q(begun_by=change) | Q(pk__in=day.values("id")))


def _change(row, code, cell, change):
    return ComponentChange(
        component=row, by=change.by, at=timezone.now(), reason=_("Change of the grid"),
        before={"unit_grid": code or ""}, after={"unit_grid": cell.code if cell else ""},
    )  # fmt: skip
