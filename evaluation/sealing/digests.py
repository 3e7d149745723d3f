"""The digest of what was frozen, and the chain it stands in. Pure: rows come as objects.

Each seal covers the content of one evaluation with all its results, or of one published bulletin,
and the seal before it. Instants are written in UTC and decimals as text, so that both databases
give the same digest.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

EVALUATION, BULLETIN = "evaluation", "bulletin"
SCHEME_FIELDS = ("code", "version", "scheme", "settings")
EVALUATION_FIELDS = ("start", "end", "cutoff", "computed_at", "by_id", "cases", "figures")
RESULT_FIELDS = (
    "object_kind",
    "object_id",
    "code",
    "name_zh",
    "name_en",
    "group",
    "counts",
    "rates",
    "parts",
    "score",
    "grade",
    "colour",
    "rank",
    "few",
)
BULLETIN_FIELDS = (
    "evaluation_id",
    "title",
    "texts",
    "version",
    "corrects_id",
    "by_id",
    "checked_by_id",
    "approved_by_id",
    "published_by_id",
    "published_at",
)


def digest(content: Any) -> str:
    """SHA-256 in hex over plain values."""
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.6f}"
    raise TypeError(f"{type(value).__name__} has no digest")


def evaluation_content(evaluation: Any, results: Iterable[Any]) -> str:
    """`evaluation` with its scheme; its results in the order of kind and object."""
    return digest(
        {
            "scheme": _values(evaluation.scheme, SCHEME_FIELDS),
            "evaluation": _values(evaluation, EVALUATION_FIELDS),
            "results": [_values(row, RESULT_FIELDS) for row in results],
        }
    )


def bulletin_content(bulletin: Any) -> str:
    return digest(_values(bulletin, BULLETIN_FIELDS))


def _values(row: Any, names: Iterable[str]) -> list[Any]:
    return [getattr(row, name) for name in names]


def link(kind: str, object_id: int, content: str, previous: str) -> str:
    """The hash of a seal: its content and the seal before it."""
    return digest([kind, object_id, content, previous])
