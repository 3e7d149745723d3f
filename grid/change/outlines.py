"""The areas follow their cells: ground that leaves the city leaves them, new ground joins."""

import shapely

from grid.build.builder.measure import FAULT_M2
from grid.geometry import area_m2, from_geos, to_geos
from grid.models import GridChange


def follow(change: GridChange) -> dict[str, int]:
    """Change the outlines of community, street, district and city by what the change gave away or
    took in; how many areas. Only `retire` and `reimport` can."""
    if change.kind not in (GridChange.Kind.RETIRE, GridChange.Kind.REIMPORT):
        return {}
    lost, gained = _balance(change)
    if lost.is_empty and gained.is_empty:
        return {"areas": 0}
    areas, area = [], change.community
    while area is not None:
        areas.append(area)
        area = area.parent
    drawn = [area for area in areas if area.geometry]
    for area in drawn:
        ground = from_geos(area.geometry)
        area.geometry = _multi(shapely.union(shapely.difference(ground, lost), gained))
        area.save(update_fields=["geometry"])
    return {"areas": len(drawn)}


def _balance(change):
    before, after = _union(change.ending), _union(change.beginning)
    return _pieces(shapely.difference(before, after)), _pieces(shapely.difference(after, before))


def _union(cells):
    return shapely.union_all([from_geos(g) for g in cells.values_list("geometry", flat=True)])


def _pieces(ground):
    """Without the crumbs of arithmetic."""
    return shapely.union_all([p for p in shapely.get_parts(ground) if area_m2(p) > FAULT_M2])


def _multi(ground):
    parts = [p for p in shapely.get_parts(ground) if p.geom_type == "Polygon"]
    return to_geos(shapely.MultiPolygon(parts)) if parts else None
