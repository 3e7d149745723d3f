"""The map page, its base map and its unit grids of any day."""

from datetime import date
from itertools import accumulate

from django.db.models import Count
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import SEE_MAP
from citymgmt.lib.dates import day_of
from citymgmt.lib.errors import BadInput
from grid.map import layers
from grid.models import Area, MapFeature, UnitGrid

OWN = {"on", "mark"}  # of the address: the rest narrows the cases
CELL_LIMIT = 5_000
FEATURE_LIMIT = 6_000  # more features than this in one answer keep a browser waiting
# District, street and community make the map's borders; a city of several districts is too large.
BORDERS = (Area.Level.DISTRICT, Area.Level.STREET, Area.Level.COMMUNITY)


@needs(SEE_MAP)
def map_page(request):
    """The city today, or its unit grids as they were on the day `on`."""
    try:
        day = _day(request)
    except BadInput:
        day = None
    return render(request, "grid/map/map.html", {
        "schematic": _is_schematic(), "day": day, "today": timezone.localdate(),
        "large": not set(SMALL) <= set(_base_kinds()),
        "narrowed": not {name for name, value in request.GET.items() if value} <= OWN,
    })  # fmt: skip


def _day(request) -> date | None:
    """`on=YYYY-MM-DD`, None where it is not given; BadInput when it is no day."""
    text = request.GET.get("on", "")
    if not text:
        return None
    if day := day_of(text):
        return day
    reason = _("on must be a day like 2026-07-01.")
    raise BadInput(reason, "bad_day", {"on": [reason]})


def _is_schematic():
    return MapFeature.objects.filter(schematic=True).exists()


def _areas():
    return Area.objects.filter(level__in=BORDERS, geometry__isnull=False).order_by("code")


# In the order in which they are left out of the base map of a large city, last first.
BY_WEIGHT = (
    MapFeature.Kind.RIVER, MapFeature.Kind.HILL, MapFeature.Kind.PARK, MapFeature.Kind.ROAD_MAIN,
    MapFeature.Kind.ROAD_SECONDARY, MapFeature.Kind.LANE,
)  # fmt: skip


SMALL = (MapFeature.Kind.ROAD_SECONDARY, MapFeature.Kind.LANE)


def _base_kinds():
    """What one answer can hold; the smaller roads of a large city come with `roads_json`."""
    held = dict(MapFeature.objects.values_list("kind").annotate(n=Count("id")).order_by())
    sums = accumulate(held.get(kind, 0) for kind in BY_WEIGHT)
    return [kind for kind, total in zip(BY_WEIGHT, sums, strict=True) if total <= FEATURE_LIMIT]


def _features():
    return MapFeature.objects.filter(kind__in=_base_kinds()).order_by("id")


def base_map() -> dict:
    """Areas, roads, water and parks as GeoJSON: what everybody may see, with or without account."""
    areas = [layers.feature(a.geometry, kind=a.level, name=a.name, code=a.code) for a in _areas()]
    rows = [layers.feature(f.geometry, kind=f.kind, name=f.name) for f in _features()]
    return layers.collection(rows + areas, schematic=_is_schematic())


@layers.layer
def base_json(request):
    return base_map()


@layers.layer
def roads_json(request):
    """The smaller roads in a box, of a city whose base map leaves them out."""
    left = set(SMALL) - set(_base_kinds())
    rows = MapFeature.objects.filter(geometry__bboverlaps=layers.read_bbox(request), kind__in=left)
    rows = list(rows.order_by("id")[: FEATURE_LIMIT + 1])
    features = (layers.feature(r.geometry, kind=r.kind, name=r.name) for r in rows[:FEATURE_LIMIT])
    return layers.collection(features, truncated=len(rows) > FEATURE_LIMIT)


@layers.layer
def cells_json(request):
    """Unit grids in a box, of today or of the day `on`."""
    day = _day(request) or timezone.localdate()
    box = layers.read_bbox(request)
    cells = UnitGrid.objects.valid(day).filter(geometry__bboverlaps=box).order_by("code")
    rows = list(cells.values_list("code", "geometry")[: CELL_LIMIT + 1])
    features = (
        layers.feature(shape, name=code, code=code, url=reverse("grid:cell_card", args=[code]))
        for code, shape in rows[:CELL_LIMIT]
    )
    return layers.collection(features, truncated=len(rows) > CELL_LIMIT)


@needs(SEE_MAP)
def cell_card(request, code):
    """A cell of any time, with where its ground came from and what became of it."""
    cells = UnitGrid.objects.select_related("duty_grid", "community__parent__parent")
    cell = get_object_or_404(cells.defer("geometry"), code=code)
    people = cell.duty_grid.collectors.order_by("username") if cell.duty_grid else []
    order = ("start_date", "code")
    return render(request, "grid/map/cell.html", {
        "cell": cell, "collectors": people,
        "before": cell.predecessors.defer("geometry").order_by(*order),
        "after": cell.successors.defer("geometry").order_by(*order),
    })  # fmt: skip
