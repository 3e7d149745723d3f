"""Rows of a text file or workbook, before anybody knows which row is the heading."""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading.cells import Cell, error_words, text_cell, value_cell
from citymgmt.lib.reading.encodings import Unreadable, decode_file

SEPARATORS = (",", "\t", ";", "|")
SAID = re.compile(r"sep=(.)\s*")  # a first line by which a spreadsheet names its separator
PADDED = re.compile(r"0{2,}")  # a number format that shows leading zeros
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
    time; `merged` is [(first column, first row, last column, last row)], known after the rows."""

    name: str
    rows: Callable[[], Iterator[tuple[int, dict[int, Cell]]]]
    merged: list
    since_1904: bool = False


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
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                if said and number == 1:
                    continue
                cells = {at: text_cell(value) for at, value in enumerate(row, start=1)}
                yield number, {at: cell for at, cell in cells.items() if cell.text}
        except csv.Error as error:
            raise BadInput(
                _("%(file)s, row %(row)d: its quotation marks or lines do not fit (%(why)s).")
                % {"file": path.name, "row": number + 1, "why": error},
                "bad_csv",
            ) from error

    return rows


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
    merged = []

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
            for number, cells in parser.parse():
                found = ((cell["column"], _book_cell(sheet, cell)) for cell in cells)
                yield number, {at: cell for at, cell in found if cell.text or cell.fault}
            ranges = parser.merged_cells.mergeCell if parser.merged_cells else ()
            merged[:] = [found.bounds for found in ranges]

    return Sheet(sheet.title, rows, merged, mac)


def _book_cell(sheet, cell):
    if cell.pop("uncounted"):
        return Cell("", _("the formula was never calculated; open the file, save it again"))
    if cell["data_type"] == "e":
        return Cell(str(cell["value"]), error_words(cell["value"]))
    found = value_cell(cell["value"])
    if cell["data_type"] == "n" and cell["style_id"] and found.text.isdigit():
        shown = ReadOnlyCell(sheet, **cell).number_format
        if PADDED.fullmatch(shown):
            return Cell(found.text.zfill(len(shown)), found.fault)
    return found


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
