"""Rows of a table or GIS file as an import sees them: fields as text, a geometry, its faults."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import read_table
from citymgmt.lib.reading.cells import compact
from citymgmt.lib.reading.kinds import TABLES
from grid.files.layers import read_records
from grid.geometry import STORED
from inventory.importing.mapping import Mapping

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


@dataclass
class Row:
    """given: fields as text; untrusted: fields whose cell is at fault; faults: (field, value,
    reason). shape: first as the file has it, placed in stored degrees; cell: the unit grid there.
    """

    number: int
    given: dict[str, str]
    shape: Any = None
    faults: list = field(default_factory=list)
    cell: Any = None
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def untrusted(self) -> set[str]:
        return {name for name, _value, _reason in self.faults}


@dataclass
class Source:
    file: str
    rows: list[Row]
    crs: Any
    letter: Callable[[str], str]  # of a column: how a spreadsheet names it
    sheet: str = ""
    left_out: list = field(default_factory=list)
    since_1904: bool = False
    hidden: list[int] = field(default_factory=list)

    def cell(self, number: int, name: str, mapping: Mapping) -> str:
        """B7 C7 in a table, the columns in a GIS file: where a field of a row stands."""
        found = [column for part in _parts(name, mapping) for column in mapping.columns_of(part)]
        letters = [self.letter(column) for column in found]
        return " ".join(f"{one}{number}" if self.is_table else one for one in letters)

    @property
    def is_table(self) -> bool:
        return Path(self.file).suffix.lower() in TABLES


def _parts(name, mapping):
    """The fields that a value was made from."""
    if name == "geometry":
        return ["lon", "lat"]
    if name == "class_code" and name not in mapping.fields:
        return ["code"]
    if name == "code" and name not in mapping.fields:
        return ["number"]
    return [name]


def read_source(path: Path, mapping: Mapping) -> Source:
    if path.suffix.lower() in TABLES:
        return _read_table(path, mapping)
    return _read_gis(path, mapping)


def _read_table(path, mapping):
    if not {"lon", "lat"} <= mapping.fields:
        raise BadInput(_("A table needs columns for lon and lat."), "no_position")
    table = read_table(
        path,
        list(mapping.columns),
        sheet=mapping.sheet,
        header_row=mapping.header_row,
        encoding=mapping.encoding,
    )
    rows = []
    for line in table.lines:
        faults = [(mapping.columns[f.column], f.value, f.reason) for f in line.faults]
        row = Row(line.number, mapping.read(line.fields), faults=faults)
        _read_position(row)
        rows.append(row)
    return Source(
        table.file,
        rows,
        mapping.crs or STORED,
        table.columns.get,
        table.sheet,
        table.left_out,
        table.since_1904,
        table.hidden,
    )


def _read_position(row):
    """A point of the row's own numbers, or why they are no position."""
    texts = [compact(row.given.get(name, "")) for name in ("lon", "lat")]
    if row.untrusted & {"lon", "lat"}:
        return
    if not all(texts):
        row.faults.append(("geometry", " ".join(texts).strip(), _("no position")))
    elif not all(NUMBER.fullmatch(text) for text in texts):
        reason = _("no position: longitude and latitude must be numbers, in degrees 103.705")
        row.faults.append(("geometry", " ".join(texts), reason))
    else:
        row.shape = shapely.Point(*map(float, texts))


def _read_gis(path, mapping):
    try:
        found = read_records(path, layer=mapping.layer, crs=mapping.crs, encoding=mapping.encoding)
    except ValueError as error:
        raise BadInput(f"{path.name}: {error}", "bad_file") from error
    known = {compact(name): name for name in found.fields}
    missing = sorted(name for name in mapping.columns if compact(name) not in known)
    if missing:
        raise BadInput(
            _("%(file)s lacks the columns: %(names)s; it has: %(fields)s")
            % {"file": path.name, "names": ", ".join(missing), "fields": ", ".join(found.fields)},
            "missing_columns",
        )
    columns = {name: found.cells(known[compact(name)]) for name in mapping.columns}
    rows = [_gis_row(n, columns, found, mapping) for n in range(len(found.shapes))]
    return Source(path.name, rows, found.crs, known.get)


def _gis_row(n, columns, found, mapping):
    cells = {name: column[n] for name, column in columns.items()}
    faults = [
        (mapping.columns[name], cell.text, cell.fault) for name, cell in cells.items() if cell.fault
    ]
    texts = {name: cell.text for name, cell in cells.items()}
    row = Row(n + 1, mapping.read(texts), found.shapes[n], faults)
    if found.broken[n]:
        reason = _("the geometry is broken: its rings or lines do not close or have too few points")
        row.faults.append(("geometry", "", reason))
    elif row.shape is None or row.shape.is_empty:
        row.faults.append(("geometry", "", _("no position")))
        row.shape = None
    return row
