"""Counting facts, and the rates over the counts. Pure.

Percentages stay exact decimals until display; a rate without a value is None.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from evaluation.counting.cohorts import EVERY, PAIRS, names, pair, table
from evaluation.counting.counts import (
    COUNTS,
    INDICATORS,
    SELF_ACCEPTED,
    SELF_DISPOSED,
    Moment,
    Number,
    Period,
    Rule,
    Scope,
    Value,
)
from evaluation.counting.facts import Fact
from evaluation.counting.rates import (
    RATES,
    Rate,
    Rates,
    above_full,
    change,
    percent,
    quotient,
    rates,
    ratio,
    rounded,
    share,
)
from evaluation.counting.settings import Settings, SettingsError

__all__ = [
    "AREAS", "COUNTS", "EVERY", "INDICATORS", "POSTS", "RATES", "Counts", "Period", "Rate", "Rates",
    "Settings", "SettingsError", "Share", "above_full", "change", "count", "count_by", "count_many",
    "members", "percent", "quotient", "rates", "ratio", "rounded", "share", "shares",
]  # fmt: skip

Counts = dict[str, Number]
Key = Callable[[Fact], Hashable]

_COHORTS: dict[str, Moment] = {
    "created": attrgetter("reported_at"),
    "filed": attrgetter("filed_at"),
    "due": attrgetter("due_at"),
    "closed": attrgetter("closed_at"),
}

AREAS = ("district", "street", "community", "unit_grid")

# A post answers for what its holder did: count -> the field that names the person.
POSTS: dict[str, dict[str, str]] = {
    "collector": {
        "reporter_id": (
            "reported patrol_reported valid_reported filed self_disposed self_disposed_closed"
            " self_disposed_voided"
        ),
        "verifier_id": "should_verify verified verified_on_time overdue_unverified",
        "checker_id": "should_send_check should_check checked checked_on_time",
        "missed_by_id": "missed",
    },
    "acceptor": {
        "acceptor_id": "accepted accepted_on_time accepted_accurate rejected",
        "verify_sender_id": "should_send_verify verify_sent_on_time",
        "check_sender_id": "should_send_check check_sent_on_time",
    },
    "shift_leader": {
        "shift_leader_id": "filed filed_on_time filed_accurate declined",
        "closer_id": "closed close_step close_step_on_time",
    },
    "dispatcher": {
        "dispatcher_id": (
            "should_dispatch dispatched dispatched_on_time dispatched_accurate returned"
        ),
    },
    "handler": {
        "handler_id": (
            "disposed disposed_on_time disposed_overdue overdue_undisposed should_close closed"
            " closed_on_time"
        ),
    },
}
_DEPARTMENT_OWN = {"returned": "returned_department_id", "shirked": "shirked_department_id"}


class _Batch(NamedTuple):
    """Counts that share a key and a moment, so that both are looked up once per fact."""

    key: Key
    at: Moment
    standing: bool
    rules: tuple[tuple[str, Value], ...]


By = str | tuple[str, ...] | None


def _field(by: str) -> str:
    return f"{by}_id" if by in AREAS else by


def _keys(by: By) -> Mapping[str, Key]:
    """Count -> the object it is counted for. `by` is a post, "department", an area level, another
    field of `Fact`, several of these levels and fields, or None for one total under None."""
    if by is None:
        return dict.fromkeys(EVERY, _nobody)
    if isinstance(by, tuple):
        return dict.fromkeys(EVERY, attrgetter(*map(_field, by)))
    if by in POSTS:
        return {
            name: key
            for actor, counted in POSTS[by].items()
            for key in [attrgetter(actor)]
            for name in _with_pairs(counted.split())
        }
    if by == "department":
        own = {name: attrgetter(field) for name, field in _DEPARTMENT_OWN.items()}
        return {**dict.fromkeys(EVERY, attrgetter("last_department_id")), **own}
    return dict.fromkeys(EVERY, attrgetter(_field(by)))


def _with_pairs(counted: list[str]) -> list[str]:
    """The counts, and the pairs of which both belong to the same person."""
    own = [pair(part, whole) for part, whole in PAIRS if {part, whole} <= set(counted)]
    return [*counted, *own]


def _nobody(fact: Fact) -> None:
    return None


def _plan(counts: Mapping[str, tuple[Rule, ...]], keys: Mapping[str, Key]) -> list[_Batch]:
    batches: dict[tuple[Key, Moment, bool], list[tuple[str, Any]]] = defaultdict(list)
    for name, rules in counts.items():
        if name in keys:
            for rule in rules:
                batches[keys[name], rule.at, rule.standing].append((name, rule.value))
    return [_Batch(*where, tuple(rules)) for where, rules in batches.items()]


class _Counter:
    """One reading of a period: which rules take which fact, and for whom."""

    def __init__(
        self,
        period: Period,
        settings: Settings,
        cutoff: datetime,
        keys: Mapping[str, Key],
    ) -> None:
        self.period = period
        self.scope = Scope(period.start, cutoff, settings)
        self.cohort = _COHORTS.get(settings.membership)
        self.cases = _plan(table(settings), keys)
        accepted = SELF_ACCEPTED if settings.self_disposed == "in" else {}
        self.self_disposed = _plan({**SELF_DISPOSED, **accepted}, keys)

    def taken(self, fact: Fact) -> Iterable[tuple[Hashable, str, Number]]:
        """(object, count, how much) for every count that this fact adds to."""
        start, end = self.period
        cohort = None if fact.self_disposed else self.cohort
        if cohort:
            moment = cohort(fact)
            if moment is None or not start <= moment < end:
                return
        scope = self.scope
        for key, at, standing, rules in self.self_disposed if fact.self_disposed else self.cases:
            moment = at(fact)
            if moment is None or moment > scope.cutoff:
                continue
            if not cohort and (moment >= end or (moment < start and not standing)):
                continue
            owner = key(fact)
            for name, value in rules:
                amount = value(fact, scope)
                if amount:
                    yield owner, name, amount


def count_by(
    by: str | None,
    facts: Iterable[Fact],
    period: Period,
    settings: Settings,
    cutoff: datetime,
) -> dict[Hashable, Counts]:
    """Counts of every object in one pass over the facts; see `_keys` for `by`.

    An object is present as soon as one count is not 0, and then holds every count of its kind.
    What nobody answers for (no department yet, no person) stands under None.
    """
    keys = _keys(by)
    counted = [name for name in names(settings) if name in keys]
    totals: defaultdict[Hashable, Counts] = defaultdict(lambda: dict.fromkeys(counted, 0))
    counter = _Counter(period, settings, cutoff, keys)
    for fact in facts:
        for owner, name, amount in counter.taken(fact):
            totals[owner][name] += amount
    return dict(totals)


def count_many(
    groupings: Mapping[By, Collection[str]],
    facts: Iterable[Fact],
    period: Period,
    settings: Settings,
    cutoff: datetime,
) -> dict[By, dict[Hashable, Counts]]:
    """What `count_by` says for each of several groupings, asking the rules once for each fact.

    Each grouping names the counts it wants; none means all that its kind has.
    """
    counted = names(settings)
    sheets = [_Sheet(by, wanted, counted) for by, wanted in groupings.items()]
    counter = _Counter(period, settings, cutoff, dict.fromkeys(counted, _nobody))
    # Thousands of facts add the same to the same counts: what they add is numbered.
    numbers: dict[tuple[tuple[str, Number], ...], int] = {}
    for fact in facts:
        # At most one rule of a count takes a fact.
        taken = tuple((name, amount) for _, name, amount in counter.taken(fact))
        if taken:
            number = numbers.setdefault(taken, len(numbers))
            for sheet in sheets:
                sheet.enter(fact, number)
    return {sheet.by: sheet.totals(list(numbers)) for sheet in sheets}


class _Sheet:
    """One grouping: how many facts of the same owners added the same, summed up at the end."""

    def __init__(self, by: By, wanted: Collection[str], counted: Sequence[str]) -> None:
        self.by = by
        keys = {name: key for name, key in _keys(by).items() if not wanted or name in wanted}
        self.names = [name for name in counted if name in keys]
        keys = {name: keys[name] for name in self.names}
        self.keys = tuple(dict.fromkeys(keys.values()))
        self.owner = {name: self.keys.index(key) for name, key in keys.items()}
        self.tally: Counter[tuple[tuple[Hashable, ...], int]] = Counter()

    def enter(self, fact: Fact, number: int) -> None:
        self.tally[tuple([key(fact) for key in self.keys]), number] += 1

    def totals(self, added: Sequence[tuple[tuple[str, Number], ...]]) -> dict[Hashable, Counts]:
        totals: defaultdict[Hashable, Counts] = defaultdict(lambda: dict.fromkeys(self.names, 0))
        for (owners, number), facts in self.tally.items():
            for name, amount in added[number]:
                if name in self.owner:
                    totals[owners[self.owner[name]]][name] += amount * facts
        return dict(totals)


def count(facts: Iterable[Fact], period: Period, settings: Settings, cutoff: datetime) -> Counts:
    """Every count over all the facts together."""
    totals = count_by(None, facts, period, settings, cutoff)
    return totals.get(None, dict.fromkeys(names(settings), 0))


def members(
    indicator: str,
    facts: Iterable[Fact],
    period: Period,
    settings: Settings,
    cutoff: datetime,
    *,
    by: str | None = None,
    of: Collection[Hashable] = (None,),
) -> list[int]:
    """The ids of the cases behind a count, in the order given; with `by`, of the objects `of`."""
    keys = _keys(by)
    if indicator not in keys or indicator not in names(settings):
        raise KeyError(f"{indicator!r} is not a count of {by or 'cases'}")
    counter = _Counter(period, settings, cutoff, {indicator: keys[indicator]})
    return [
        fact.case_id
        for fact in facts
        if any(name == indicator and owner in of for owner, name, _ in counter.taken(fact))
    ]


class Share(NamedTuple):
    """One source or class among the filed cases; `percent` is exact."""

    key: Hashable
    filed: Number
    percent: Decimal | None


def shares(
    by: str, facts: Iterable[Fact], period: Period, settings: Settings, cutoff: datetime
) -> list[Share]:
    """Filed cases by a field of the fact (source, major …), largest first; they sum to `filed`."""
    groups = count_by(by, facts, period, settings, cutoff)
    filed = {key: counts["filed"] for key, counts in groups.items() if counts["filed"]}
    total = sum(filed.values())
    ordered = sorted(filed.items(), key=lambda item: (-item[1], str(item[0])))
    return [Share(key, number, ratio(number, total, settings)) for key, number in ordered]
