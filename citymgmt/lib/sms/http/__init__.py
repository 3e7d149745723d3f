"""A gateway reached over HTTP: JSON, signed with a shared key.

POST to `settings.SMS_URL` {"phone", "text", "reference"}; header `X-Timestamp` (seconds) and
`X-Signature` = HMAC-SHA256 in hex of timestamp, ".", body with `settings.SMS_KEY`. Answers:
200 {"id"} taken; 401, 403, 408, 425, 429 and 503 are about the gateway and us, not about the
message: it waits (`Retry-After`) as long as it takes; another 4xx {"detail"} refuses the message
for good. A 3xx or 4xx of another shape is no answer of the gateway but of something on the way (a
moved address, a firewall): the message waits too. Anything else, an answer cut off or of another
shape too, is tried again.
`counterpart.py` is the other end for tests and for trying out without a provider.
"""

import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime

from django.conf import settings

from citymgmt.lib.sms import Failed

SECONDS = 10
WAIT = {401, 403, 408, 425, 429, 503}
LONGEST_WAIT = 3600  # a gateway that asks for more is asked again all the same
ANSWER_MAX = 64 * 1024


def signature(key: str, timestamp: str, body: bytes) -> str:
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def send(phone, text, reference) -> str:
    body = json.dumps({"phone": phone, "text": text, "reference": reference}).encode()
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json", "X-Timestamp": stamp,
        "X-Signature": signature(settings.SMS_KEY, stamp, body),
    }  # fmt: skip
    request = urllib.request.Request(settings.SMS_URL, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return _id(json.loads(answer.read(ANSWER_MAX)))
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from error
    except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
        raise Failed(f"gateway: {type(error).__name__}: {error}") from error


def _id(answer) -> str:
    given = answer.get("id") if isinstance(answer, dict) else None
    if not given or isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError("an answer without id")
    return str(given)


def _refused(error) -> Failed:
    broken = error.code >= 500 and error.code not in WAIT
    waits = not broken and (error.code in WAIT or not _speaks(error))
    again = waits or broken
    return Failed(f"gateway: {error.code}", again=again, ours=waits, after=_after(error.headers))


def _speaks(error) -> bool:
    """Whether the gateway itself says what is wrong with the message."""
    try:
        said = json.loads(error.read(ANSWER_MAX))
    except (OSError, ValueError, RecursionError, http.client.HTTPException):
        return False
    return isinstance(said, dict) and bool(said.get("detail"))


def _after(headers) -> int | None:
    """Seconds of Retry-After, a number or a date; None where there is none that can be read."""
    asked = (headers.get("Retry-After") or "").strip()
    if asked.isdecimal():
        return min(int(asked), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    return max(0, min(int(moment.timestamp() - time.time()), LONGEST_WAIT))
