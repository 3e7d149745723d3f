"""Whether the parts of an evaluation add up to the whole; asked before a bulletin is published."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from evaluation.counting.indicators import above_full, percent
from evaluation.counting.labels import COUNTS, RATES
from evaluation.models import Evaluation, Kind
from evaluation.results.figures import numbers


@dataclass(frozen=True)
class Gap:
    """`parts` of `whole` sum to `found` where the whole says `expected`."""

    parts: str
    whole: str
    count: str
    expected: Any
    found: Any

    def __str__(self):
        return _("%(count)s: %(parts)s add up to %(found)s, %(whole)s has %(expected)s.") % {
            "count": COUNTS[self.count], "parts": self.parts, "found": self.found,
            "whole": self.whole, "expected": self.expected,
        }  # fmt: skip


@dataclass(frozen=True)
class Absurd:
    """A rate above 100 %: its numerator is no part of its denominator."""

    who: str
    rate: str
    value: Any

    def __str__(self):
        shown = percent(self.value)
        return _("%(who)s: %(rate)s %(value)s.") % {
            "who": self.who, "rate": RATES[self.rate], "value": shown,
        }  # fmt: skip


def absurd_rates(evaluation: Evaluation) -> list[Absurd]:
    """Every rate of an evaluation that passes 100 %, of the whole and of its objects."""
    rows = [(_("the total"), evaluation.figures["rates"])]
    rows += [(row.name, row.rates) for row in evaluation.results.all()]
    return [
        Absurd(who, name, values[name])
        for who, rates in rows
        for values in [numbers(rates)]
        for name in above_full(values)
    ]


def check_sums(evaluation: Evaluation) -> list[Gap]:
    """Every sum that does not come out; empty when all do."""
    figures, total = evaluation.figures, _("the total")
    totals = numbers(figures["totals"])
    gaps = [
        gap
        for name, words in (("source", _("sources")), ("major", _("major classes")))
        for gap in _differences(words, total, {"filed": _filed(figures["shares"][name])}, totals)
    ]
    by_kind = _by_kind(evaluation)
    nobody = numbers(figures["unassigned"].get("department", {}))
    departments = _sum([*by_kind["department"].values(), nobody])
    gaps += _differences(
        _("departments and what is not dispatched"), total, departments, totals, totals
    )
    districts = _sum(by_kind[Kind.DISTRICT].values())
    gaps += _differences(_("districts"), total, districts, totals, totals)
    gaps += _below(by_kind, Kind.DISTRICT, Kind.STREET, _("streets"))
    gaps += _below(by_kind, Kind.STREET, Kind.COMMUNITY, _("communities"))
    return gaps


def _filed(shares) -> int:
    return sum(share["filed"] for share in shares)


def _by_kind(evaluation) -> dict[str, dict[str, dict[str, Any]]]:
    """kind -> code -> counts, of areas and departments."""
    kinds = [Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY, Kind.DEPARTMENT]
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in kinds}
    rows = evaluation.results.filter(object_kind__in=kinds)
    for kind, code, counts in rows.values_list("object_kind", "code", "counts"):
        found[kind][code] = numbers(counts)
    return found


def _sum(rows) -> dict[str, Any]:
    total: defaultdict[str, Any] = defaultdict(int)
    for row in rows:
        for name, amount in row.items():
            total[name] += amount
    return total


def _below(by_kind, upper, lower, words) -> Iterator[Gap]:
    """The code of an area starts with that of the area above it."""
    below = defaultdict(list)
    for code, counts in by_kind[lower].items():
        above = next((one for one in by_kind[upper] if code.startswith(one)), None)
        below[above].append(counts)
    for code, counts in by_kind[upper].items():
        yield from _differences(words, code, _sum(below[code]), counts, counts)


def _differences(
    parts: str, whole: str, found: Mapping[str, Any], expected: Mapping[str, Any], names=("filed",)
) -> Iterator[Gap]:
    for name in names:
        if found[name] != expected[name]:
            yield Gap(parts, whole, name, expected[name], found[name])
