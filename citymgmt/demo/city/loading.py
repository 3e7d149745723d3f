"""The schematic district into the database: areas, unit grids, duty grids, base map."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from citymgmt.demo.city.schematic import Schematic, read_divisions, schematic
from grid.build.store import (
    AreaRow,
    check_stored,
    compose_duty_grids,
    make_cells,
    parent_code,
    store_areas,
    store_cells,
)
from grid.geometry import to_geos
from grid.models import MapFeature, UnitGrid

BATCH = 1_000
ROAD_KINDS = {
    "main": MapFeature.Kind.ROAD_MAIN,
    "secondary": MapFeature.Kind.ROAD_SECONDARY,
    "lane": MapFeature.Kind.LANE,
}
CITY, RIVER = "兰州市", "黄河"


def load_schematic(seed: int = 1) -> tuple[Schematic, dict]:
    """Store the schematic district whole, once: areas, cells, duty grids, base map.

    Answers the district as drawn (for what is placed along its roads) and the figures of its
    grid. Found already there, it is measured and left as it is.
    """
    divisions = read_divisions()
    drawn = schematic(divisions, seed)
    names = {division.code: division.name for division in divisions}
    shapes = {**drawn.streets, **drawn.communities}
    district = next(d.code for d in divisions if d.level == "district")
    if UnitGrid.objects.filter(code__startswith=district).exists():
        return drawn, check_stored(district)
    shapes[district] = drawn.district
    city = [AreaRow(parent_code(district), CITY)]
    with transaction.atomic():
        store_areas(city + [AreaRow(code, names[code], shape) for code, shape in shapes.items()])
        cells, figures, zone = make_cells([r.line for r in drawn.roads], drawn.communities)
        # Older than the demonstration's past days, so that its map of last month is not empty.
        store_cells(cells, zone, since=date(timezone.localdate().year - 1, 1, 1))
        compose_duty_grids()
        _store_features(drawn)
    return drawn, figures


def _store_features(drawn):
    rows = [(ROAD_KINDS[road.kind], road.name, road.line) for road in drawn.roads]
    rows += [(MapFeature.Kind.RIVER, RIVER, drawn.river)]
    rows += [(MapFeature.Kind.PARK, name, shape) for name, shape in drawn.parks]
    MapFeature.objects.bulk_create(
        [
            MapFeature(kind=kind, name=name, geometry=to_geos(shape), schematic=True)
            for kind, name, shape in rows
        ],
        batch_size=BATCH,
    )
