"""Public holidays and swapped work days of China, from the package `chinesecalendar`.

The State Council announces a year's days in the autumn before, and the package follows with a
release. Later days are not guessed: the weekday rule holds for them until an administrator
enters them or the package is renewed, and explanations mark them as assumed.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import chinese_calendar

from cases.time.worktime import Schedule, WorkCalendar

SpecialDays = Mapping[date, tuple[bool, str]]  # date -> (is it a work day, neutral key)

KNOWN_YEARS = frozenset(day.year for day in chinese_calendar.holidays)
KNOWN_THROUGH = date(max(KNOWN_YEARS), 12, 31)


def known_days(
    years: Iterable[int], overrides: SpecialDays | None = None
) -> dict[date, tuple[bool, str]]:
    """The exceptions over Monday to Friday in these years, in order of date.

    Holidays come with the weekends inside them; swapped work days carry the holiday they belong
    to. Keys are new_years_day, spring_festival, tomb_sweeping_day, labour_day,
    dragon_boat_festival, national_day, mid_autumn_festival, anti_fascist_70th_day. A year the
    package does not know adds nothing. `overrides` win and count in any year.
    """
    wanted = KNOWN_YEARS.intersection(years)
    days = {
        day: (works, chinese_calendar.Holiday(name).name)
        for works, table in ((False, chinese_calendar.holidays), (True, chinese_calendar.workdays))
        for day, name in table.items()
        if day.year in wanted
    }
    return dict(sorted((days | dict(overrides or {})).items()))


def work_calendar(
    schedules: tuple[Schedule, ...] = (Schedule(),),
    minutes_per_day: int = 480,
    overrides: SpecialDays | None = None,
    known_through: date | None = KNOWN_THROUGH,
    observes_holidays: bool = True,
    name: str = "",
) -> WorkCalendar:
    """A calendar with all known days. Pass a later `known_through` with overrides for that year.

    One that does not observe the public holidays has its weekdays and the overrides alone, and
    nothing in it is assumed.
    """
    if not observes_holidays:
        known_through = None
    special = known_days(KNOWN_YEARS if observes_holidays else (), overrides)
    return WorkCalendar(
        schedules=schedules,
        minutes_per_day=minutes_per_day,
        days={day: works for day, (works, _) in special.items()},
        names={day: name for day, (_, name) in special.items()},
        known_through=known_through,
        name=name,
    )
