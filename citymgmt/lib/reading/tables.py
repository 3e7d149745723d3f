"""The table in a file: which sheet and row hold the headings, and the rows under them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import kinds
from citymgmt.lib.reading.cells import NOTHING, compact
from citymgmt.lib.reading.encodings import codec_named
from citymgmt.lib.reading.sheets import sheets_of_book, sheets_of_text

LISTED = 20  # errors told one by one; the rest is a number
HEAD_ROWS = 20  # titles and remarks above a heading are no longer than this
TOTALS = {
    "合计",
    "总计",
    "小计",
    "共计",
    "累计",
    "总数",
    "汇总",
    "total",
    "sum",
    "subtotal",
    "grandtotal",
}
FIGURE = re.compile(r"[+\-]?[\d.,]*%?")  # what stands beside the word in a row of totals


class Fault(NamedTuple):
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Line:
    """A row: its number in the file, its fields as text, and the cells that cannot be trusted."""

    number: int
    fields: dict[str, str]
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """columns: {heading as asked for: letter of its column}; left_out: rows of totals, as
    [(number, first text)]; since_1904: see `read_date`; hidden: numbers of the lines that a
    spreadsheet does not show (they are lines like the others)."""

    file: str
    sheet: str
    columns: dict[str, str]
    lines: list[Line]
    left_out: list[tuple[int, str]]
    since_1904: bool
    hidden: list[int]

    def cell(self, line: Line, column: str) -> str:
        """B7, where the column is one of the file."""
        return f"{self.columns[column]}{line.number}" if column in self.columns else ""


@dataclass(frozen=True)
class _Asked:
    """The columns that are needed, those that may be there, and how people head them."""

    wanted: Sequence[str]
    also: Sequence[str]
    ways: Mapping[str, Sequence[str]]

    def of(self, name: str) -> list[str]:
        """The headings that mean a column, as they are compared, the usual one first."""
        return [compact(way).casefold() for way in self.ways.get(name, (name,))]


def read_table(
    path,
    wanted: Sequence[str] = (),
    *,
    also: Sequence[str] = (),
    ways: Mapping[str, Sequence[str]] = MappingProxyType({}),
    sheet=None,
    header_row=None,
    encoding=None,
) -> Table:
    """The rows under the headings `wanted` (all headings of the first row without them).

    Codes stay text with their leading zeros. A workbook is read from the one visible sheet that has
    the headings, a hidden one only by its name; they stand in the first of the upper rows that has
    them all, or in `header_row` (from 1). Headings are compared without blanks and invisible
    characters, full-width as half-width, capital as small. `also`: columns that may be missing;
    `ways`: the headings people use for a column, its own name where none is given. Merged cells
    count for every row they cover. Rows without a value of their own and rows of totals are left
    out. encoding: of a text file that is neither UTF-8 nor GB18030.
    BadInput when the file as a whole cannot be used.
    """
    path, asked = Path(path), _Asked(wanted, also, ways)
    if kinds.kind_of(path) == kinds.TEXT:
        found = _of_text(path, asked, header_row, encoding)
    else:
        found = _of_book(path, asked, header_row, sheet)
    return _table(path, asked, *found)


def _of_text(path, asked, header_row, encoding):
    """The file under the separator by which the headings are found."""
    heads, errors = [], []
    for one in sheets_of_text(path, _codec(encoding)):
        try:
            heads.append((one, _headed(one.rows(), asked, header_row)))
        except BadInput as error:
            errors.append(error)
    if not heads:
        raise errors[0]
    sheet, head = min(heads, key=lambda pair: len(pair[1].missing))
    return sheet, {number: cells for number, cells in sheet.rows() if cells}, head


def _of_book(path, asked, header_row, name):
    """The one sheet that has the headings, its merged cells filled."""
    found = []
    for sheet in _named(path, sheets_of_book(path), name):
        rows = _filled(sheet)
        found.append((sheet, rows, _headed(rows.items(), asked, header_row)))
    fitting = [one for one in found if not one[2].missing]
    if len(fitting) > 1:
        # A sheet with headings alone, as forms have one, takes nothing away.
        fitting = [one for one in fitting if max(one[1]) > one[2].row] or fitting[:1]
    if len(fitting) > 1:
        names = ", ".join(sheet.name for sheet, _rows, _head in fitting)
        raise BadInput(
            _("%(file)s has the columns in several sheets: %(names)s. Name the one that is meant.")
            % {"file": path.name, "names": names},
            "several_sheets",
        )
    return fitting[0] if fitting else min(found, key=lambda one: len(one[2].missing))


def _codec(name):
    try:
        return codec_named(name)
    except LookupError as error:
        raise BadInput(_("There is no encoding “%s”.") % name, "encoding") from error


def _named(path, sheets, name):
    if not name:
        return [one for one in sheets if one.visible] or sheets
    chosen = [one for one in sheets if compact(one.name) == compact(name)]
    if not chosen:
        names = ", ".join(one.name for one in sheets)
        raise BadInput(
            _("%(file)s has no sheet “%(name)s”; it has: %(names)s.")
            % {"file": path.name, "name": name, "names": names or "–"},
            "no_sheet",
        )
    return chosen


# --- headings -------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Heading:
    """Where the headings stand: {name: column}, and what is missing or there twice."""

    row: int
    at: dict[str, int]
    missing: list[str]
    twice: list[str]
    last: int = 0  # the last column that has a heading of any name


def _headed(rows, asked, header_row):
    found = []
    for number, cells in rows:
        if number > (header_row or HEAD_ROWS):
            break
        if cells and header_row in (None, number):
            found.append(_heading(number, cells, asked))
            if not found[-1].missing:
                break
    if not found:
        return _Heading(header_row or 1, {}, _as_headed(asked, asked.wanted), [])
    return min(found, key=lambda one: len(one.missing))


def _heading(number, cells, asked):
    columns = {}
    for column, cell in sorted(cells.items()):
        columns.setdefault(compact(cell.text).casefold(), []).append(column)
    names = asked.wanted or [cell.text for _column, cell in sorted(cells.items())]
    found = {name: _places(columns, asked.of(name)) for name in (*names, *asked.also)}
    at = {name: places[0] for name, places in found.items() if places}
    twice = _as_headed(asked, [name for name, places in found.items() if len(places) > 1])
    missing = _as_headed(asked, [name for name in names if name not in at])
    return _Heading(number, at, missing, twice, max(cells))


def _places(columns, ways):
    """The columns under the first of the headings that is there."""
    return next((columns[way] for way in ways if way in columns), [])


def _as_headed(asked, names):
    return [asked.ways[name][0] if name in asked.ways else name for name in names]


# --- rows -----------------------------------------------------------------------------------
def _table(path, asked, sheet, rows, head):
    place = path.name + (f" [{sheet.name}]" if sheet.name else "")
    for names, code, words in (
        (head.missing, "missing_columns", _("%(file)s lacks the columns: %(names)s")),
        (head.twice, "double_columns", _("%(file)s has these columns twice: %(names)s")),
    ):
        if names:
            raise BadInput(words % {"file": place, "names": ", ".join(names)}, code)
    if not head.at:
        raise BadInput(_("%(file)s holds no rows.") % {"file": place}, "empty")
    lines, left_out = [], []
    for number, cells in rows.items():
        line = _line(number, cells, head)
        if not sheet.name and max(cells, default=0) > head.last:
            line.faults.append(_overhang(cells, head))
        if number <= head.row or _repeats_heading(line, asked) or _bare(line):
            continue
        if first := _total(cells, line):
            left_out.append((number, first))
        else:
            lines.append(line)
    columns = {name: get_column_letter(at) for name, at in head.at.items()}
    hidden = [line.number for line in lines if line.number in set(sheet.hidden)]
    return Table(path.name, sheet.name, columns, lines, left_out, sheet.since_1904, hidden)


def _bare(line):
    return not line.faults and not any(line.fields.values())


def _repeats_heading(line, asked):
    """The heading again, as on each page of a print, or its second row."""
    given = {name: text for name, text in line.fields.items() if text}
    repeats = (compact(text).casefold() in asked.of(name) for name, text in given.items())
    return bool(given) and all(repeats)


def _filled(sheet):
    """{number: cells} of rows with a value of their own, and in them what merged cells say."""
    rows = {number: cells for number, cells in sheet.rows() if cells}
    own = {number: set(cells) for number, cells in rows.items()}
    widest = max((max(cells) for cells in rows.values()), default=0)
    left = settings.TABLE_MAX_CELLS
    for west, north, east, south in sheet.merged:
        value = rows.get(north, {}).get(west)
        if value is None:
            continue
        covered = _covered(rows, north, south)
        cells = len(covered) * max(0, min(east, widest) + 1 - west)
        left -= max(cells, min(south - north, len(rows)))
        if left < 0:
            raise BadInput(_("The merged cells cover too much; divide the table."), "too_large")
        for number in covered:
            for column in range(west, min(east, widest) + 1):
                if column not in own[number]:
                    rows[number][column] = value
    return rows


def _covered(rows, north, south):
    """Numbers of stored rows in a range, however far the range pretends to reach."""
    if south - north < len(rows):
        return [number for number in range(north, south + 1) if number in rows]
    return [number for number in rows if north <= number <= south]


def _line(number, cells, head):
    found = {name: cells.get(column, NOTHING) for name, column in head.at.items()}
    faults = [Fault(name, cell.text, cell.fault) for name, cell in found.items() if cell.fault]
    return Line(number, {name: cell.text for name, cell in found.items()}, faults)


def _overhang(cells, head):
    """A text file has no other sign of a separator within a text: everything behind it moved on."""
    reason = _("the row has more cells than the headings; text with a separator belongs in quotes")
    return Fault(max(head.at, key=head.at.__getitem__), cells[max(cells)].text, reason)


def _total(cells, line):
    """The first text of a row of totals, "" for any other: a real row says more than figures."""
    first = cells[min(cells)].text if cells else ""
    named = compact(first).rstrip(":").lower() in TOTALS
    others = [cell for at, cell in cells.items() if at != min(cells)]
    figures = all(cell.fault or FIGURE.fullmatch(compact(cell.text)) for cell in others)
    return first if named and figures and not all(line.fields.values()) else ""


# --- telling ----------------------------------------------------------------------------------
def refuse_lines(table: Table, errors) -> None:
    """Raise BadInput that tells the first of `errors` [(line number, reason)] after the cells
    that cannot be trusted; nothing when there are none."""
    cells = [
        (
            line.number,
            _("cell %(cell)s: %(reason)s")
            % {"cell": table.cell(line, fault.column), "reason": fault.reason},
        )
        for line in table.lines
        for fault in line.faults
    ]
    bad = {number for number, _reason in cells}
    told = sorted([*cells, *(error for error in errors if error[0] not in bad)])
    if not told:
        return
    words = [
        _("line %(line)s: %(reason)s") % {"line": number, "reason": reason}
        for number, reason in told[:LISTED]
    ]
    if len(told) > LISTED:
        words.append(_("and %(n)s more") % {"n": len(told) - LISTED})
    place = table.file + (f" [{table.sheet}]" if table.sheet else "")
    raise BadInput(f"{place}: " + "; ".join(words), "bad_lines")
