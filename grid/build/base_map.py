"""Given road lines as features of the base map: what class a line has, lines of a street joined."""

from collections import defaultdict

import numpy as np
import shapely

from grid.files.layers import Layer
from grid.geometry import to_geos
from grid.models import MapFeature

BATCH = 1_000
CLASS_FIELDS = (
    "kind",
    "class",
    "highway",
    "fclass",
    "road_class",
    "type",
    "roadclass",
    "等级",
    "类型",
)
NAME_FIELDS = ("name", "名称", "路名", "road_name", "name_zh")
NAME_LENGTH = 80
Kind = MapFeature.Kind
# Words of OpenStreetMap and of Chinese city planning (GB/T 51328: 快速路, 主干路, 次干路, 支路).
KIND_BY_CLASS = {
    **dict.fromkeys(("motorway", "trunk", "primary", "main", "快速路", "主干路"), Kind.ROAD_MAIN),
    **dict.fromkeys(("高速公路", "国道", "省道", "主干道"), Kind.ROAD_MAIN),
    **dict.fromkeys(("secondary", "tertiary", "次干路", "次干道"), Kind.ROAD_SECONDARY),
    **dict.fromkeys((Kind.ROAD_MAIN, "main road"), Kind.ROAD_MAIN),
    **dict.fromkeys((Kind.ROAD_SECONDARY, "secondary road"), Kind.ROAD_SECONDARY),
}


def road_rows(layer: Layer) -> list[MapFeature]:
    """Unsaved features of the lines: one for each chain of the same class and name.

    Centre lines come cut at every crossing; joined, a base map of a city is a few thousand lines
    instead of a hundred thousand. A class without a known word, or no class at all, is a lane.
    """
    kinds = [kind_of(value) for value in _field(layer, CLASS_FIELDS)]
    names = [str(value or "").strip()[:NAME_LENGTH] for value in _field(layer, NAME_FIELDS)]
    groups = defaultdict(list)
    for row, key in enumerate(zip(kinds, names, strict=True)):
        groups[key].append(row)
    return [
        MapFeature(kind=kind, name=name, geometry=to_geos(chain), schematic=False)
        for (kind, name), rows in groups.items()
        for chain in _chains(layer.shapes[rows])
    ]


def kind_of(value) -> str:
    word = str(value or "").strip().lower().removesuffix("_link")
    return KIND_BY_CLASS.get(word, Kind.LANE)


def _field(layer, names):
    """The first field of these names, whatever its case; as many nothings where there is none."""
    known = {name.lower(): column for name, column in layer.fields.items()}
    found = next((known[name] for name in names if name in known), None)
    return [None] * len(layer.shapes) if found is None else found


def _chains(lines):
    return shapely.get_parts(shapely.line_merge(shapely.multilinestrings(np.asarray(lines))))


def store_features(rows) -> int:
    return len(MapFeature.objects.bulk_create(rows, batch_size=BATCH))
