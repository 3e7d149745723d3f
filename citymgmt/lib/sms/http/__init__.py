"""A gateway reached over HTTP: JSON, signed with a shared key.

POST to `settings.SMS_URL` {"phone", "text", "reference"}; header `X-Timestamp` (seconds) and
`X-Signature` = HMAC-SHA256 in hex of timestamp, ".", body with `settings.SMS_KEY`. Answers:
200 {"id"} taken; 4xx {"detail"} refused for good; anything else is tried again. `counterpart.py`
is the other end for tests and for trying out without a provider.
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request

from django.conf import settings

from citymgmt.lib.sms import Failed

SECONDS = 10


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
            return str(json.load(answer)["id"])
    except urllib.error.HTTPError as error:
        with error:
            raise Failed(f"gateway: {error.code}", again=error.code >= 500) from error
    except (OSError, ValueError, KeyError) as error:
        raise Failed(f"gateway: {error}") from error
