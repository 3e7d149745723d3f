"""Urgent cases count day and night: what a limit becomes for a danger. Pure.

A danger reported on a Saturday is not due on Monday: each working unit becomes the clock unit of
the same number, so eight working hours are eight hours and a working day is 24 hours, as published
standards convert their urgent working days (codes, limits of handling standards).
"""

from cases.time.worktime import Limit, Unit

BY_THE_CLOCK = {
    Unit.WORKING_MINUTES: Unit.MINUTES,
    Unit.WORKING_HOURS: Unit.URGENT_HOURS,
    Unit.WORKING_DAYS: Unit.URGENT_DAYS,
}
CLOCK_UNITS = (Unit.MINUTES, Unit.URGENT_HOURS, Unit.URGENT_DAYS)


def by_the_clock(limit: Limit) -> Limit:
    """The limit in a unit that runs day and night, every day; others stay as they are."""
    return Limit(limit.value, BY_THE_CLOCK.get(limit.unit, limit.unit))
