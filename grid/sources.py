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
from pyproj import CRS

from .geometry import check_lon_lat, to_stored

NAME_LENGTH = 20  # a longer reference system is WKT: its name is said instead


@dataclass(frozen=True)
class Layer:
    """Geometries in stored degrees and their fields, row by row."""

    shapes: NDArray[np.object_]
    fields: dict[str, NDArray[np.object_]]


def read_layer(path: Path | str, *, layer: str | None = None, crs: str | None = None) -> Layer:
    """Read one layer; rows without geometry are left out.

    layer: name, needed where a file has several. crs: coordinate system of a file that does not
    name its own. A zipped shapefile is read as it is. ValueError with the reason when the file
    cannot be used: unreadable, no or a wrong reference system, exchanged axes.
    """
    try:
        layer = layer or _only_layer(path)
        meta, _fids, wkb, columns = pyogrio.raw.read(path, layer=layer, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        why = str(error).replace(str(path), Path(path).name)
        raise ValueError(_("The file cannot be read: %(why)s") % {"why": why}) from error
    if wkb is None:
        raise ValueError(_("The file is a table without geometry."))
    if not (meta["crs"] or crs):
        raise ValueError(
            _("The file does not name its coordinate system (a shapefile does so in its .prj).")
        )
    shapes = shapely.from_wkb(wkb)
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    stored = to_stored(shapes[kept], meta["crs"] or crs)
    _check_place(stored, meta["crs"] or crs)
    return Layer(
        stored, {name: column[kept] for name, column in zip(meta["fields"], columns, strict=True)}
    )


def _check_place(shapes: NDArray[np.object_], crs: str) -> None:
    """Coordinates that are no degrees on earth, or exchanged, name the first row they are in."""
    bounds = shapely.bounds(shapes)
    if not len(bounds):
        return
    wrong = ~np.isfinite(bounds).all(axis=1)
    wrong |= (np.abs(bounds[:, [0, 2]]) > 180).any(axis=1) | (np.abs(bounds[:, [1, 3]]) > 90).any(1)
    row = int(np.argmax(wrong)) if wrong.any() else 0
    try:
        check_lon_lat(*bounds[row, :2])
        check_lon_lat(*bounds[row, 2:])
    except ValueError as error:
        raise ValueError(
            _("%(why)s Row %(row)d; the file says its coordinate system is %(crs)s.")
            % {"why": error, "row": row + 1, "crs": _named(crs)}
        ) from error


def _named(crs: str) -> str:
    return crs if len(crs) < NAME_LENGTH else str(CRS.from_user_input(crs).name)


def _only_layer(path: Path | str) -> str:
    names = [str(name) for name, _kind in pyogrio.list_layers(path)]
    if len(names) != 1:
        raise ValueError(_("Name one layer of the file: %(names)s") % {"names": ", ".join(names)})
    return names[0]


def read_lines(path: Path | str, *, layer: str | None = None, crs: str | None = None) -> Layer:
    """Single lines; the borders stand for polygons, anything else is refused."""
    found = _some(read_layer(path, layer=layer, crs=crs))
    dimension = shapely.get_dimensions(found.shapes)
    if (dimension == 0).any():
        raise ValueError(
            _("The layer holds points where lines are needed (%(what)s).")
            % {"what": _which(dimension == 0)}
        )
    shapes = np.where(dimension == 2, shapely.boundary(found.shapes), found.shapes)
    parts, row = shapely.get_parts(shapes, return_index=True)
    return Layer(parts, {name: column[row] for name, column in found.fields.items()})


def read_polygons(path: Path | str, *, layer: str | None = None, crs: str | None = None) -> Layer:
    """Polygons and multipolygons, self-crossings repaired; anything else is refused."""
    found = _some(read_layer(path, layer=layer, crs=crs))
    other = shapely.get_dimensions(found.shapes) != 2
    if other.any():
        raise ValueError(
            _("The layer must hold polygons only (%(what)s).") % {"what": _which(other)}
        )
    return Layer(shapely.make_valid(found.shapes, method="structure"), found.fields)


def _some(layer: Layer) -> Layer:
    if not len(layer.shapes):
        raise ValueError(_("The layer holds no shapes."))
    return layer


def _which(wrong: NDArray[np.bool_]) -> str:
    return _("%(count)d of %(all)d rows, the first is row %(row)d") % {
        "count": wrong.sum(), "all": len(wrong), "row": int(np.argmax(wrong)) + 1,
    }  # fmt: skip
