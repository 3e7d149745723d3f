"""A day as people in China write it, in the one shape that forms, addresses and scripts read."""

import re
from datetime import date, datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from citymgmt.lib import writing

# 2026-11-28, 2026/11/28, 2026.11.28, 2026年11月28日, 20261128
WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"|(\d{4})(\d\d)(\d\d)"
)
# Days beyond these mean nothing here, and the first and last of all cannot be reckoned with:
# there is no instant of theirs in another time zone.
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)


def iso_day(text: str) -> str:
    """YYYY-MM-DD, or the text as it came: whether there is such a day is for the reader to say.

    Full-width digits and any dash, point or slash are taken; the year comes first.
    """
    found = WRITTEN.fullmatch(writing.code(text))
    if found is None:
        return text
    year, month, day = [part for part in found.groups() if part is not None]
    return f"{year}-{month:0>2}-{day:0>2}"


def day_of(text: str) -> date | None:
    """The day that somebody wrote; None where it is none, or out of reach."""
    try:
        day = date.fromisoformat(iso_day(text))
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def moment_of(text: str) -> datetime | None:
    """A day with its time, local where no zone is given; None for any other text."""
    moment = _moment(text)
    return moment if moment is None or moment.tzinfo else timezone.make_aware(moment)


def instant_of(text: str) -> datetime | None:
    """An instant with its zone, as addresses and records hold it; None for any other text."""
    moment = _moment(text)
    return moment if moment and moment.tzinfo else None


def _moment(text):
    try:
        moment = parse_datetime(text) if "T" in text else None
    except ValueError:  # the shape of a moment, but no such day
        return None
    return moment if moment and FIRST <= moment.date() <= LAST else None
