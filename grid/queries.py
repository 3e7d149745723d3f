"""Where a position lies: unit grid, duty grid, areas, and the nearest road with a name."""

from dataclasses import dataclass

import shapely
from django.contrib.gis.geos import Point, Polygon
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from grid.geometry import STORED, check_lon_lat, degrees_box, to_metres, zone_of
from grid.models import Area, DutyGrid, MapFeature, UnitGrid

ROADS = (MapFeature.Kind.ROAD_MAIN, MapFeature.Kind.ROAD_SECONDARY, MapFeature.Kind.LANE)
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
    return Location(
        cell, cell.duty_grid, community, community.parent, community.parent.parent
    )


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
