"""The map page, its base map and its unit grids."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import SEE_MAP
from grid import maps
from grid.models import Area, MapFeature, UnitGrid

CELL_LIMIT = 5_000
# District, street and community make the map's borders; a city of several districts is too large.
BORDERS = (Area.Level.DISTRICT, Area.Level.STREET, Area.Level.COMMUNITY)


@needs(SEE_MAP)
def map_page(request):
    return render(request, "grid/map.html", {"schematic": _is_schematic()})


def _is_schematic():
    return MapFeature.objects.filter(schematic=True).exists()


def _areas():
    return Area.objects.filter(level__in=BORDERS, geometry__isnull=False).order_by("code")


def _features():
    return MapFeature.objects.exclude(kind=MapFeature.Kind.BUILDING).order_by("id")


def base_map() -> dict:
    """Areas, roads, water and parks as GeoJSON: what everybody may see, with or without account."""
    areas = [maps.feature(a.geometry, kind=a.level, name=a.name, code=a.code) for a in _areas()]
    rows = [maps.feature(f.geometry, kind=f.kind, name=f.name) for f in _features()]
    return maps.collection(rows + areas, schematic=_is_schematic())


@maps.layer
def base_json(request):
    return base_map()


@maps.layer
def cells_json(request):
    box = maps.read_bbox(request)
    cells = UnitGrid.objects.valid().filter(geometry__bboverlaps=box).order_by("code")
    rows = list(cells.values_list("code", "geometry")[: CELL_LIMIT + 1])
    features = (
        maps.feature(shape, name=code, code=code, url=reverse("grid:cell_card", args=[code]))
        for code, shape in rows[:CELL_LIMIT]
    )
    return maps.collection(features, truncated=len(rows) > CELL_LIMIT)


@needs(SEE_MAP)
def cell_card(request, code):
    cells = UnitGrid.objects.select_related("duty_grid", "community__parent__parent")
    cell = get_object_or_404(cells.defer("geometry"), code=code)
    people = cell.duty_grid.collectors.order_by("username") if cell.duty_grid else []
    return render(request, "grid/cell_card.html", {"cell": cell, "collectors": people})
