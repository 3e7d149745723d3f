"""The base map for people without an account: areas, roads, water and parks, nothing else."""

import json

from grid.models import Area, MapFeature

DECIMALS = 6  # of a degree: a tenth of a metre
KINDS = [
    MapFeature.Kind.ROAD_MAIN, MapFeature.Kind.ROAD_SECONDARY, MapFeature.Kind.LANE,
    MapFeature.Kind.RIVER, MapFeature.Kind.PARK, MapFeature.Kind.HILL,
]  # fmt: skip


def payload() -> dict:
    """GeoJSON FeatureCollection; `properties` are {kind, name}; `schematic` if any part is."""
    areas = Area.objects.filter(geometry__isnull=False).exclude(level=Area.Level.CITY)
    features = MapFeature.objects.filter(kind__in=KINDS)
    rows = [(row.level, row) for row in areas] + [(row.kind, row) for row in features]
    return {
        "type": "FeatureCollection",
        "schematic": any(row.schematic for row in features),
        "features": [_feature(kind, row) for kind, row in rows],
    }


def _feature(kind, row):
    geometry = json.loads(row.geometry.json)
    geometry["coordinates"] = _rounded(geometry["coordinates"])
    return {
        "type": "Feature", "geometry": geometry,
        "properties": {"kind": str(kind), "name": row.name},
    }  # fmt: skip


def _rounded(part):
    if isinstance(part[0], int | float):
        return [round(number, DECIMALS) for number in part[:2]]
    return [_rounded(inner) for inner in part]
