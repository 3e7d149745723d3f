"""Figures typed by hand: what in a text looks like one, and what is only a date or a name. Pure."""

import re
import unicodedata

FIELD = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z0-9_]+)*)\s*\}\}")
_YEAR = r"(?<!\d)(?:19|20)\d{2}"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_ENGLISH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
# Written with digits, and yet no figure.
_PLAIN = re.compile(
    "|".join(
        (
            rf"{_YEAR}\s*[-年/.]\s*{_MONTH}(?:\s*[-月/.]\s*{_DAY})?(?!\d)[月日]?",  # a day, a month
            rf"{_YEAR}\s*年度?",
            rf"(?<!\d){_MONTH}\s*月(?:份|\s*{_DAY}\s*日)?",
            rf"(?<!\d){_DAY}\s*日(?!均)",
            rf"{_ENGLISH}\s+{_DAY}(?:,\s*(?:19|20)\d{{2}})?(?!\d)",
            r"第\s*\d+\s*(?:期|号|季度|周|条|款)",  # of an issue, a rule
            r"[〔\[(]\s*(?:19|20)\d{2}\s*[〕\])]\s*\d+\s*号",  # of a document
            r"(?<!\d)\d{1,2}:\d{2}(?!\d)",  # a time
            r"(?<!\d)(?:12345|12319)(?!\d|\s*(?:件|起|宗|例|次|%))",  # a hotline
            r"^\s*\(?\d{1,2}[、.)](?!\d)",  # a list
        )
    ),
    re.MULTILINE,
)
_DIGITS = re.compile(r"\d[\d,. ]*\d|\d")
_NUMERAL = "零〇一二三四五六七八九十百千万亿两点"
_WORDS = re.compile(
    rf"百分之[{_NUMERAL}]+|[{_NUMERAL}]+\s*(?:个百分点|成(?![为果立员效功长就])|%)"
    rf"|[{_NUMERAL}]{{2,}}\s*(?:件|起|宗|例|次)"
)


def typed(text: str) -> list[str]:
    """The figures that stand in a text by hand, in its order. What stands in a field, dates,
    times, numbers of documents and hotlines are none."""
    words = FIELD.sub(" ", unicodedata.normalize("NFKC", text).replace("\u3014", "〔"))
    words = _PLAIN.sub(" ", words)
    found = [*_DIGITS.finditer(words), *_WORDS.finditer(words)]
    return [match.group().strip() for match in sorted(found, key=lambda match: match.start())]


def named(text: str) -> list[str]:
    """The names of the fields in a text."""
    return FIELD.findall(text)


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its fields filled in; a field without a value stays as it was written."""
    return FIELD.sub(lambda match: values.get(match.group(1), match.group()), text)
