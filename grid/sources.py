"""Lines and polygons out of GIS files, as shapely arrays in stored degrees.

Whatever GDAL reads is taken: GeoPackage, FlatGeobuf, Shapefile, GeoJSON, GeoParquet, DXF …
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from .geometry import to_stored


@dataclass(frozen=True)
class Layer:
    """Geometries in stored degrees and their fields, row by row."""

    shapes: NDArray[np.object_]
    fields: dict[str, NDArray[np.object_]]


def read_layer(path: Path | str, *, layer: str | None = None, crs: str | None = None) -> Layer:
    """Read one layer; rows without geometry are left out.

    layer: name, needed where a file has several. crs: coordinate system of a file that does not
    name its own. ValueError with the reason when the file cannot be used.
    """
    try:
        layer = layer or _only_layer(path)
        meta, _fids, wkb, columns = pyogrio.raw.read(path, layer=layer, force_2d=True)
    except pyogrio.errors.DataSourceError as error:
        raise ValueError(_("The file cannot be read: %(why)s") % {"why": error}) from error
    if not (meta["crs"] or crs):
        raise ValueError(_("The file does not name its coordinate system."))
    shapes = shapely.from_wkb(wkb)
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return Layer(
        to_stored(shapes[kept], meta["crs"] or crs),
        {name: column[kept] for name, column in zip(meta["fields"], columns, strict=True)},
    )


def _only_layer(path: Path | str) -> str:
    names = [str(name) for name, _kind in pyogrio.list_layers(path)]
    if len(names) != 1:
        raise ValueError(_("Name one layer of the file: %(names)s") % {"names": ", ".join(names)})
    return names[0]


def read_lines(path: Path | str, *, layer: str | None = None, crs: str | None = None) -> Layer:
    """Single lines; the borders stand for polygons, anything else is refused."""
    found = read_layer(path, layer=layer, crs=crs)
    dimension = shapely.get_dimensions(found.shapes)
    if (dimension == 0).any():
        raise ValueError(_("The layer holds points where lines are needed."))
    shapes = np.where(dimension == 2, shapely.boundary(found.shapes), found.shapes)
    parts, row = shapely.get_parts(shapes, return_index=True)
    return Layer(parts, {name: column[row] for name, column in found.fields.items()})


def read_polygons(path: Path | str, *, layer: str | None = None, crs: str | None = None) -> Layer:
    """Polygons and multipolygons, self-crossings repaired; anything else is refused."""
    found = read_layer(path, layer=layer, crs=crs)
    if (shapely.get_dimensions(found.shapes) != 2).any():
        raise ValueError(_("The layer must hold polygons only."))
    return Layer(shapely.make_valid(found.shapes, method="structure"), found.fields)
