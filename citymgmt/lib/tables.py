"""Tables offices send: CSV and XLSX, read with the line of each row."""

import csv
from pathlib import Path

import openpyxl
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput

LISTED = 20  # errors told one by one; the rest is a number


def read_table(path, required=()):
    """[(line, {column: text})] of a CSV (UTF-8) or XLSX file; the header is line 1.

    Codes stay text with their leading zeros. BadInput when the file or a column is missing.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(_("There is no file %(path)s.") % {"path": path}, "no_file")
    header, rows = _read_xlsx(path) if path.suffix.lower() == ".xlsx" else _read_csv(path)
    missing = [name for name in required if name not in header]
    if missing:
        raise BadInput(
            _("%(file)s lacks the columns: %(names)s")
            % {"file": path.name, "names": ", ".join(missing)},
            "missing_columns",
        )
    return [
        (line, dict(zip(header, [*row, *[""] * (len(header) - len(row))], strict=False)))
        for line, row in rows
        if any(row)
    ]


def _read_csv(path):
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            return header, [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except UnicodeDecodeError as error:
        reason = _("%(file)s is not UTF-8 text.") % {"file": path.name}
        raise BadInput(reason, "encoding") from error


def _read_xlsx(path):
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        lines = [[text_of(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]
    finally:
        book.close()
    return (lines[0] if lines else []), list(enumerate(lines[1:], start=2))


def text_of(cell):
    if cell is None or cell != cell:  # only NaN differs from itself
        return ""
    # A spreadsheet stores 12 as 12.0; a code must not grow a fraction on the way.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def refuse_lines(path, errors):
    """Raise BadInput that tells the first of `errors` [(line, reason)]; nothing when empty."""
    if not errors:
        return
    told = [
        _("line %(line)s: %(reason)s") % {"line": line, "reason": reason}
        for line, reason in errors[:LISTED]
    ]
    if len(errors) > LISTED:
        told.append(_("and %(n)s more") % {"n": len(errors) - LISTED})
    raise BadInput(f"{Path(path).name}: " + "; ".join(told), "bad_lines")
