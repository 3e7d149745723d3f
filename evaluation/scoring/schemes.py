"""Composite schemes: weights and bands as data, scored over counts; grades and rankings. Pure.

A scheme is a row that an administrator edits; `evaluation.scoring.scheme_json` is its stored shape
and `evaluation.scoring.shipped` holds those that come with the product.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from evaluation.counting.counts import INDICATORS, Number
from evaluation.counting.indicators import RATES, quotient, rounded, share
from evaluation.counting.settings import ANY as ANY_PERIOD
from evaluation.counting.settings import PERIODS, Settings

FULL = Decimal(100)
SHOWN_DECIMALS = 2
MISSING = ("rescale", "none")
SIZES = ("unit_grids",)  # what a banded count may be divided by, given beside the counts


class SchemeError(ValueError):
    """A scheme that cannot be used; the text says where and why."""


class Step(NamedTuple):
    """Points for a count up to and including `upto`; None means any more."""

    upto: Decimal | None
    points: Decimal


Band = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One weighted part of a score.

    `indicator` is a rate (its denominator follows the settings), a quotient of two counts such as
    "extended/should_dispose", or with `bands` a count. `bands` maps a kind of period to a band,
    because limits set for a month do not suit a week; "any" serves the others. `complement`
    scores 100 - rate. `per` divides a banded count by a size of the object: a band made for one
    unit grid then suits a street of hundreds.
    """

    indicator: str
    weight: Decimal
    complement: bool = False
    bands: Mapping[str, Band] | None = None
    per: str = ""

    def __post_init__(self) -> None:
        if self.weight <= 0:
            raise SchemeError(f"{self.indicator}: weight {self.weight} is not above 0")
        if self.per and (self.bands is None or self.per not in SIZES):
            sizes = ", ".join(SIZES)
            raise SchemeError(f"{self.indicator}: per {self.per!r}: bands only, by {sizes}")
        if self.bands is not None:
            self._check_bands(self.bands)
        elif self.indicator not in RATES and not self._is_quotient():
            raise SchemeError(f"{self.indicator!r} is neither a rate nor a quotient of counts")

    def _is_quotient(self) -> bool:
        names = self.indicator.split("/")
        return len(names) == 2 and all(name in INDICATORS for name in names)

    def _check_bands(self, bands: Mapping[str, Band]) -> None:
        if self.indicator not in INDICATORS:
            raise SchemeError(f"{self.indicator!r} is not a count, so it cannot have bands")
        if not bands:
            raise SchemeError(f"{self.indicator}: bands are empty")
        for period, band in bands.items():
            where = f"{self.indicator}: band of {period!r}"
            if period not in PERIODS:
                raise SchemeError(f"{where}: not one of {', '.join(PERIODS)}")
            limits = [step.upto for step in band]
            if not limits or limits[-1] is not None or None in limits[:-1]:
                raise SchemeError(f"{where}: the last step, and only it, is open")
            bounds = [limit for limit in limits if limit is not None]
            if bounds != sorted(set(bounds)):
                raise SchemeError(f"{where}: steps do not ascend")
            if any(not 0 <= step.points <= FULL for step in band):
                raise SchemeError(f"{where}: points outside 0–100")

    def points(
        self, counts: Mapping[str, Number], settings: Settings, period: str
    ) -> Decimal | None:
        """0–100 for this part, or None where it has no value. KeyError if a count is missing."""
        if self.bands is not None:
            number = self.number(counts)
            return None if number is None else self._band_points(number, period)
        if self.indicator in RATES:
            upper, lower = quotient(self.indicator, settings)
        else:
            upper, lower = self.indicator.split("/")
        value = share(upper, lower, counts, settings)
        if value is None:
            return None
        capped = min(max(value, Decimal(0)), FULL)
        return FULL - capped if self.complement else capped

    def number(self, counts: Mapping[str, Number]) -> Decimal | None:
        """The count that a band looks at; None where there is nothing to divide by."""
        if not self.per:
            return Decimal(counts[self.indicator])
        size = counts.get(self.per, 0)
        return Decimal(counts[self.indicator]) / Decimal(size) if size else None

    def _band_points(self, number: Decimal, period: str) -> Decimal | None:
        bands = self.bands or {}
        band = bands.get(period, bands.get(ANY_PERIOD))
        if band is None:
            return None
        return next(step.points for step in band if step.upto is None or number <= step.upto)


class Grade(NamedTuple):
    """A letter from a score upwards, and the name of its colour."""

    letter: str
    cut: Decimal
    colour: str


DEFAULT_GRADES = (
    Grade("A", Decimal(90), "green"),
    Grade("B", Decimal(75), "blue"),
    Grade("C", Decimal(60), "yellow"),
    Grade("D", Decimal(40), "orange"),
    Grade("E", Decimal(0), "red"),
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """Parts for each kind of object, adding up to 100, and the grades.

    missing        where a part has no value: "rescale" leaves it out and scales the other weights
                   up; "none" gives no score at all
    part_decimals  decimals to which each weighted part is rounded; None leaves it exact
    """

    code: str
    objects: Mapping[str, tuple[Part, ...]]
    grades: tuple[Grade, ...] = field(default=DEFAULT_GRADES)
    missing: str = "rescale"
    part_decimals: int | None = None

    def __post_init__(self) -> None:
        if not self.code:
            raise SchemeError("the scheme has no code")
        if not self.objects:
            raise SchemeError(f"{self.code}: no kind of object")
        if self.missing not in MISSING:
            raise SchemeError(f"{self.code}: missing is not one of {', '.join(MISSING)}")
        if self.part_decimals is not None and self.part_decimals not in range(5):
            raise SchemeError(f"{self.code}: part_decimals is not between 0 and 4")
        for kind, parts in self.objects.items():
            total = sum(part.weight for part in parts)
            if total != FULL:
                raise SchemeError(f"{self.code}: weights of {kind!r} sum to {total}, not 100")
        self._check_grades()

    def _check_grades(self) -> None:
        cuts = [grade.cut for grade in self.grades]
        letters = {grade.letter for grade in self.grades}
        if not cuts or cuts != sorted(set(cuts), reverse=True) or cuts[-1] != 0:
            raise SchemeError(f"{self.code}: the cuts of the grades must fall, and end at 0")
        if len(letters) != len(cuts) or "" in letters:
            raise SchemeError(f"{self.code}: two grades share a letter, or one has none")

    def grade(self, value: Decimal | None) -> Grade | None:
        """The grade of a score as it is shown, so that 90.00 never stands beside a B."""
        shown = rounded(value, SHOWN_DECIMALS)
        if shown is None:
            return None
        return next(grade for grade in self.grades if shown >= grade.cut)


class PartScore(NamedTuple):
    """`points` 0–100 of one part and what it adds to the score; None = it had no value."""

    part: Part
    points: Decimal | None
    contribution: Decimal | None


class Score(NamedTuple):
    """`value` 0–100, exact; None = no score, out of rankings and averages."""

    value: Decimal | None
    parts: tuple[PartScore, ...]


def score(
    scheme: Scheme,
    object_kind: str,
    counts: Mapping[str, Number],
    settings: Settings,
    period: str = ANY_PERIOD,
) -> Score:
    """The composite score of one object. KeyError for a kind the scheme does not know.

    An object without a single rate has no score even under "rescale": a department without work
    would otherwise lead the ranking by its band for few cases alone.
    """
    parts = scheme.objects[object_kind]
    points = [part.points(counts, settings, period) for part in parts]
    given = [part for part, value in zip(parts, points, strict=True) if value is not None]
    rated = [part for part in given if part.bands is None]
    has_rates = any(part.bands is None for part in parts)
    lost = not given or (has_rates and not rated)
    if lost or (scheme.missing == "none" and len(given) < len(parts)):
        return Score(
            None, tuple(PartScore(*pair, None) for pair in zip(parts, points, strict=True))
        )
    whole = sum(part.weight for part in given)
    scored = tuple(
        PartScore(part, value, _contribution(scheme, part, value, whole))
        for part, value in zip(parts, points, strict=True)
    )
    total = sum((item.contribution for item in scored if item.contribution is not None), Decimal())
    return Score(min(total, FULL), scored)


def _contribution(
    scheme: Scheme, part: Part, points: Decimal | None, whole: Decimal | int
) -> Decimal | None:
    if points is None:
        return None
    exact = points * part.weight / whole
    return exact if scheme.part_decimals is None else rounded(exact, scheme.part_decimals)


class Ranked(NamedTuple):
    """`rank` is shared by equals and the next ranks are left out; None without a score."""

    key: Hashable
    value: Decimal | None
    rank: int | None


def rank(scores: Iterable[tuple[Hashable, Decimal | None]]) -> list[Ranked]:
    """Best first, those without a score last. Scores that are shown equal are equal."""
    items = list(scores)
    shown = {key: rounded(value, SHOWN_DECIMALS) for key, value in items}
    valued = [(key, value) for key, value in items if value is not None]
    valued.sort(key=lambda item: -(shown[item[0]] or Decimal(0)))
    ranks: list[Ranked] = []
    for place, (key, value) in enumerate(valued, start=1):
        tied = ranks and shown[ranks[-1].key] == shown[key]
        ranks.append(Ranked(key, value, ranks[-1].rank if tied else place))
    return ranks + [Ranked(key, None, None) for key, value in items if value is None]
