"""Text messages to citizens who agreed to them: written with the act they tell of, sent by the
beat.

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
from hotline.citizens import outcome
from hotline.citizens.queries import about
from hotline.models import Call, CitizenMessage, PublicReport

log = logging.getLogger(__name__)
MOBILE = re.compile(r"1\d{10}")
PER_ROUND = 100
PER_DAY = 5  # to one number: nobody is flooded with messages by strangers who know it
DAY = timedelta(days=1)


def tell_received(report, now) -> None:
    """Number and code for the citizen of a report. Call it inside the transaction of the report."""
    _write(CitizenMessage.Kind.RECEIVED, [report], now)


def tell_ended(case, now) -> None:
    """How a case ended, once for everybody behind it, also for those whose report was merged into
    it. Call it inside the transaction of the end."""
    reports = PublicReport.objects.filter(about(case), may_text=True).select_related("citizen")
    calls = Call.objects.filter(about(case), may_text=True).select_related("caller")
    # A report goes before a call: its text names the page where its code opens more.
    told = [*reports.order_by("id"), *calls.order_by("id")]
    _write(CitizenMessage.Kind.ENDED, told, now, round=case.round)


def tell_ended_already(call, now) -> None:
    """How the case ended to which a call was attached after its end."""
    _write(CitizenMessage.Kind.ENDED, [call], now, round=call.case.main.round)


def _write(kind, told, now, round=0) -> None:
    """One message to every citizen of these calls and reports who may be sent one."""
    people = {}
    for row in told:
        if may_send(row, now):
            people.setdefault(row.citizen, row)
    rows = [
        CitizenMessage(
            kind=kind, round=round, created_at=now, next_try_at=now,
            **{"report" if isinstance(row, PublicReport) else "call": row},
        )
        for row in people.values()
    ]  # fmt: skip
    CitizenMessage.objects.bulk_create(rows, ignore_conflicts=True)


def may_send(told, now) -> bool:
    """Whether a text message may go to who made a call or a report: they agreed to it, the number
    takes some, and not too many went there."""
    citizen = told.citizen
    able = citizen is not None and MOBILE.fullmatch(citizen.phone)
    return bool(told.may_text and able and not _flooded(citizen, now))


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
