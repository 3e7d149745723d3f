"""Telephone numbers: one spelling in the database, few digits in lists. Pure."""

import re

SEPARATORS = re.compile(r"[\s\-–—()（）.]")
NUMBER = re.compile(r"\+?\d{5,20}")
PATTERN = r"^\+?\d{5,20}$"


def normal(text: str) -> str:
    """The number without separators and without China's +86; ValueError if it is none."""
    number = SEPARATORS.sub("", text)
    number = re.sub(r"^(\+86|0086)(?=1\d{10}$)", "", number)
    if not number.isascii() or not NUMBER.fullmatch(number):
        raise ValueError(text)
    return number


def mask(number: str) -> str:
    """138****5678: enough to tell callers apart, not enough to call them."""
    if len(number) < 9:
        return "*" * (len(number) - 2) + number[-2:]
    return f"{number[:3]}****{number[-4:]}"
