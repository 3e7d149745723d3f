"""Signatures that nobody makes without the key, which lies outside the database.

HMAC over plain values; the algorithm stands before the digits (`sha256:…`, `sm3:…`), so that what
was signed under one holds when the setting names another. Keys: `settings.RECORD_KEY`.
"""

import hmac
import json
from typing import Any

from django.conf import settings

LENGTH = 80  # of a column that holds a signature
ALGORITHMS = ("sha256", "sm3")


def sign(*parts: Any) -> str:
    """The signature of texts, numbers and lists of them; the first part says what is signed."""
    return _signed(settings.RECORD_DIGEST, parts)


def holds(signature: str, *parts: Any) -> bool:
    """Whether this is the signature of these parts, by whichever algorithm it names."""
    algorithm = signature.partition(":")[0]
    if algorithm not in ALGORITHMS:
        return False
    return hmac.compare_digest(signature, _signed(algorithm, parts))


def fingerprint() -> str:
    """Names the key and gives nothing of it away."""
    return sign("key")[-16:]


def _signed(algorithm: str, parts: tuple[Any, ...]) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    key = settings.RECORD_KEY.encode()
    return f"{algorithm}:{hmac.digest(key, text.encode(), algorithm).hex()}"
