"""Text messages to citizens: written with the act they tell of, sent by the beat.

A message is claimed by a conditional update and tried again with growing pauses. The gateway may
see one twice (the process ended between sending and storing); its reference is the same then.
"""

import logging
import re
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from citymgmt.lib import sms
from citymgmt.lib.sms.tries import after_failure, next_try
from hotline import outcome
from hotline.models import Call, CitizenMessage, PublicReport

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
    if _flooded(citizen, now):
        return None
    kind = CitizenMessage.Kind.RECEIVED
    return CitizenMessage.objects.create(report=report, kind=kind, created_at=now, next_try_at=now)


def tell_ended(case, now) -> list[CitizenMessage]:
    """How a case ended, for everybody who left a mobile number and wants a reply: once each, also
    for those whose report was merged into it. Call it inside the transaction of the end."""
    here = Q(case=case) | Q(case__merged_into=case)
    reports = PublicReport.objects.filter(here, reply_required=True).select_related("citizen")
    calls = Call.objects.filter(here, reply_required=True).select_related("caller")
    wishes = {row.citizen: {"report": row} for row in reports.order_by("-id")}
    wishes = {row.caller: {"call": row} for row in calls.order_by("-id")} | wishes
    able = [who for who in wishes if MOBILE.fullmatch(who.phone) and not _flooded(who, now)]
    rows = [
        CitizenMessage(
            kind=CitizenMessage.Kind.ENDED,
            round=case.round,
            created_at=now,
            next_try_at=now,
            **wishes[who],
        )
        for who in able
    ]
    return CitizenMessage.objects.bulk_create(rows, ignore_conflicts=True)


def _flooded(citizen, now) -> bool:
    """Whether this number has been sent enough for a day."""
    mine = Q(report__citizen=citizen) | Q(call__caller=citizen)
    return CitizenMessage.objects.filter(mine, created_at__gt=now - DAY).count() >= PER_DAY


def text_of(message) -> str:
    """What it says, in the language of the installation."""
    with translation.override(settings.LANGUAGE_CODE):
        if message.kind == CitizenMessage.Kind.ENDED:
            return outcome.in_short(message.told)
        report = message.report
        case = report.case
        words = {"number": case.number, "code": report.code, "what": case.matter_class}
        return _("Your report (%(what)s) has arrived. Number %(number)s, code %(code)s.") % words


def send_waiting(now=None) -> dict[str, int]:
    """Try every message whose moment has come: {"sent", "failed"}."""
    now = now or timezone.now()
    figures = {"sent": 0, "failed": 0}
    rows = CitizenMessage.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    rows = rows.select_related(
        "report__case__matter_class", "report__citizen", "call__case__matter_class", "call__caller"
    )
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
    phone, reference = message.phone, f"citizen-{message.pk}"
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
