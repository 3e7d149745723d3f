"""Marks that a district gives beside the rates, from figures kept outside the case log. Pure.

Source: the rule of Chengdu Jinniu district; its constants are the defaults.
"""

from decimal import Decimal

FUMES = Decimal("0.01")
WEB_PETITIONS = Decimal("0.002")


def complaint_density(
    complaints: int, area: Decimal, population: Decimal, factor: Decimal = FUMES
) -> Decimal:
    """30 less the weighted density of complaints; `area` and `population` as the rule prints them.

    Either being 0 is a ValueError: a density over nothing has no value.
    """
    if area <= 0 or population <= 0:
        raise ValueError("area and population must be above 0")
    return Decimal(30) - complaints * factor / (area * population)


def handling_days(days: Decimal) -> Decimal:
    """10 for handling within a day, 0 from two days on, straight in between."""
    return min(Decimal(10), max(Decimal(0), (2 - days) * 10))


def over_quota(actual: int, quota: int, per: int = 200, most: Decimal = Decimal(30)) -> Decimal:
    """The deduction for things above a quota: 0.1 for every full `per`, at most `most`.

    Shared bikes 200 and 30, abandoned cars 100 and 10; below the quota nothing is deducted.
    """
    return min(most, max(0, actual - quota) // per * Decimal("0.1"))
