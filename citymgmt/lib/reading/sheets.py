"""Rows of a text file or workbook, before anybody knows which row is the heading."""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import ParseError

import openpyxl
from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading.cells import Cell, error_words, text_cell, value_cell
from citymgmt.lib.reading.encodings import Unreadable, decode_file

SEPARATORS = (",", "\t", ";", "|")
SAID = re.compile(r"sep=(.)\s*")  # a first line by which a spreadsheet names its separator
# A number format that shows leading zeros, and what may stand between them: 000-0000, "A"000.
PATTERN = re.compile(r"""(?:0|-|"[^"]*"|\\.)+""")
PLACE = re.compile(r"""0|-|"([^"]*)"|\\(.)""")
NUMERAL = re.compile(r"-?\d+(\.\d+)?")
PERCENT = re.compile(r"[#,0]*(?:\.[0#]+)?%")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes characters that XML cannot
# What openpyxl and the XML parser raise over a workbook whose parts do not fit together.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
)


@dataclass(frozen=True)
class Sheet:
    """`rows()` gives (row number as a spreadsheet shows it, {column from 1: Cell}), anew each
    time; `merged` is [(first column, first row, last column, last row)] and `hidden` the numbers of
    rows that the program does not show, both known after the rows; `visible`: the sheet itself."""

    name: str
    rows: Callable[[], Iterator[tuple[int, dict[int, Cell]]]]
    merged: list
    since_1904: bool = False
    hidden: list = field(default_factory=list)
    visible: bool = True


# --- text -----------------------------------------------------------------------------------
def sheets_of_text(path: Path, encoding: str | None) -> list[Sheet]:
    """The file once for each separator it may be written with, the likeliest first."""
    try:
        text = decode_file(path.read_bytes(), encoding)
    except Unreadable as error:
        raise BadInput(
            _("%(file)s, row %(row)d: not text in %(encoding)s; name its encoding.")
            % {"file": path.name, "row": error.index, "encoding": error.codec},
            "encoding",
        ) from error
    text = text.lstrip("\ufeff")
    said = SAID.fullmatch(text.partition("\n")[0])
    tried = said.group(1) if said else SEPARATORS
    return [Sheet("", _text_rows(path, text, sign, bool(said)), []) for sign in tried]


def _text_rows(path, text, separator, said):
    def rows():
        # Strict: an open quotation mark would swallow the rest of the file without a word.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        number = count = 0
        try:
            for number, row in enumerate(reader, start=1):
                if said and number == 1:
                    continue
                count += len(row)
                if count > settings.TABLE_MAX_CELLS:
                    raise _too_many(path)
                cells = {at: text_cell(value) for at, value in enumerate(row, start=1)}
                yield number, {at: cell for at, cell in cells.items() if cell.text}
        except csv.Error as error:
            raise BadInput(
                _("%(file)s, row %(row)d: its quotation marks or lines do not fit (%(why)s).")
                % {"file": path.name, "row": number + 1, "why": error},
                "bad_csv",
            ) from error

    return rows


def _too_many(path):
    return BadInput(
        _("%(file)s has more than %(most)s cells; divide it.")
        % {"file": path.name, "most": settings.TABLE_MAX_CELLS},
        "too_large",
    )


# --- workbooks --------------------------------------------------------------------------------
class _Parser(WorkSheetParser):
    """Tells a formula that was never calculated from an empty cell."""

    def parse_cell(self, element):
        cell = super().parse_cell(element)
        value = element.find(VALUE_TAG)
        empty = value is None or (not value.text and element.get("t") != "str")
        cell["uncounted"] = empty and element.find(FORMULA_TAG) is not None
        return cell


def sheets_of_book(path: Path) -> list[Sheet]:
    """All sheets with cells. What the file says about its own size is not believed."""
    with _damage(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    mac = book.epoch == CALENDAR_MAC_1904
    return [_book_sheet(path, sheet, mac) for sheet in book.worksheets]


def _book_sheet(path, sheet, mac):
    merged, hidden = [], []

    def rows():
        book = sheet.parent
        with _damage(path), sheet._get_source() as source:
            parser = _Parser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            last = count = 0
            for number, cells in parser.parse():
                count += len(cells)
                if count > settings.TABLE_MAX_CELLS:
                    raise _too_many(path)
                if number <= last:  # one of the two would be lost
                    raise ValueError(_("row %d stands there twice, or in the wrong place") % number)
                last = number
                found = ((cell["column"], _book_cell(sheet, cell)) for cell in cells)
                yield number, {at: cell for at, cell in found if cell.text or cell.fault}
            ranges = parser.merged_cells.mergeCell if parser.merged_cells else ()
            merged[:] = [found.bounds for found in ranges]
            looks = parser.row_dimensions.items()
            hidden[:] = [int(row) for row, look in looks if look.get("hidden") in ("1", "true")]

    visible = sheet.sheet_state == "visible"
    return Sheet(sheet.title, rows, merged, mac, hidden, visible)


def _book_cell(sheet, cell):
    if cell.pop("uncounted"):
        return Cell("", _("the formula was never calculated; open the file, save it again"))
    if cell["data_type"] == "e":
        return Cell(str(cell["value"]), error_words(cell["value"]))
    value = cell["value"]
    if isinstance(value, str):
        value = ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    found = value_cell(value)
    if cell["data_type"] == "n" and cell["style_id"]:
        return Cell(_shown(found.text, ReadOnlyCell(sheet, **cell).number_format), found.fault)
    return found


def _shown(text, pattern):
    """A number as its format shows it, where the format adds to it: leading zeros, dashes, words
    or the sign of a percentage."""
    if PERCENT.fullmatch(pattern) and NUMERAL.fullmatch(text):
        return f"{(Decimal(text) * 100).normalize():f}%"
    places = pattern.count("0")
    if not (text.isdigit() and PATTERN.fullmatch(pattern) and places) or pattern == "0":
        return text
    digits = iter(text.zfill(places))
    parts, more = [], max(0, len(text) - places)
    for found in PLACE.finditer(pattern):
        if found[0] == "0":
            parts += islice(digits, 1 + more)
            more = 0
        else:
            parts.append(found[1] or found[2] or found[0].strip('"'))
    return "".join(parts)


class _damage:
    """What a damaged workbook raises becomes one sentence; a warning about decoration is none."""

    def __init__(self, path):
        self.path, self.quiet = path, warnings.catch_warnings()

    def __enter__(self):
        self.quiet.__enter__()
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")

    def __exit__(self, kind, error, trace):
        self.quiet.__exit__(kind, error, trace)
        if isinstance(error, DAMAGED):
            raise BadInput(
                _("%(file)s cannot be read: it is cut off or damaged (%(why)s).")
                % {"file": self.path.name, "why": error},
                "wrong_kind",
            ) from error
