"""Text messages that wait: claimed by a conditional update, tried again with growing pauses."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from citymgmt.lib import sms
from dispatch.models import Channel, Notice
from dispatch.notices.words import message

log = logging.getLogger(__name__)
PAUSES = (1, 5, 25, 120)  # minutes after the first, second … try; after the last it is given up
PER_ROUND = 100
GATEWAY_PAUSE = timedelta(minutes=5)  # while the gateway itself is the trouble
GIVEN_UP_AFTER = timedelta(days=1)  # a message of yesterday tells nobody anything


def send_waiting(now=None) -> dict[str, int]:
    """Try every message whose moment has come: {"sent", "failed"}. The gateway may see a message
    twice (the process ended between sending and storing); its reference is the same then."""
    now = now or timezone.now()
    figures = {"sent": 0, "failed": 0}
    waiting = Notice.objects.filter(channel=Channel.SMS, next_try_at__lte=now)
    rows = waiting.select_related("recipient", "event", "case__matter_class", "case__street")
    for notice in rows.order_by("next_try_at")[:PER_ROUND]:
        if _claim(notice, now):
            figures["sent" if _try(notice, now) else "failed"] += 1
    return figures


def _claim(notice, now) -> bool:
    """Whether this process has the message now; the next try is set before this one."""
    pause = PAUSES[notice.tries] if notice.tries < len(PAUSES) else None
    later = now + timedelta(minutes=pause) if pause else None
    mine = Notice.objects.filter(pk=notice.pk, tries=notice.tries, next_try_at__lte=now)
    return bool(mine.update(tries=F("tries") + 1, next_try_at=later))


def _next(notice, failure, now) -> dict:
    """What a failure changes about the next try that `_claim` has set.

    A try that failed for the gateway's sake is not counted, so that a key renewed late or a busy
    hour loses no message.
    """
    if not failure.again:
        return {"next_try_at": None}
    asked = failure.after and timedelta(seconds=failure.after)
    if failure.ours:
        if now - notice.created_at > GIVEN_UP_AFTER:
            return {"next_try_at": None}
        return {"tries": F("tries") - 1, "next_try_at": now + (asked or GATEWAY_PAUSE)}
    return {"next_try_at": now + asked} if asked else {}


def _try(notice, now) -> bool:
    row = Notice.objects.filter(pk=notice.pk)
    try:
        if not notice.recipient.phone:
            raise sms.Failed(_("This person has no phone number."), again=False)
        with translation.override(settings.LANGUAGE_CODE):
            sms.send(notice.recipient.phone, message(notice), reference=f"notice-{notice.pk}")
    except sms.Failed as failure:
        row.update(error=str(failure)[:200], **_next(notice, failure, now))
        return False
    except Exception as error:  # words that cannot be made cost this message only
        log.exception("Message %s cannot be made", notice.pk)
        row.update(error=f"{type(error).__name__}: {error}"[:200])
        return False
    row.update(sent_at=now, error="", next_try_at=None)
    return True
