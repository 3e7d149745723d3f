"""One value of somebody else's file as text, and what is wrong with it. Pure."""

import re
import unicodedata
from datetime import date, datetime, time
from typing import NamedTuple

import numpy as np
from django.utils.translation import gettext as _

from citymgmt.lib.printable import BREAKS
from citymgmt.lib.reading.encodings import noise

SPREADSHEET_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number, the rest become zeros
EXACT = 2**53  # a GIS file keeps whole numbers up to here as they are
ERRORS = {
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
}
# As a spreadsheet shows a number too long for it, or for its column: 6.20105E+15, 1.04E+02.
SHORTENED = re.compile(
    r"[+-]?\d(\.\d{1,5})?E\+\d{2,3}|[+-]?\d(\.\d+)?[eE]\+?(1[1-9]|[2-9]\d|\d{3,})"
)
TOO_NARROW = re.compile(r"#{2,}")
# A spreadsheet's own ways to keep text as it is: ="0101", an apostrophe before a sign or digits.
QUOTED = re.compile(r'="([^"]*)"')
GUARDED = re.compile(r"['‘’＇](?=[=+\-@]|[\d.,-]+$)")
HIDDEN = {"Cc", "Cf"}


class Cell(NamedTuple):
    """Text, and why it cannot be trusted ("" when it can)."""

    text: str
    fault: str = ""


NOTHING = Cell("")


def tidy(text: str) -> str:
    """Without invisible characters and blanks at the ends, every line break as "\\n"; letters stay
    as they were written."""
    seen = (
        c for c in BREAKS.sub("\n", text) if c in "\n\t\r" or unicodedata.category(c) not in HIDDEN
    )
    return "".join(seen).strip()


def compact(text: str) -> str:
    """What a heading, a name or a code is compared by: NFKC, no blank and nothing invisible."""
    return "".join(unicodedata.normalize("NFKC", tidy(text)).split())


def text_cell(text: str) -> Cell:
    """A cell of a text file, or of a sheet that holds text."""
    found = tidy(text)
    if quoted := QUOTED.fullmatch(found):
        found = quoted.group(1).strip()
    found = GUARDED.sub("", found, count=1) if GUARDED.match(found) else found
    return Cell(found, _why_not(found))


def _why_not(text):
    if text in ERRORS:
        return error_words(text)
    if SHORTENED.fullmatch(text):
        return _("the number was shortened by a spreadsheet; format the column as text")
    if TOO_NARROW.fullmatch(text):
        return _("the column was too narrow when the file was saved; widen it and save again")
    return noise(text)


def error_words(text: str) -> str:
    return _("the cell holds the error %s") % text


def value_cell(value, most: float = SPREADSHEET_DIGITS) -> Cell:
    """A value of a sheet or GIS file; whole numbers from `most` on have lost digits."""
    if isinstance(value, (bytes, list, tuple, dict, np.ndarray)):
        return Cell("", _("the cell holds no text"))
    if value is None or value != value:  # only NaN and NaT differ from themselves
        return NOTHING
    if isinstance(value, (bool, np.bool_)):
        return Cell("TRUE" if value else "FALSE")
    if isinstance(value, (int, np.integer)):
        return Cell(str(value), _lost(value, most))
    if isinstance(value, (float, np.floating)):
        # A spreadsheet stores 12 as 12.0; a code must not grow a fraction on the way.
        whole = float(value).is_integer()
        text = str(int(value)) if whole else repr(float(value))
        return Cell(text, _lost(value, most) if whole else "")
    if isinstance(value, datetime):
        midnight = value.time() == time() and value.tzinfo is None
        return Cell(value.date().isoformat() if midnight else value.isoformat(sep=" "))
    if isinstance(value, (date, time, np.datetime64)):
        return Cell(str(value))
    return text_cell(str(value))


def _lost(value, most):
    if abs(value) < most:
        return ""
    return _("the number has more digits than the file can keep; format the column as text")
