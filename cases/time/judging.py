"""Whether a round of the timer may act: one reading of all clocks against the round before.

Pure. Instants are aware; the running time of a machine is in seconds and cannot be set.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Doubt(TextChoices):
    """Why a round does not act."""

    DATABASE = "database", _("The clock of this machine is not that of the database.")
    JUMP = "jump", _("The clock was set: more or less time has passed than it says.")
    BEHIND = "behind", _("The clock is behind what the record has written already.")
    GAP = "gap", _("Nothing has happened for days, or the clock has been set ahead.")
    MANY = "many", _("Far more is due at once than ever before.")


# What people do is written with a wrong moment as well; after a gap they go on working.
OF_THE_CLOCK = frozenset({Doubt.DATABASE, Doubt.JUMP, Doubt.BEHIND})


@dataclass(frozen=True)
class Bounds:
    """From the settings. `jump`: how far two clocks may differ; `gap`: how long nothing may have
    happened; `many` and `times`: how much more may be due than in the last round, which the
    schedule puts `every` before this one."""

    jump: timedelta
    gap: timedelta
    many: int
    times: int
    every: timedelta


@dataclass(frozen=True)
class Reading:
    """All clocks at one instant. `database` is None where it has the clock of this machine, `last`
    is the newest row of the record."""

    now: datetime
    machine: str
    running: float
    database: datetime | None = None
    last: datetime | None = None
    due: int = 0


@dataclass(frozen=True)
class Before:
    """The last round; and what a person has confirmed: the database's lead, the newest row."""

    at: datetime
    machine: str
    running: float
    due: int = 0
    lead: timedelta = timedelta(0)
    confirmed: datetime | None = None


def doubt_of_clock(reading: Reading, before: Before | None, bounds: Bounds) -> Doubt | None:
    """What is wrong with the clock, if anything."""
    lead = before.lead if before else timedelta(0)
    if reading.database and abs(reading.database - reading.now - lead) > bounds.jump:
        return Doubt.DATABASE
    passed = time_passed(reading, before)
    if before and passed is not None and abs(reading.now - before.at - passed) > bounds.jump:
        return Doubt.JUMP
    return Doubt.BEHIND if _behind(reading, before, bounds) else None


def doubt(reading: Reading, before: Before | None, bounds: Bounds) -> Doubt | None:
    """Why a round does not act, or None. What is due because time has truly passed (the machine
    ran, no worker did) is no reason; after a restart nothing says how much has."""
    if wrong := doubt_of_clock(reading, before, bounds):
        return wrong
    passed = time_passed(reading, before)
    known = [moment for moment in (reading.last, before and before.at) if moment]
    if passed is None and known and reading.now - max(known) > bounds.gap:
        return Doubt.GAP
    return Doubt.MANY if reading.due > most(passed, before, bounds) else None


def most(passed: timedelta | None, before: Before | None, bounds: Bounds) -> int:
    """How many may be due, for each round that would have been in the time that passed."""
    rounds = passed // bounds.every if passed else 1
    return max(bounds.many, bounds.times * (before.due if before else 0)) * max(1, rounds)


def time_passed(reading: Reading, before: Before | None) -> timedelta | None:
    """What the machine itself says; None where it was started anew, or is another one."""
    if before is None or before.machine != reading.machine or before.running > reading.running:
        return None
    return timedelta(seconds=reading.running - before.running)


def _behind(reading, before, bounds):
    """A row of the record or a round that lies ahead, beyond what a person has confirmed."""
    told = [before.at] if before else []
    if reading.last and not (before and before.confirmed == reading.last):
        told.append(reading.last)
    return any(moment > reading.now + bounds.jump for moment in told)
