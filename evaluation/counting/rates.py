"""Rates: numerators over denominators, in percent; nothing is rounded until display. Pure.

A rate without a value is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from evaluation.counting.cohorts import pair
from evaluation.counting.counts import Number
from evaluation.counting.settings import DENOMINATORS, Settings

FULL = Decimal(100)
Rates = dict[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Rate:
    """Numerator over denominator; where a city may choose the denominator, the first is default.
    A denominator may be a sum of counts, joined by "+".

    `negative`: lower is better, so that scores take 100 - rate.
    """

    numerator: str
    denominators: tuple[str, ...]
    negative: bool = False


_NEGATIVE = {
    "missed_rate",
    "close_overdue_rate",
    "rework_rate",
    "extend_rate",
    "overdue_open_rate",
    "public_valid_rate",
    "shirk_rate",
}

RATES: dict[str, Rate] = {
    name: Rate(numerator, DENOMINATORS.get(name, (denominator,)), name in _NEGATIVE)
    for name, (numerator, denominator) in {
        "valid_report_rate": ("valid_reported", "reported"),
        "verify_send_rate": ("verify_sent_on_time", "should_send_verify"),
        "verify_on_time_rate": ("verified_on_time", "should_verify"),
        "check_send_rate": ("check_sent_on_time", "should_send_check"),
        "check_on_time_rate": ("checked_on_time", "should_check"),
        "missed_rate": ("missed", "filed+missed"),
        "accept_on_time_rate": ("accepted_on_time", "accepted"),
        "accept_accurate_rate": ("accepted_accurate", "accepted"),
        "file_rate": ("filed", "accepted"),
        "file_on_time_rate": ("filed_on_time", "filed"),
        "file_accurate_rate": ("filed_accurate", "filed"),
        "dispatch_rate": ("dispatched", "filed"),
        "dispatch_on_time_rate": ("dispatched_on_time", "should_dispatch"),
        "dispatch_accurate_rate": ("dispatched_accurate", "should_dispatch"),
        "dispose_rate": ("disposed", "should_dispose"),
        "dispose_on_time_rate": ("disposed_on_time", "should_close"),
        "close_rate": ("closed", "should_close"),
        "close_on_time_rate": ("closed_on_time", "should_close"),
        "close_overdue_rate": ("closed_overdue", "should_close"),
        "close_step_on_time_rate": ("close_step_on_time", "close_step"),
        "rework_rate": ("rework", "should_close"),
        "extend_rate": ("extended", "should_close"),
        "overdue_open_rate": ("overdue_undisposed", "should_dispose"),
        "public_valid_rate": ("public_verified", "filed"),
        "close_rate_net": ("closed", "should_close_net"),
        "close_on_time_rate_net": ("closed_on_time", "should_close_net"),
        "shirk_rate": ("shirked", "should_dispose"),
        "satisfied_rate": ("satisfied", "satisfaction_answers"),
        "check_rate": ("checked", "should_check"),
        "accept_rate": ("accepted", "reported"),
    }.items()
}


def ratio(numerator: Number, denominator: Number, settings: Settings) -> Decimal | None:
    """Percent, exact; over zero as the settings say."""
    if denominator:
        return Decimal(100) * numerator / Decimal(denominator)
    if settings.zero_denominator == "none":
        return None
    full = settings.zero_denominator == "zero_one" and numerator
    return Decimal(100 if full else 0)


def quotient(name: str, settings: Settings) -> tuple[str, str]:
    """The two counts of a rate under these settings."""
    rate = RATES[name]
    return rate.numerator, settings.denominators.get(name, rate.denominators[0])


def numerator(part: str, whole: str, counts: Mapping[str, Number], settings: Settings) -> str:
    """The count that stands above `whole` in a rate: of one cohort with it, where the figures were
    counted so. Counts that were given by hand have no pairs and stand as they are."""
    paired = pair(part, whole)
    return paired if settings.membership == "due_or_done" and paired in counts else part


def share(
    part: str, whole: str, counts: Mapping[str, Number], settings: Settings
) -> Decimal | None:
    """`part` of `whole` in percent, exact. KeyError where a count is missing."""
    lower = sum(counts[name] for name in whole.split("+"))
    return ratio(counts[numerator(part, whole, counts, settings)], lower, settings)


def rates(counts: Mapping[str, Number], settings: Settings) -> Rates:
    """Every rate whose counts are given, in percent and unrounded."""
    pairs = {name: quotient(name, settings) for name in RATES}
    return {
        name: share(upper, lower, counts, settings)
        for name, (upper, lower) in pairs.items()
        if {upper, *lower.split("+")} <= set(counts)
    }


def above_full(rates: Mapping[str, Decimal | None]) -> list[str]:
    """The rates that pass 100: their numerator is no part of their denominator."""
    return [name for name, value in rates.items() if value is not None and value > FULL]


def rounded(value: Decimal | None, decimals: int) -> Decimal | None:
    """Half-up, as figures are published."""
    if value is None:
        return None
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def percent(value: Decimal | None, decimals: int = 2) -> str:
    """For display: two decimals as in "93.72%", and an en dash where there is no value."""
    figure = rounded(value, decimals)
    return "–" if figure is None else f"{figure}%"


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """The difference of two rates in percentage points; None where either has no value."""
    return None if now is None or before is None else now - before
