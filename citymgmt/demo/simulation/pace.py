"""How much happens and how long it takes. Pure.

Magnitudes: workflow §17 (sources, components 2–4 %, rework about 5 %, disposal in hours).
"""

import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

# Reports by hour of the day: shifts from 07:00 to 21:30, the public at all hours.
HOURS = (
    1, 1, 1, 1, 1, 2, 8, 40, 80, 95, 90, 70, 35, 40, 75, 85, 80, 65, 40, 35, 30, 20, 8, 3,
)  # fmt: skip
WEEKEND = 0.72
COLLECTORS = 0.91  # of the reports by day; at night the public is alone
SHIFT = range(7, 22)
# Collectors walk in two shifts that overlap for an hour; every eighth keeps watch at night.
EARLY, LATE, WATCH = range(7, 15), range(14, 22), 8
# Others than collectors: share, source.
OTHERS = (
    (30, "hotline_12345"), (22, "hotline_12319"), (12, "wechat"), (10, "app"), (6, "web"),
    (10, "video"), (4, "media"), (3, "leader"), (3, "referral"),
)  # fmt: skip
# Of a disposal's limit, what departments use: one in twenty comes too late.
SHARE_MEDIAN, SHARE_SIGMA = 0.42, 0.52


def day_of(rng: Random, day: date, per_day: float, zone: ZoneInfo) -> Iterator[datetime]:
    """Instants of the reports of one local day, in order."""
    expected = per_day * (WEEKEND if day.weekday() >= 5 else 1)
    number = max(0, round(rng.gauss(expected, math.sqrt(expected))))
    seconds = sorted(
        hour * 3600 + rng.randrange(3600) for hour in rng.choices(range(24), HOURS, k=number)
    )
    midnight = datetime.combine(day, time.min, zone)
    return (midnight + timedelta(seconds=second) for second in seconds)


def source(rng: Random, hour: int) -> str:
    """The source of one report."""
    if hour in SHIFT and rng.random() < COLLECTORS:
        return "patrol"
    return rng.choices([code for _, code in OTHERS], [share for share, _ in OTHERS])[0]


def on_shift(number: int, hour: int) -> bool:
    """Whether the collector of this number, from 0, is on duty in an hour of the local day.
    Number 0 stands in at all hours, so that nobody waits for a collector in vain."""
    if number == 0:
        return True
    if hour not in EARLY and hour not in LATE:
        return number % WATCH == 0
    return hour in (LATE if number % 2 else EARLY)


def minutes(rng: Random, median: float, sigma: float = 0.6) -> timedelta:
    """A log-normal time of so many minutes in the middle, at least ten seconds."""
    return timedelta(seconds=max(10, round(60 * median * math.exp(rng.gauss(0, sigma)))))


def share(rng: Random) -> float:
    """The part of its limit that a disposal takes."""
    return min(6.0, SHARE_MEDIAN * math.exp(rng.gauss(0, SHARE_SIGMA)))


def weights(rng: Random, number: int) -> list[float]:
    """Uneven weights: few places and classes cause much of the work."""
    return [math.exp(rng.gauss(0, 1.1)) for _ in range(number)]
