"""Where a position lies: unit grid, duty grid, areas, and the nearest road with a name."""

from dataclasses import dataclass

import shapely
from django.contrib.gis.geos import Point, Polygon
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from grid.geometry import STORED, check_lon_lat, degrees_box, from_geos, to_metres, zone_of
from grid.models import Area, DutyGrid, MapFeature, UnitGrid

ROADS = (MapFeature.Kind.ROAD_MAIN, MapFeature.Kind.ROAD_SECONDARY, MapFeature.Kind.LANE)
AREA_ZOOM = {"city": 11, "district": 13, "street": 14, "community": 16}
NEAR_M = 150  # beyond it a road no longer names the place
UNUSED = (
    "geometry", "remark", "duty_grid__geometry", "community__geometry",
    "community__parent__geometry", "community__parent__parent__geometry",
)  # fmt: skip


@dataclass(frozen=True)
class Location:
    """The ground under a position. `duty_grid` is None where no patrol is organised."""

    unit_grid: UnitGrid
    duty_grid: DutyGrid | None
    community: Area
    street: Area
    district: Area


def position(lon, lat) -> Point:
    """A stored point from anything that reads as numbers; BadInput otherwise."""
    try:
        x, y = check_lon_lat(lon, lat)
    except ValueError as error:
        raise BadInput(str(error), "bad_coordinates", _on_both(error)) from error
    return Point(x, y, srid=STORED)


def locate(lon, lat) -> Location:
    """One query. On a border the cell with the lower code has the place, for everybody alike."""
    point = position(lon, lat)
    cell = (
        UnitGrid.objects.valid()
        .filter(geometry__intersects=point)
        .select_related("duty_grid", "community__parent__parent")
        .defer(*UNUSED)
        .order_by("code")
        .first()
    )
    if cell is None:
        reason = _("This place is outside the city.")
        raise BadInput(reason, "outside_city", _on_both(reason))
    community = cell.community
    return Location(cell, cell.duty_grid, community, community.parent, community.parent.parent)


def _on_both(reason):
    return {"lon": [str(reason)], "lat": [str(reason)]}


def nearest_road_name(lon, lat, within_m: float = NEAR_M) -> str:
    """Name of the nearest named road within so many metres, else an empty text; one query."""
    point = position(lon, lat)
    box = Polygon.from_bbox(degrees_box(point.x, point.y, within_m))
    box.srid = STORED
    roads = list(
        MapFeature.objects.filter(kind__in=ROADS, geometry__bboverlaps=box).exclude(name="")
    )
    if not roads:
        return ""
    zone = zone_of(point.x)
    lines = to_metres(shapely.from_wkb([bytes(road.geometry.wkb) for road in roads]), zone)
    here = to_metres(shapely.Point(point.x, point.y), zone)
    away, name = min(zip(shapely.distance(lines, here), (r.name for r in roads), strict=True))
    return name if away <= within_m else ""


def find_places(text: str, limit: int = 8) -> list[dict]:
    """Unit grids by code, areas and roads by name, as {name, note, lon, lat, zoom}; 3 queries."""
    found = _found_cells(text, limit) if text.isdecimal() else []
    areas = Area.objects.filter(name__icontains=text, geometry__isnull=False).order_by("code")
    for area in areas[:limit]:
        zoom = AREA_ZOOM[area.level]
        found.append(_found(area.name, area.get_level_display(), area.geometry, zoom))
    seen = set()
    for road in MapFeature.objects.filter(name__icontains=text).order_by("name", "id")[: limit * 4]:
        if road.name not in seen:
            seen.add(road.name)
            found.append(_found(road.name, road.get_kind_display(), road.geometry, 17))
    return found[:limit]


def _found_cells(text, limit):
    cells = UnitGrid.objects.valid().filter(code__startswith=text).order_by("code")
    rows = cells.values_list("code", "community__name", "geometry")[:limit]
    return [_found(code, community, geometry, 18) for code, community, geometry in rows]


def _found(name, note, geometry, zoom):
    middle = from_geos(geometry).representative_point()
    return {"name": name, "note": str(note), "lon": middle.x, "lat": middle.y, "zoom": zoom}
