"""When a message that failed is tried again; what is stored of it is the caller's."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from citymgmt.lib.sms import Failed

PAUSES = (1, 5, 25, 120)  # minutes after the first, second … try; after the last it is given up
GATEWAY_PAUSE = timedelta(minutes=5)  # while the gateway itself is the trouble
GIVEN_UP_AFTER = timedelta(days=1)  # a message of yesterday tells nobody anything


def next_try(tries: int, now: datetime) -> datetime | None:
    """The try after the one that begins now, as the (tries + 1)th; None after the last."""
    return now + timedelta(minutes=PAUSES[tries]) if tries < len(PAUSES) else None


def after_failure(failure: Failed, created_at: datetime, now: datetime) -> dict[str, Any]:
    """What a failure changes about the next try that was set before this one.

    A try that failed for the gateway's sake is not counted, so that a key renewed late or a busy
    hour loses no message.
    """
    if not failure.again:
        return {"next_try_at": None}
    asked = failure.after and timedelta(seconds=failure.after)
    if failure.ours:
        if now - created_at > GIVEN_UP_AFTER:
            return {"next_try_at": None}
        return {"tries": F("tries") - 1, "next_try_at": now + (asked or GATEWAY_PAUSE)}
    return {"next_try_at": now + asked} if asked else {}
