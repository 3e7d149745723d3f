"""One table of a sheet as CSV or XLSX, every count and rate of every object."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO

import openpyxl
from django.utils.translation import gettext as _

from evaluation import words
from evaluation.figures import numbers
from evaluation.indicators import EVERY, rounded
from evaluation.sheets import Sheet

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(sheet: Sheet, kind: str) -> Iterator[list]:
    """The head, then one line for each object."""
    rows = sheet.of_kind(kind)
    names = [name for name in EVERY if rows and name in rows[0].counts]
    rates = list(rows[0].rates) if rows else []
    yield [
        _("Code"), _("Name"), _("Group"), *(str(words.COUNTS[name]) for name in names),
        *(f"{words.RATES[name]} %" for name in rates), _("Score"), _("Grade"), _("Rank"),
    ]  # fmt: skip
    for row in rows:
        counts, values = numbers(row.counts), numbers(row.rates)
        yield [
            _text(row.code), _text(row.name), _text(row.group), *(counts[name] for name in names),
            *(rounded(values[name], sheet.settings.decimals) for name in rates),
            rounded(row.score, 2), row.grade, row.rank,
        ]  # fmt: skip


def _text(value: str) -> str:
    """A name must not be run as a formula by the program that opens the table."""
    return f"'{value}" if value.startswith(FORMULA) else value


def as_csv(sheet: Sheet, kind: str) -> bytes:
    """With a byte order mark: spreadsheet programs take it for UTF-8 then."""
    out = StringIO()
    csv.writer(out).writerows(lines(sheet, kind))
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet, kind: str) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(kind)
    for line in lines(sheet, kind):
        page.append(line)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS = {"csv": as_csv, "xlsx": as_xlsx}
