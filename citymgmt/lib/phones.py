"""Telephone numbers: one spelling in the database, few digits in lists. Pure."""

import re
from typing import NamedTuple

from citymgmt.lib import writing

SEPARATORS = re.compile(r"[\s\-()./·]")
CALLED = re.compile(r"^(?:tel|phone|电话|手机|联系电话)\s*:\s*", re.IGNORECASE)
NUMBER = re.compile(r"\+?\d{5,20}")
PATTERN = r"^\+?\d{5,20}$"
EXTENSION_PATTERN = r"^\d{0,6}$"
CHINA = re.compile(r"^(\+86|0086|86)")
MOBILE = re.compile(r"1[3-9]\d{9}")
AREA_WITHOUT_ZERO = re.compile(r"(10|[2-9]\d{1,2})\d{7,8}")
LANDLINE = re.compile(r"0(10|[2-9]\d{1,2})\d{7,8}")
# What an extension may follow: a whole number of a line, with or without its area code.
LINE = re.compile(r"0(10|[2-9]\d{1,2})\d{7,8}|[48]00\d{7}|[2-8]\d{6,7}")
NAMED_EXTENSION = re.compile(r"(?:转分机|分机|转|ext\.?|x|#|,|;)[\s:\-]*(\d{1,6})$", re.IGNORECASE)
LAST_GROUP = re.compile(r"[\s\-.(]+(\d{1,6})\)?$")
OTHER_LINE = re.compile(r"/\s*\d{1,8}$")  # "or", in the last digits: 7654321/22


class Phone(NamedTuple):
    """A number to dial, and the extension asked for afterwards ("" for none)."""

    number: str
    extension: str = ""

    def __str__(self):
        return f"{self.number}-{self.extension}" if self.extension else self.number


def parse(text: str) -> Phone:
    """The number in one spelling, its extension apart; ValueError if it is none.

    "+86 931 7654321", "86-0931-7654321" and "（０９３１）7654321" are one line,
    "0086 138 9310 1234" is a mobile; other countries keep their "+".
    """
    written = CALLED.sub("", writing.plain(text))
    if named := NAMED_EXTENSION.search(written):
        return Phone(_number(written[: named.start()], text), named[1])
    if (group := LAST_GROUP.search(written)) and _is_line(written[: group.start()]):
        return Phone(_number(written[: group.start()], text), group[1])
    if (other := OTHER_LINE.search(written)) and _is_line(written[: other.start()]):
        raise ValueError(text)
    return Phone(_number(written, text))


def normal(text: str) -> str:
    """The number alone, without an extension; ValueError if it is none."""
    return parse(text).number


def mask(number: str) -> str:
    """138****5678: enough to tell callers apart, not enough to call them."""
    if len(number) < 9:
        return "*" * (len(number) - 2) + number[-2:]
    return f"{number[:3]}****{number[-4:]}"


def _is_line(text) -> bool:
    return bool(LINE.fullmatch(_national(SEPARATORS.sub("", text))))


def _number(text, typed) -> str:
    number = _national(SEPARATORS.sub("", text))
    if not number.isascii() or not NUMBER.fullmatch(number) or _too_long(number):
        raise ValueError(typed)
    return number


def _national(number) -> str:
    """Without China's country code, an area code with its 0; other countries with "+"."""
    rest = CHINA.sub("", number)
    if re.fullmatch(rf"0{MOBILE.pattern}", rest):  # as it was dialled from another town
        return rest[1:]
    if rest != number:
        if MOBILE.fullmatch(rest) or LANDLINE.fullmatch(rest):
            return rest
        if AREA_WITHOUT_ZERO.fullmatch(rest):
            return f"0{rest}"
    return re.sub(r"^00(?=[1-9])", "+", number)


def _too_long(number) -> bool:
    """More digits than a mobile or a line has: two numbers, or a slip of the hand."""
    if number.startswith("0"):
        return len(number) > 12
    return bool(re.match(r"1[3-9]", number)) and len(number) > 11
