"""What officers draw or upload: GeoJSON or a GIS file, checked, as shapes in stored degrees.

Everything that cannot be meant is refused with where it is wrong; what can be repaired without
changing what is meant is repaired, and said.
"""

import json
from pathlib import Path

import numpy as np
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from shapely.geometry import LineString, Polygon, mapping
from shapely.validation import explain_validity

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading.jsons import load_json
from grid.build.builder.measure import FAULT_M2
from grid.files.layers import read_layer
from grid.geometry import area_m2, check_lon_lat

DEGREES = ("CRS84", "4326", "4490")  # reference systems whose degrees are taken as they are
MOST_VERTICES = 200_000
WORDS = {"Point": _lazy("points"), "LineString": _lazy("lines"), "Polygon": _lazy("polygons")}


# --- reading --------------------------------------------------------------------------------
def from_file(path: Path | str, *, layer: str | None = None, crs: str | None = None) -> dict:
    """A GIS file as GeoJSON in stored degrees; `crs` for a file that does not name its own."""
    try:
        found = read_layer(path, layer=layer, crs=crs)
    except ValueError as error:
        raise BadInput(str(error), "bad_file") from error
    return as_geojson(found.shapes)


def as_geojson(shapes) -> dict:
    return {"type": "GeometryCollection", "geometries": [mapping(shape) for shape in shapes]}


def _shapes(drawn) -> list:
    """Single geometries in a GeoJSON text or object, or in a list of shapely geometries."""
    given = isinstance(drawn, (list, tuple, np.ndarray))
    found = list(drawn) if given else _parsed(drawn)
    found = [shapely.force_2d(shape) for shape in found if not shape.is_empty]
    if not found:
        raise BadInput(_("Nothing was drawn."), "empty")
    if shapely.get_num_coordinates(found).sum() > MOST_VERTICES:
        raise BadInput(_("The drawing has more than %d vertices.") % MOST_VERTICES, "too_large")
    _check_degrees(found)
    return found


def _parsed(drawn) -> list:
    try:
        data = load_json(drawn) if isinstance(drawn, (str, bytes)) else drawn
        _check_reference(data)
        whole = shapely.from_geojson(json.dumps(data))
    except (TypeError, AttributeError, ValueError, RecursionError, shapely.GEOSException) as error:
        reason = _("The drawing cannot be read as GeoJSON: %s") % error
        raise BadInput(reason, "bad_geojson") from error
    parts = shapely.get_parts([whole])
    while (shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        parts = shapely.get_parts(parts)
    return list(parts)


def _check_reference(data):
    name = str(((data.get("crs") or {}).get("properties") or {}).get("name", ""))
    if name and not name.endswith(DEGREES):
        raise BadInput(
            _("The drawing is in the reference system %s; degrees of CGCS2000 are needed.") % name,
            "reference_system",
        )


def _check_degrees(shapes):
    for west, south, east, north in shapely.bounds(shapes):
        if max(abs(west), abs(east), abs(south), abs(north)) > 360:
            raise BadInput(
                _("These coordinates are no degrees; name the reference system of the file."),
                "reference_system",
            )
        for lon, lat in ((west, south), (east, north)):
            try:
                check_lon_lat(lon, lat)
            except ValueError as error:
                raise BadInput(str(error), "bad_coordinates") from error


# --- lines ----------------------------------------------------------------------------------
def lines(drawn) -> list[LineString]:
    """Lines to split along; anything else is refused."""
    found = _of_type(_shapes(drawn), "LineString", _("Draw lines here, not %s."))
    for line in found:
        if not line.is_valid:
            raise BadInput(_("A line has no length."), "no_length")
    return found


def _of_type(shapes, wanted, message):
    wrong = sorted({s.geom_type for s in shapes if s.geom_type.removeprefix("Multi") != wanted})
    if wrong:
        names = ", ".join(str(WORDS.get(name.removeprefix("Multi"), name)) for name in wrong)
        raise BadInput(message % names, "wrong_geometry")
    return shapes if wanted == "Polygon" else list(shapely.get_parts(shapes))


# --- polygons -------------------------------------------------------------------------------
def polygon(drawn) -> Polygon:
    """Exactly one polygon, drawn by hand: one that crosses itself is refused with the place."""
    shapes = _of_type(_shapes(drawn), "Polygon", _("Draw a polygon here, not %s."))
    parts = shapely.get_parts(shapes)
    if len(parts) != 1:
        raise BadInput(_("Draw one polygon, not %d.") % len(parts), "several")
    if not parts[0].is_valid:
        raise BadInput(_("The polygon is not valid: %s.") % reason_of(parts[0]), "invalid_polygon")
    return parts[0]


def polygons(drawn) -> tuple[list[Polygon], list[str]]:
    """One polygon per geometry, and what was repaired. A geometry of several parts is refused:
    a unit grid is one polygon."""
    shapes = _of_type(_shapes(drawn), "Polygon", _("Draw polygons here, not %s."))
    found, notes = [], []
    for number, shape in enumerate(shapes, start=1):
        parts = _parts(shape)
        if len(parts) != 1:
            raise BadInput(_several(number, shape, parts), "several")
        if not shape.is_valid:
            notes.append(
                _("Polygon %(number)d was repaired: %(why)s.")
                % {"number": number, "why": reason_of(shape)}
            )
        found.append(parts[0])
    return found, notes


def _parts(shape):
    whole = shape if shape.is_valid else shapely.make_valid(shape, method="structure")
    parts = shapely.get_parts(shapely.get_parts([whole]))
    return [p for p in parts if p.geom_type == "Polygon" and area_m2(p) > FAULT_M2]


def _several(number, shape, parts):
    if not parts:
        return _("Polygon %d encloses no ground.") % number
    if shape.is_valid:
        return _("Polygon %(number)d has %(parts)d parts; a unit grid is one polygon.") % {
            "number": number, "parts": len(parts),
        }  # fmt: skip
    return _("Polygon %(number)d is not valid (%(why)s) and would fall into %(parts)d parts.") % {
        "number": number, "why": reason_of(shape), "parts": len(parts),
    }  # fmt: skip


def reason_of(shape):
    """What is wrong and where; GEOS says e.g. “Self-intersection[103.7 36.1]”."""
    what, _bracket, place = explain_validity(shape).rstrip("]").partition("[")
    lon, lat = (float(value) for value in place.split()[:2])
    if "elf-intersection" in what:
        return _("it crosses itself at %(lon).6f, %(lat).6f") % {"lon": lon, "lat": lat}
    return _("its rings do not fit together at %(lon).6f, %(lat).6f") % {"lon": lon, "lat": lat}
