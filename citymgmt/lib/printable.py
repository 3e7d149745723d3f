"""Characters that no file, page or paper can hold, taken out of what people send. Pure."""

import re

# Word processors end a line with VT or FF, other systems with CR, NEL or LS: all mean a new line.
BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# What XML 1.0 forbids (a spreadsheet is XML): control characters, half pairs, two non-characters.
FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text with every line break as "\\n" and without characters that mean nothing."""
    return FORBIDDEN.sub("", BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """The same for what has one line: a place, a name."""
    return printable(text).replace("\n", " ").strip()
