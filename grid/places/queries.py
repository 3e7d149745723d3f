"""Where a position lies: unit grid, duty grid, areas, and the nearest road with a name."""

from dataclasses import dataclass
from datetime import date

import shapely
from django.contrib.gis.geos import Point, Polygon
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.lib import writing
from citymgmt.lib.errors import BadInput
from citymgmt.lib.search import matching
from grid.geometry import STORED, check_lon_lat, degrees_box, from_geos, to_metres, zone_of
from grid.models import Area, DutyGrid, DutyMembership, MapFeature, UnitGrid

ROADS = (MapFeature.Kind.ROAD_MAIN, MapFeature.Kind.ROAD_SECONDARY, MapFeature.Kind.LANE)
AREA_ZOOM = {"city": 11, "district": 13, "street": 14, "community": 16}
CRACK = 1e-6  # degrees, 0.1 m
NEAR_M = 150  # beyond it a road no longer names the place
UNUSED = (
    "geometry", "remark", "duty_grid__geometry", "community__geometry",
    "community__parent__geometry", "community__parent__parent__geometry",
)  # fmt: skip


@dataclass(frozen=True)
class Location:
    """A position and the ground under it. `duty_grid` is None where no patrol is organised."""

    point: Point
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


def locate(lon, lat, on: date | None = None) -> Location:
    """The ground under a position on a day (today unless told); one query.

    On a border the cell with the lower code has the place, for everybody alike.
    """
    point = position(lon, lat)
    cell = _cell_at(point, on) or _cell_at(_around(point), on)
    if cell is None:
        reason = _("This place is outside the city.")
        raise BadInput(reason, "outside_city", _on_both(reason))
    community, street = cell.community, cell.community.parent
    return Location(point, cell, _duty_grid(cell), community, street, street.parent)


def _cell_at(shape, on):
    day = on or timezone.localdate()
    held = DutyMembership.objects.on(day).filter(unit_grid=OuterRef("pk"))
    return (
        UnitGrid.objects.valid(day)
        .filter(geometry__intersects=shape)
        .annotate(duty_then=Subquery(held.values("duty_grid_id")[:1]))
        .select_related("duty_grid", "community__parent__parent")
        .defer(*UNUSED)
        .order_by("code")
        .first()
    )


def _around(point):
    """Between borders that do not share every vertex there are cracks of rounding: no outside."""
    box = Polygon.from_bbox((point.x - CRACK, point.y - CRACK, point.x + CRACK, point.y + CRACK))
    box.srid = STORED
    return box


def _duty_grid(cell):
    """As of the day where the record says so, else the cell's own of today."""
    if cell.duty_then in (None, cell.duty_grid_id):
        return cell.duty_grid
    return DutyGrid.objects.defer("geometry").get(pk=cell.duty_then)


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
    code = writing.digits(text)
    found = _found_cells(code, limit) if code else []
    named = matching(text, contains=("name",))
    areas = Area.objects.filter(named, geometry__isnull=False).order_by("code")
    for area in areas[:limit]:
        zoom = AREA_ZOOM[area.level]
        found.append(_found(area.name, area.get_level_display(), area.geometry, zoom))
    seen = set()
    for road in MapFeature.objects.filter(named).order_by("name", "id")[: limit * 4]:
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
