"""A day as people in China write it, in the one shape that forms, addresses and scripts read."""

import re

from citymgmt.lib import writing

# 2026-11-28, 2026/11/28, 2026.11.28, 2026年11月28日, 20261128
WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"|(\d{4})(\d\d)(\d\d)"
)


def iso_day(text: str) -> str:
    """YYYY-MM-DD, or the text as it came: whether there is such a day is for the reader to say.

    Full-width digits and any dash, point or slash are taken; the year comes first.
    """
    found = WRITTEN.fullmatch(writing.code(text))
    if found is None:
        return text
    year, month, day = [part for part in found.groups() if part is not None]
    return f"{year}-{month:0>2}-{day:0>2}"
