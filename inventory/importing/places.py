"""Where the rows of an import lie: into stored degrees, checked, and on their unit grid."""

import numpy as np
import shapely
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from grid.change.drawings import reason_of
from grid.geometry import check_lon_lat, swapped, to_stored
from inventory.components.placing import Ground


def place(source) -> None:
    """Set shape and cell of each row, or tell why it has no place in the city."""
    rows = [row for row in source.rows if row.shape is not None]
    given = [row.shape for row in rows]
    moved = _moved(given, source.crs)
    ground = Ground()
    for row, shape in zip(rows, moved, strict=True):
        row.shape = _judged(row, shape)
    standing = [row for row in rows if row.shape is not None]
    cells = ground.cells_of([row.shape for row in standing]) if standing else []
    for row, cell in zip(standing, cells, strict=True):
        row.cell = cell
    turned = _exchanged(rows, given, source.crs, ground)
    for row in rows:
        if row.number in turned:
            reason = _("outside the city; longitude and latitude seem to be exchanged")
            row.faults = [fault for fault in row.faults if fault[0] != "geometry"]
            row.faults.append(("geometry", _middle(row.shape), reason))
        elif row.cell is None and row.shape is not None:
            row.faults.append(("geometry", _middle(row.shape), _("outside the city")))


def _moved(shapes, crs):
    if not shapes:
        return []
    try:
        return to_stored(np.array(shapes, dtype=object), crs)
    except ValueError as error:
        raise BadInput(str(error), "bad_crs") from error


def _judged(row, shape):
    """The single shape when it can stand on a map; else None, and the row says why."""
    parts = shapely.get_parts(shape) if shape.geom_type.startswith("Multi") else ()
    shape = parts[0] if len(parts) == 1 else shape
    bounds = shape.bounds
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        row.faults.append(("geometry", "", _("no position: coordinates are no numbers")))
        return None
    try:
        check_lon_lat(*bounds[:2])
        check_lon_lat(*bounds[2:])
    except ValueError as error:
        row.faults.append(("geometry", _spot(bounds), str(error)))
        return None
    if not shape.is_valid:
        row.faults.append(("geometry", shape.geom_type, _why_invalid(shape)))
        return None
    return shape


def _why_invalid(shape):
    if shapely.get_dimensions(shape) == 1:
        return _("the line has no length")
    return _("the polygon is not valid: %s") % reason_of(shape)


def _exchanged(rows, given, crs, ground):
    """Numbers of rows that lie in the city once the axes they were given in are exchanged."""
    lost = [n for n, row in enumerate(rows) if row.cell is None]
    turned = _moved([swapped(given[n]) for n in lost], crs)
    fine = [
        (n, shape)
        for n, shape in zip(lost, turned, strict=True)
        if np.isfinite(shapely.get_coordinates(shape)).all() and shape.is_valid
    ]
    cells = ground.cells_of([shape for _n, shape in fine]) if fine else []
    return {rows[n].number for (n, _s), cell in zip(fine, cells, strict=True) if cell is not None}


def _middle(shape):
    if shape is None:
        return ""
    middle = shapely.point_on_surface(shape)
    return f"{middle.x:.6f} {middle.y:.6f}"


def _spot(bounds):
    return f"{bounds[0]:.6f} {bounds[1]:.6f}"
