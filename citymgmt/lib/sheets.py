"""The one writer of tables that offices get: CSV and XLSX from columns declared once.

XLSX is for people: title, bold head that stays, filter, widths, paper. CSV is for other programs:
the head is its first line, and whatever a spreadsheet program would mistake is written so that it
does not. Rows are read once and never held together: memory does not grow with them.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from itertools import chain, islice
from math import ceil
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import openpyxl
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter

from citymgmt.lib.printable import printable

TEXT, LONG, CODE = "text", "long", "code"  # a code stays on one line of a page
MOMENT, SECONDS, DAY, NUMBER = "moment", "seconds", "day", "number"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST = 50_000  # rows of one file; whoever wants more narrows the list
IN_MEMORY = 2 * 1024 * 1024  # a larger file waits on the disk


@dataclass(frozen=True)
class Column:
    """One column, whatever it is shown on: `value(row)` gives text, a number, a day, an instant.

    On a page `link(row)` is where the cell leads ("" nowhere) and `part` the template that draws
    it, where words are not enough. `sort`: its name in the address, where the list can be sorted
    by it. `page` False: only in files, there after the others and beyond the edge of paper.
    """

    label: str
    value: Callable[[Any], Any]
    kind: str = TEXT
    link: Callable[[Any], str] | None = None
    part: str = ""
    sort: str = ""
    page: bool = True


@dataclass(frozen=True)
class Table:
    """What is written: a title, lines below it (period, filter, who and when), columns, rows."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Any]
    notes: tuple[str, ...] = ()

    @property
    def ordered(self) -> list[Column]:
        """Those of the page first."""
        return sorted(self.columns, key=lambda column: not column.page)


def by_place(labels: Iterable[str], kinds: Iterable[str]) -> tuple[Column, ...]:
    """Columns of rows that are sequences."""
    pairs = enumerate(zip(labels, kinds, strict=True))
    return tuple(Column(label, lambda row, at=at: row[at], kind) for at, (label, kind) in pairs)


def write(form: str, table: Table) -> IO[bytes]:
    """A file of the form ("csv", "xlsx"), at its beginning; whoever closes it throws it away."""
    # The file is the answer: it is closed when it has been sent.
    out = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    try:
        WRITERS[form](table, out)
        out.seek(0)
    except BaseException:
        out.close()
        raise
    return out


# --- values ---------------------------------------------------------------------------------
# Read as a formula by one program or another, the full-width ones by those in Chinese.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# Text that a spreadsheet program takes for a number or a day: it drops leading zeros and all
# digits after the 15th, and shows more than eleven digits as a power of ten.
MISTAKEN = re.compile(
    r"0\d+|\d{12,}|\d+(\.\d*)?e[-+]?\d+"
    r"|\d{1,4}[-/.]\d{1,4}([-/.]\d{1,4})?"
    r"|\d{1,2}:\d{2}(:\d{2})?( ?[ap]m)?",
    re.ASCII | re.IGNORECASE,
)
# How people write the long numbers of the field: a case 6-8-6, a component 6-4-6, a unit grid
# 6-3-3-3, a community 6-3-3.
GROUPS = {20: (6, 8, 6), 16: (6, 4, 6), 15: (6, 3, 3, 3), 12: (6, 3, 3)}
CELL = 32_767  # characters that a cell of a spreadsheet holds


def value_of(column: Column, row: Any) -> Any:
    """Text, a number, a day, or an instant in local time without a zone; None for nothing."""
    value = column.value(row)
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    return _harmless(printable(str(value)))


def _harmless(text: str) -> str:
    """Text is never run as a formula by the program that opens the table, and never too long."""
    if text.startswith("\t") or text.lstrip().startswith(FORMULA):
        text = f"'{text}"
    if len(text) > CELL:
        note = _("… (%(n)s characters in all)") % {"n": len(text)}
        text = text[: CELL - len(note)] + note
    return text


def dashed(text: str) -> str:
    """A number of the field in its groups; other text that would be mistaken with a tab before it.

    A formula (="…") would keep the digits too, but only spreadsheet programs could read it.
    """
    groups = GROUPS.get(len(text)) if text.isdecimal() else None
    if groups:
        digits = iter(text)
        return "-".join("".join(islice(digits, size)) for size in groups)
    narrow = unicodedata.normalize("NFKC", text)  # programs in Chinese read full-width digits too
    return f"\t{text}" if MISTAKEN.fullmatch(narrow.strip()) else text


# --- CSV ------------------------------------------------------------------------------------
PATTERNS = {MOMENT: "%Y-%m-%d %H:%M", SECONDS: "%Y-%m-%d %H:%M:%S"}


def write_csv(table: Table, out: IO[bytes]) -> None:
    """UTF-8 with a byte order mark: spreadsheet programs take it for UTF-8 then."""
    text = TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    columns = table.ordered
    writer.writerow([str(column.label) for column in columns])
    writer.writerows([_csv_cell(column, row) for column in columns] for row in table.rows)
    text.detach()


def _csv_cell(column: Column, row: Any) -> Any:
    value = value_of(column, row)
    if isinstance(value, datetime):
        return value.strftime(PATTERNS.get(column.kind, PATTERNS[MOMENT]))
    if isinstance(value, date):
        return value.isoformat()
    return dashed(value) if isinstance(value, str) else value


# --- XLSX -----------------------------------------------------------------------------------
SAMPLE = 500  # rows whose widths are measured
FORMATS = {MOMENT: "yyyy-mm-dd hh:mm", SECONDS: "yyyy-mm-dd hh:mm:ss", DAY: "yyyy-mm-dd"}
FIXED = {MOMENT: 17, SECONDS: 20, DAY: 12}
NARROW, WIDE, WIDEST = 8, 36, 60  # characters; long text wraps at the last
NUMERIC = 12  # above numbers a long label wraps
LEGIBLE = 260  # characters side by side on A4 landscape
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
A4 = 9
# A workbook takes _x000D_ for one character (ISO/IEC 29500-1, 22.9.2.19), also where it was typed.
CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
GREY = PatternFill("solid", start_color="E9EDF2")
LINE = Side(style="thin", color="7F8C99")


def write_xlsx(table: Table, out: IO[bytes]) -> None:
    book = openpyxl.Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    page = book.create_sheet(FORBIDDEN_IN_NAMES.sub(" ", table.title)[:31].strip() or None)
    columns = table.ordered
    rows = ([value_of(column, row) for column in columns] for row in table.rows)
    sample = list(islice(rows, SAMPLE))
    last = head = len(table.notes) + 2
    _prepare(page, table.title, head)
    _widen(page, columns, sample)
    _append_head(page, table)
    for row in chain(sample, rows):
        page.append([_cell(page, c, v) for c, v in zip(columns, row, strict=True)])
        last += 1
    page.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{last}"
    shown = sum(column.page for column in columns) or len(columns)
    page.print_area = f"A1:{get_column_letter(shown)}{last}"
    book.save(out)


def _styles() -> list[NamedStyle]:
    """The looks of cells by name: a cell that names one costs little."""
    wrapped = Alignment(vertical="top", wrap_text=True)
    middle = Alignment(vertical="center", wrap_text=True)
    aside = {"horizontal": "right", "indent": 1}  # or a number touches the text after it
    return [
        NamedStyle("table title", font=Font(bold=True, size=14)),
        NamedStyle("table note", font=Font(color="4A5763")),
        _head("table head", middle),
        _head(f"table head {NUMBER}", Alignment(vertical="center", wrap_text=True, **aside)),
        NamedStyle(f"table {TEXT}", alignment=wrapped, number_format="@"),
        NamedStyle(f"table {NUMBER}", alignment=Alignment(vertical="top", **aside)),
        *(_dated(kind, pattern) for kind, pattern in FORMATS.items()),
    ]


def _head(name: str, alignment: Alignment) -> NamedStyle:
    style = NamedStyle(name, font=Font(bold=True), fill=GREY, alignment=alignment)
    style.border = Border(bottom=LINE)
    return style


def _dated(kind: str, pattern: str) -> NamedStyle:
    left = Alignment(vertical="top", horizontal="left")  # or it touches the text beside it
    return NamedStyle(f"table {kind}", alignment=left, number_format=pattern)


def _prepare(page: Any, title: str, head: int) -> None:
    """What stands before the rows in the file, and how it lies on paper."""
    page.freeze_panes = f"A{head + 1}"
    page.print_title_rows = f"{head}:{head}"
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_setup.paperSize = A4
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0  # as many pages as it takes
    for side in ("left", "right"):
        setattr(page.page_margins, side, 0.4)
    page.oddFooter.left.text = printable(title).replace("&", "&&")
    page.oddFooter.right.text = "&P / &N"


def _widen(page: Any, columns: list[Column], sample: list[list]) -> None:
    """Columns as wide as they need; what is too wide to be read on one page takes several, each
    with the first columns."""
    widths = [_width(column, [row[at] for row in sample]) for at, column in enumerate(columns)]
    for at, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(at)].width = width
    printed = sum(width for width, column in zip(widths, columns, strict=True) if column.page)
    page.page_setup.fitToWidth = ceil(printed / LEGIBLE)
    if printed > LEGIBLE:
        page.print_title_cols = "A:B"


def _width(column: Column, values: Iterable[Any]) -> float:
    most = WIDEST if column.kind == LONG else WIDE
    seen = max((measure(str(value)) for value in values if value is not None), default=0)
    named = measure(str(column.label)) + 4  # the arrow of the filter stands beside it
    if column.kind == NUMBER:
        named = min(named, NUMERIC)
    return FIXED.get(column.kind) or min(max(seen + 2, named, NARROW), most)


def measure(text: str) -> int:
    """The width of the longest line in digits: Chinese and full-width letters take two."""
    return max((sum(map(_room, line)) for line in text.split("\n")), default=0)


def _room(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WFA" else 1


def _append_head(page: Any, table: Table) -> None:
    page.append([_styled(page, _harmless(printable(table.title)), "table title")])
    for note in table.notes:
        page.append([_styled(page, _harmless(printable(note)), "table note")])
    page.append([_styled(page, str(column.label), _head_of(column)) for column in table.ordered])


def _head_of(column: Column) -> str:
    return f"table head {NUMBER}" if column.kind == NUMBER else "table head"


def _cell(page: Any, column: Column, value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        kind = column.kind if column.kind in FORMATS else MOMENT
    elif isinstance(value, date):
        kind = DAY
    else:
        kind = TEXT if isinstance(value, str) else NUMBER
    return _styled(page, value, f"table {kind}")


def _styled(page: Any, value: Any, style: str) -> WriteOnlyCell:
    if isinstance(value, str):
        value = CODED.sub("_x005F_", value)
    cell = WriteOnlyCell(page, value)
    cell.style = style
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula, never "#N/A" as an error
    return cell


WRITERS: dict[str, Callable[[Table, IO[bytes]], None]] = {"csv": write_csv, "xlsx": write_xlsx}


def lines(columns: Iterable[Column], rows: Iterable[Any]) -> Iterator[tuple[Any, list]]:
    """(row, its cells) for a template; a cell has `column`, `value` and `link`."""
    shown = [column for column in columns if column.page]
    for row in rows:
        yield row, [Cell(c, c.value(row), c.link(row) if c.link else "") for c in shown]


CLASSES = {
    TEXT: "", LONG: "sheet-long", CODE: "nowrap", NUMBER: "num",
    MOMENT: "nowrap", SECONDS: "nowrap", DAY: "nowrap",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One cell of a page."""

    column: Column
    value: Any
    link: str

    @property
    def css(self) -> str:
        return CLASSES[self.column.kind]

    @property
    def is_long(self) -> bool:
        """Whether a page shows the beginning of it only."""
        return self.column.kind == LONG

    @property
    def instant(self) -> datetime | None:
        """With its zone: the template shows it in local time."""
        return self.value if isinstance(self.value, datetime) else None

    @property
    def text(self) -> str:
        """What stands in the cell; a dash for nothing."""
        if isinstance(self.value, datetime):
            moment = timezone.localtime(self.value)
            return moment.strftime(PATTERNS.get(self.column.kind, PATTERNS[MOMENT]))
        return "–" if self.value is None or self.value == "" else str(self.value)
