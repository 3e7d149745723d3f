"""Text messages to citizens: written with the act they tell of, sent by the beat.

A message is claimed by a conditional update and tried again with growing pauses. The gateway may
see one twice (the process ended between sending and storing); its reference is the same then.
"""

import logging
import re
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from citymgmt.lib import sms
from citymgmt.lib.sms.tries import after_failure, next_try
from hotline.models import CitizenMessage

log = logging.getLogger(__name__)
MOBILE = re.compile(r"1\d{10}")
PER_ROUND = 100
PER_DAY = 5  # to one number: nobody is flooded with messages by strangers who know it
DAY = timedelta(days=1)


def tell_received(report, now) -> CitizenMessage | None:
    """Number and code for the citizen of a report; None without a mobile number.

    Call it inside the transaction of the report.
    """
    citizen = report.citizen
    if citizen is None or not MOBILE.fullmatch(citizen.phone):
        return None
    recent = CitizenMessage.objects.filter(report__citizen=citizen, created_at__gt=now - DAY)
    if recent.count() >= PER_DAY:
        return None
    kind = CitizenMessage.Kind.RECEIVED
    return CitizenMessage.objects.create(report=report, kind=kind, created_at=now, next_try_at=now)


def text_of(message) -> str:
    """What it says, in the language of the installation."""
    report = message.report
    words = {"number": report.case.number, "code": report.code, "what": report.case.matter_class}
    with translation.override(settings.LANGUAGE_CODE):
        return _("Your report (%(what)s) has arrived. Number %(number)s, code %(code)s.") % words


def send_waiting(now=None) -> dict[str, int]:
    """Try every message whose moment has come: {"sent", "failed"}."""
    now = now or timezone.now()
    figures = {"sent": 0, "failed": 0}
    rows = CitizenMessage.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    rows = rows.select_related("report__case__matter_class", "report__citizen")
    for message in rows[:PER_ROUND]:
        if _claim(message, now):
            figures["sent" if _try(message, now) else "failed"] += 1
    return figures


def _claim(message, now) -> bool:
    """Whether this process has the message now; the next try is set before this one."""
    later = next_try(message.tries, now)
    mine = CitizenMessage.objects.filter(pk=message.pk, tries=message.tries, next_try_at__lte=now)
    return bool(mine.update(tries=F("tries") + 1, next_try_at=later))


def _try(message, now) -> bool:
    """One message that fails, however it fails, does not hold up the others."""
    row = CitizenMessage.objects.filter(pk=message.pk)
    phone, reference = message.report.citizen.phone, f"citizen-{message.pk}"
    try:
        sms.send(phone, text_of(message), reference=reference)
    except sms.Failed as failure:
        changes = after_failure(failure, message.created_at, now)
        row.update(error=str(failure)[:200], **changes)
        return False
    except Exception as error:
        log.exception("The message %s could not be sent", message.pk)
        row.update(error=repr(error)[:200])
        return False
    row.update(sent_at=now, error="", next_try_at=None)
    return True
