"""Days as spreadsheets and people write them. Pure.

Read are: 2026-05-01, 2026-5-1, 2026/5/1, 2026.05.01, 2026年5月1日, 二〇二六年五月一日, 20260501,
each with or without a weekday and a time of day; 46143, the day number of a spreadsheet. Refused
is what can be read in two ways (5/1/26), names no day (2026年5月) or a day that never was
(2026-02-30).
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

HOUR = r"(?:[01]?\d|2[0-3])"
TIME = (
    rf"(?:[T ]*(?:星期|周)[一二三四五六日天])?"
    rf"(?:[T ]*(?:上午|下午|AM|PM)?[ ]*{HOUR}(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?[ ]*(?:AM|PM)?"
    rf"|时(?:[0-5]?\d分(?:[0-5]?\d秒)?)?))?"
)
DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号])" + TIME)
COMPACT = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}})(?:[T ]+{HOUR}(?::[0-5]\d){{1,2}})?")
HAN_DAY = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})(?=[日号])"
)
HAN_DIGITS = dict(zip("〇零○一二三四五六七八九", (0, 0, *range(10)), strict=True))
SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})")
SHORT = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{2}年\d{1,2}月\d{1,2}[日号]?")
# Day 0 of a spreadsheet's numbers (1900 has a 29 February there), and in the Macintosh system.
DAY_ZERO, DAY_ZERO_1904 = date(1899, 12, 30), date(1904, 1, 1)
FIRST, LAST = 1900, 2199


def read_date(text: str, *, since_1904: bool = False) -> date:
    """The day; ValueError says why not. since_1904: day numbers of a workbook of that system.

    A moment with a zone is the day it falls on in the city.
    """
    written = " ".join(unicodedata.normalize("NFKC", text).split())
    joined = re.sub(r"\s*([年月日号/.\-])\s*", r"\1", written)
    joined = HAN_DAY.sub(_from_han, joined)
    if ZONED.fullmatch(written):
        moment = datetime.fromisoformat(written)
        return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    if found := DAY.fullmatch(joined):
        year, _sign, *rest = found.groups()
        month, day = (part for part in rest if part)
        return _day(text, year, month, day)
    if found := COMPACT.fullmatch(written):
        return _day(text, *found.groups())
    if found := SERIAL.fullmatch(written):
        start = DAY_ZERO_1904 if since_1904 else DAY_ZERO
        return start + timedelta(days=int(found.group(1)))
    if SHORT.fullmatch(joined):
        raise ValueError(_("not a date that can be read in one way only; write 2026-05-01"))
    raise ValueError(_("not a date; write 2026-05-01"))


def _from_han(found):
    """二〇二六年十二月三十一 as 2026年12月31."""
    year = "".join(str(HAN_DIGITS[letter]) for letter in found[1])
    return f"{year}年{_han_number(found[2])}月{_han_number(found[3])}"


def _han_number(text):
    """Up to 99: 五, 十, 十五, 二十, 三十一."""
    tens, ten, ones = text.rpartition("十")
    return 10 * bool(ten) * HAN_DIGITS.get(tens, 1) + HAN_DIGITS.get(ones, 0)


def _day(text, year, month, day):
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValueError(_("not a date: there is no such day")) from error
    if not FIRST <= found.year <= LAST:
        raise ValueError(_("not a date of this time"))
    return found
