"""Tables for offices: CSV and XLSX, written so that no program runs what they hold."""

import csv
from io import BytesIO, StringIO

import openpyxl

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(value):
    """Text must not be run as a formula by the program that opens the table."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def as_csv(lines) -> bytes:
    """With a byte order mark: spreadsheet programs take it for UTF-8 then."""
    out = StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in line] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(lines, title="") -> bytes:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(title[:31] or None)
    for line in lines:
        page.append([harmless(cell) for cell in line])
    out = BytesIO()
    book.save(out)
    return out.getvalue()
