"""Reads of components for the map and the lists."""

import shapely
from django.db.models import Count

from citymgmt.lib import writing
from grid.models import UnitGrid
from inventory.models import Component

GONE = {Component.Status.LOST, Component.Status.ABANDONED, Component.Status.REMOVED}


def components_in(box):
    """Components still standing whose bounding box meets `box` (a stored polygon)."""
    rows = Component.objects.exclude(status=Component.Status.REMOVED)
    return rows.filter(geometry__bboverlaps=box)


def counts_by_cell(box):
    """[(lon, lat, count, code)] of the cells that meet `box`; two queries whatever it holds."""
    cells = UnitGrid.objects.valid().filter(geometry__bboverlaps=box)
    shapes = {pk: (code, geometry) for pk, code, geometry in cells.values_list(
        "id", "code", "geometry")}  # fmt: skip
    rows = (
        Component.objects.exclude(status=Component.Status.REMOVED)
        .filter(unit_grid__in=cells.values("id"))
        .values_list("unit_grid")
        .annotate(n=Count("id"))
    )
    found = []
    for pk, number in rows:
        code, geometry = shapes[pk]
        middle = shapely.from_wkb(bytes(geometry.wkb)).representative_point()
        found.append((middle.x, middle.y, number, code))
    return found


def find_components(text: str, limit: int = 8):
    """Components whose code begins with the digits, as places of the map's search."""
    code = writing.digits(text)
    if len(code) < 6:
        return []
    rows = Component.objects.select_related("matter_class", "community").defer(
        "community__geometry"
    )
    return [
        {
            "name": row.code,
            "note": f"{row.matter_class.name} · {row.community or ''}",
            "lon": row.geometry.centroid.x,
            "lat": row.geometry.centroid.y,
            "zoom": 19,
        }
        for row in rows.filter(code__startswith=code).order_by("code")[:limit]
    ]
