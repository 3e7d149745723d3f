"""Lines and polygons out of GIS files, as shapely arrays in stored degrees.

Taken are the kinds of `settings.GIS_DRIVERS`, also in an archive, told by their content.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from pyproj import CRS

from citymgmt.lib.reading.cells import EXACT, Cell, value_cell
from citymgmt.lib.reading.encodings import Unreadable, choose, codec_named, decode_file
from citymgmt.lib.reading.jsons import load_json
from grid.files.archives import unpacked
from grid.files.databases import check_database
from grid.geometry import check_lon_lat, system_of, to_stored

from .gdal import pyogrio

NAME_LENGTH = 20  # a longer reference system is WKT: its name is said instead
BYTES = "ISO-8859-1"  # each byte is a letter in it: what was read can be made bytes again
GEOJSON = {".json", ".geojson"}
UNREAD = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)


@dataclass(frozen=True)
class Records:
    """Every row of a layer as its file has it.

    shapes: in the system of the file, None where there is none or a broken one; broken: those
    rows; fields: columns by name, text in the right letters; crs: as the file says, or a person.
    """

    shapes: NDArray[np.object_]
    broken: NDArray[np.bool_]
    fields: dict[str, NDArray[Any]]
    crs: str

    def cells(self, name: str) -> list[Cell]:
        return cells(self.fields[name])


@dataclass(frozen=True)
class Layer:
    """Geometries in stored degrees and their fields, row by row; rows: their numbers in the file,
    from 1, where they are no longer those of the list."""

    shapes: NDArray[np.object_]
    fields: dict[str, NDArray[np.object_]]
    rows: NDArray[np.intp] | None = None

    def row(self, index: int) -> int:
        return index + 1 if self.rows is None else int(self.rows[index])


def cells(column: NDArray[Any]) -> list[Cell]:
    """The values of a column as text, with what is wrong with them."""
    return [value_cell(value, EXACT) for value in column]


# --- reading --------------------------------------------------------------------------------
def read_records(
    path: Path | str,
    *,
    layer: str | None = None,
    crs: str | int | None = None,
    encoding: str | None = None,
) -> Records:
    """Read one layer whole.

    layer: name, needed where a file has several. crs: the coordinate system, believed more than
    what the file says. encoding: of its text; else UTF-8 where that fits, what a .cpg says, or
    GB18030. A zipped shapefile is read as it is. ValueError when the file cannot be used.
    """
    with unpacked(path, layer) as place:
        check_database(place)
        packed = place != Path(path)
        return _records(place, None if packed and place.suffix == ".shp" else layer, crs, encoding)


def _records(path: Path, layer: str | None, crs: str | int | None, encoding: str | None) -> Records:
    try:
        layer = layer or _only_layer(path)
        meta, wkb, columns = _read(path, layer, _codec(encoding))
    except UNREAD as error:
        why = str(error).replace(str(path), path.name)
        raise ValueError(_("The file cannot be read: %(why)s") % {"why": why}) from error
    if wkb is None:
        raise ValueError(_("The file is a table without geometry."))
    system = crs or _stated(path, meta["crs"])
    if not system:
        raise ValueError(
            _("The file does not name its coordinate system (a shapefile does so in its .prj).")
        )
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    given = np.array([one is not None for one in wkb], dtype=bool)
    fields = dict(zip(meta["fields"], columns, strict=True))
    return Records(shapes, given & shapely.is_missing(shapes), fields, system)


def _stated(path: Path | str, found: str | None) -> str | None:
    """The coordinate system as the file says. GDAL takes GeoJSON for WGS 84 where it does not
    understand what the file says."""
    if Path(path).suffix.lower() not in GEOJSON:
        return found
    data = Path(path).read_bytes()
    written = b'"crs"' in data or b"\\u" in data  # a name may be spelled in escapes
    whole = load_json(decode_file(data)) if written else {}
    if "crs" not in whole:
        return found
    said = whole["crs"]
    name = (said.get("properties") or {}).get("name") if isinstance(said, dict) else said
    if name is None:
        return None
    system_of(name)  # ValueError for one that is not known
    return str(name)


def _codec(name: str | None) -> str | None:
    try:
        return codec_named(name)
    except LookupError as error:
        raise ValueError(_("There is no encoding “%s”.") % name) from error


def _read(path: Path | str, layer: str, codec: str | None) -> tuple[dict[str, Any], Any, list[Any]]:
    """(meta, WKB, columns); text of a shapefile never in the encoding that GDAL supposes."""
    info = pyogrio.read_info(path, layer=layer, encoding=BYTES)
    if info["driver"] == "ESRI Shapefile" or codec:
        return _recoded(path, layer, codec)
    try:
        return _raw(path, layer, None)
    except UnicodeDecodeError:
        return _recoded(path, layer, codec)


def _raw(path: Path | str, layer: str, encoding: str | None) -> tuple[Any, Any, list[Any]]:
    with warnings.catch_warnings():
        # GDAL warns of each ring that is not closed; those rows are told by `broken`.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="pyogrio")
        meta, _fids, wkb, columns = pyogrio.raw.read(
            path, layer=layer, force_2d=True, encoding=encoding
        )
    return meta, wkb, list(columns)


def _recoded(path: Path | str, layer: str, codec: str | None) -> tuple[Any, Any, list[Any]]:
    meta, wkb, columns = _raw(path, layer, BYTES)
    texts = [
        (row, value)
        for column in columns
        if column.dtype == object
        for row, value in enumerate(column, start=1)
        if isinstance(value, str)
    ]
    names = [(0, name) for name in meta["fields"]]
    numbered = [(row, text.encode(BYTES)) for row, text in names + texts]
    try:
        found = choose([text for _row, text in numbered if not text.isascii()], codec, _cpg(path))
    except Unreadable as error:
        row = [row for row, text in numbered if not text.isascii()][error.index]
        raise ValueError(
            _("Row %(row)d: its text is not in %(encoding)s; name the encoding of the file.")
            % {"row": row, "encoding": error.codec or "UTF-8, GB18030"}
        ) from error
    meta["fields"] = np.array([_text(name, found) for name in meta["fields"]], dtype=object)
    return meta, wkb, [_column(column, found) for column in columns]


def _column(column: NDArray[Any], codec: str) -> NDArray[Any]:
    if column.dtype != object:
        return column
    out = np.empty(len(column), dtype=object)
    out[:] = [_text(value, codec) if isinstance(value, str) else value for value in column]
    return out


def _text(value: str, codec: str) -> str:
    # A field may be too short for its text: what is left of a letter is marked, and told later.
    return value.encode(BYTES).decode(codec, "replace")


def _cpg(path: Path | str) -> str | None:
    """What the .cpg beside a shapefile says; None for nothing of sense."""
    beside = Path(path).with_suffix(".cpg")
    try:
        said = beside.read_bytes() if beside.is_file() else b""
        return codec_named(said.decode("ascii"))
    except (LookupError, UnicodeDecodeError):
        return None


def read_layer(
    path: Path | str,
    *,
    layer: str | None = None,
    crs: str | int | None = None,
    encoding: str | None = None,
) -> Layer:
    """`read_records` in stored degrees; rows without geometry are left out.

    ValueError with the reason when the file cannot be used: unreadable, no or a wrong reference
    system, a broken geometry, exchanged axes.
    """
    found = read_records(path, layer=layer, crs=crs, encoding=encoding)
    if found.broken.any():
        raise ValueError(
            _("A geometry is broken: its rings or lines do not close or have too few points (%s).")
            % _which(found.broken)
        )
    kept = ~(shapely.is_missing(found.shapes) | shapely.is_empty(found.shapes))
    _check_numbers(found.shapes, kept)
    stored = to_stored(found.shapes[kept], found.crs)
    _check_place(stored, found.crs, np.flatnonzero(kept))
    fields = {name: column[kept] for name, column in found.fields.items()}
    return Layer(stored, fields, np.flatnonzero(kept) + 1)


def check_texts(layer: Layer, names: Iterable[str]) -> None:
    """ValueError with row and field where a value of these fields cannot be trusted: letters read
    in the wrong encoding, digits lost. Fields are named in any case; missing ones are passed by."""
    wanted = {name.lower() for name in names}
    for name, column in layer.fields.items():
        if name.lower() not in wanted:
            continue
        for index, cell in enumerate(cells(column)):
            if cell.fault:
                raise ValueError(
                    _("Row %(row)d, field %(field)s, “%(value)s”: %(why)s")
                    % {
                        "row": layer.row(index),
                        "field": name,
                        "value": cell.text[:40],
                        "why": cell.fault,
                    }
                )


def _check_numbers(shapes: NDArray[np.object_], kept: NDArray[np.bool_]) -> None:
    wrong = kept & ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if wrong.any():
        raise ValueError(_("Coordinates are no numbers (%s).") % _which(wrong))


def _check_place(shapes: NDArray[np.object_], crs: str, rows: NDArray[np.intp]) -> None:
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
            % {"why": error, "row": rows[row] + 1, "crs": _named(crs)}
        ) from error


def _named(crs: str | int) -> str:
    text = str(crs)
    return text if len(text) < NAME_LENGTH else str(CRS.from_user_input(text).name)


def _only_layer(path: Path | str) -> str:
    names = [str(name) for name, _kind in pyogrio.list_layers(path)]
    if len(names) != 1:
        raise ValueError(_("Name one layer of the file: %(names)s") % {"names": ", ".join(names)})
    return names[0]


# --- what is needed ---------------------------------------------------------------------------
def read_lines(path: Path | str, **how: Any) -> Layer:
    """Single lines; the borders stand for polygons, anything else is refused. how: see
    `read_records`."""
    found = _some(read_layer(path, **how))
    dimension = shapely.get_dimensions(found.shapes)
    if (dimension == 0).any():
        raise ValueError(
            _("The layer holds points where lines are needed (%(what)s).")
            % {"what": _which(dimension == 0)}
        )
    shapes = np.where(dimension == 2, shapely.boundary(found.shapes), found.shapes)
    parts, row = shapely.get_parts(shapes, return_index=True)
    fields = {name: column[row] for name, column in found.fields.items()}
    return Layer(parts, fields, None if found.rows is None else found.rows[row])


def read_polygons(path: Path | str, **how: Any) -> Layer:
    """Polygons and multipolygons, self-crossings repaired; anything else is refused. how: see
    `read_records`."""
    found = _some(read_layer(path, **how))
    other = shapely.get_dimensions(found.shapes) != 2
    if other.any():
        raise ValueError(
            _("The layer must hold polygons only (%(what)s).") % {"what": _which(other)}
        )
    return Layer(shapely.make_valid(found.shapes, method="structure"), found.fields, found.rows)


def _some(layer: Layer) -> Layer:
    if not len(layer.shapes):
        raise ValueError(_("The layer holds no shapes."))
    return layer


def _which(wrong: NDArray[np.bool_]) -> str:
    return _("%(count)d of %(all)d rows, the first is row %(row)d") % {
        "count": wrong.sum(),
        "all": len(wrong),
        "row": int(np.argmax(wrong)) + 1,
    }
