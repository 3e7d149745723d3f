"""Rounds of the timer are judged before they act; a doubt stops them until a person has looked.

The clock is read here and handed to `judging`. What people do meanwhile is refused where the clock
itself is doubted: it would be written into a day that has not come.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case, CaseEvent, TimerRound
from cases.time import judging
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_STANDARDS
from citymgmt.accounts.rules import holds
from citymgmt.lib import clock
from citymgmt.lib.declared import declared
from citymgmt.lib.errors import NotNow, NotYours
from citymgmt.lib.rows import Prepared

log = logging.getLogger(__name__)
ROW = 1
# Doubts that nobody is asked about where nobody is there to answer.
UNASKED = {judging.Doubt.GAP, judging.Doubt.MANY}
_row = Prepared(lambda: TimerRound.objects.all())


# --- rounds ---------------------------------------------------------------------------------
@transaction.atomic
def may_act() -> bool:
    """Judge the round that begins now, and keep it for the next; False where the timer stands."""
    row = TimerRound.objects.select_for_update().filter(pk=ROW).first()
    if row and row.stopped_at:
        return False
    found = reading()
    doubt = judging.doubt(found, row and _before(row), bounds())
    if doubt in UNASKED and unattended():
        doubt = None
    row = row or TimerRound(pk=ROW)
    if doubt:
        _stop(row, found, doubt)
    else:
        _keep(row, found)
    row.save()
    return not doubt


def unattended() -> bool:
    """Whether an app says that nobody attends to this installation."""
    return any(asked() for asked in declared("unattended"))


def _stop(row, found, doubt):
    if row.at is None:
        _keep(row, found)
    row.stopped_at, row.doubt = found.now, doubt
    row.told = {
        "clock": found.now.isoformat(),
        "database": found.database and found.database.isoformat(),
        "last": found.last and found.last.isoformat(),
        "round": row.at.isoformat(),
        "due": found.due,
        "before": row.due,
    }
    log.error("The timers have stopped: %s %s", doubt.value, row.told)


def _keep(row, found):
    row.at, row.machine, row.running, row.due = found.now, found.machine, found.running, found.due


def resume(*, by: User | None, request=None) -> TimerRound:
    """A person says that the clock is right: what is due is done in the next round. `by` None is
    the installation itself. NotYours; NotNow where nothing stands."""
    if by is not None and not holds(by, MANAGE_STANDARDS):
        raise NotYours(_("This is not yours to do."), "not_yours")
    with transaction.atomic():
        row = TimerRound.objects.select_for_update().filter(pk=ROW).first()
        if row is None or not row.stopped_at:
            raise NotNow(_("The timers are running."), "running")
        found, doubt = reading(), row.doubt
        _keep(row, found)
        row.lead = (found.database - found.now).total_seconds() if found.database else 0
        row.confirmed = found.last
        row.stopped_at, row.doubt, row.told = None, "", {}
        row.save()
        data = {"reason": doubt, "due": found.due, "clock": found.now}
        record(verb="resume_timers", by=by, data=data, request=request)
    return row


# --- the clock ------------------------------------------------------------------------------
def is_right() -> bool:
    """Whether the clock is believed now; for whatever acts by it besides the rounds."""
    return _doubt_now(timezone.now()) is None


def refuse_doubted(now: datetime) -> None:
    """NotNow for a deed of this moment while the clock is doubted; one query."""
    if _doubt_now(now) in judging.OF_THE_CLOCK:
        detail = _(
            "The clock of the server is in doubt, so nothing can be entered until the system "
            "administrator has looked at it. It says %(now)s."
        )
        raise NotNow(detail % {"now": f"{timezone.localtime(now):%Y-%m-%d %H:%M}"}, "clock")


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a moment of the record has not come yet, beyond what two clocks may differ."""
    return moment > now + bounds().jump


def _doubt_now(now):
    """The reason for which the timer stands, or what this machine knows before the next round."""
    found = _row()
    if not found:
        return None
    if found[0].stopped_at:
        return judging.Doubt(found[0].doubt)
    here = judging.Reading(now, clock.machine(), clock.running(), _database_clock())
    return judging.doubt_of_clock(here, _before(found[0]), bounds())


def stopped() -> TimerRound | None:
    """The row of a timer that stands, for those who are told of it."""
    found = _row()
    return found[0] if found and found[0].stopped_at else None


def told_of(user) -> bool:
    """Whether a stop is a matter of this person: the system administrator, who leads the shift."""
    return holds(user, MANAGE_STANDARDS) or holds(user, "approve")


# --- readings -------------------------------------------------------------------------------
def reading() -> judging.Reading:
    """All clocks now, the newest row of the log, and how many cases are due."""
    now = timezone.now()
    last = CaseEvent.objects.order_by("-at").values_list("at", flat=True).first()
    due = Case.objects.filter(next_at__lte=now).count()
    return judging.Reading(now, clock.machine(), clock.running(), _database_clock(), last, due)


def _database_clock() -> datetime | None:
    """SQLite asks this machine, so it knows nothing else."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _before(row) -> judging.Before:
    lead = timedelta(seconds=row.lead)
    return judging.Before(row.at, row.machine, row.running, row.due, lead, row.confirmed)


def bounds() -> judging.Bounds:
    return judging.Bounds(
        jump=timedelta(minutes=settings.CLOCK_JUMP_MINUTES),
        gap=timedelta(days=settings.CLOCK_GAP_DAYS),
        many=settings.TIMERS_MOST_DUE,
        times=settings.TIMERS_TIMES_MORE,
        every=timedelta(seconds=settings.PERIODIC["overdue"][1]),
    )
