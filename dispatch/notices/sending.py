"""Text messages that wait: claimed by a conditional update, tried again with growing pauses."""

import logging

from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from citymgmt.lib import sms
from citymgmt.lib.sms.tries import after_failure, next_try
from dispatch.models import Channel, Notice
from dispatch.notices.words import message

log = logging.getLogger(__name__)
PER_ROUND = 100


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
    later = next_try(notice.tries, now)
    mine = Notice.objects.filter(pk=notice.pk, tries=notice.tries, next_try_at__lte=now)
    return bool(mine.update(tries=F("tries") + 1, next_try_at=later))


def _try(notice, now) -> bool:
    row = Notice.objects.filter(pk=notice.pk)
    try:
        if not notice.recipient.phone:
            raise sms.Failed(_("This person has no phone number."), again=False)
        with translation.override(settings.LANGUAGE_CODE):
            sms.send(notice.recipient.phone, message(notice), reference=f"notice-{notice.pk}")
    except sms.Failed as failure:
        row.update(error=str(failure)[:200], **after_failure(failure, notice.created_at, now))
        return False
    except Exception as error:  # words that cannot be made cost this message only
        log.exception("Message %s cannot be made", notice.pk)
        row.update(error=f"{type(error).__name__}: {error}"[:200])
        return False
    row.update(sent_at=now, error="", next_try_at=None)
    return True
