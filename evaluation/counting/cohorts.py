"""Which cases are members of a period, by the moment of each count or as one cohort. Pure.

What is due or done (settings.membership "due_or_done"): a task with a deadline belongs to the
period in which it was done, or at whose end it is past its deadline and undone. Numerators are
counted over the members of their denominator, so that no rate passes 100. See
docs/adr/0016-one-cohort.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

from evaluation.counting.counts import (
    COUNTS,
    INDICATORS,
    SELF_DISPOSED,
    Number,
    Rule,
    Scope,
    Value,
    accepted,
    always,
    check_due,
    check_sent,
    checked,
    closed,
    content,
    dispatched,
    due_or_closed,
    filed_unmerged,
    flag,
    late_in,
    reported,
    verified,
    verify_sent,
    voided,
)
from evaluation.counting.facts import Fact
from evaluation.counting.settings import Settings


def _both(member: Value, part: tuple[Rule, ...]) -> Value:
    (rule,) = part
    amount, at = rule.value, rule.at

    def value(fact: Fact, scope: Scope) -> Number:
        moment = at(fact)
        if moment is None or moment > scope.cutoff or not member(fact, scope):
            return 0
        return amount(fact, scope)

    return value


def within(whole: tuple[Rule, ...], part: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """`part`, a count of one rule, over the members of `whole` as of the cut-off: never more than
    the whole."""
    return tuple(replace(rule, value=_both(rule.value, part)) for rule in whole)


_waits_for_acceptance = late_in("registered")
_waits_for_dispatch = late_in("to_dispatch")


def _unsent(fact: Fact, scope: Scope) -> bool:
    return fact.should_send_verify and fact.verify_sent_at is None


def _ended_unsent(fact: Fact, scope: Scope) -> bool:
    return _unsent(fact, scope) and fact.state == "void" and fact.accepted_at is None


def _late_unsent(fact: Fact, scope: Scope) -> bool:
    return _unsent(fact, scope) and _waits_for_acceptance(fact, scope)


def _late_undispatched(fact: Fact, scope: Scope) -> bool:
    return fact.dispatched_at is None and _waits_for_dispatch(fact, scope)


def _not_in(state: str) -> Value:
    return lambda fact, scope: 1 if fact.state != state else 0


def _shirked_here(fact: Fact, scope: Scope) -> bool:
    return fact.shirked_times > 0 and fact.shirked_department_id == fact.last_department_id


_DUE: dict[str, tuple[Rule, ...]] = {
    "should_send_verify": (
        Rule(flag("should_send_verify"), verify_sent),
        Rule(_unsent, accepted),
        Rule(_ended_unsent, voided),
        Rule(_late_unsent, reported, standing=True),
    ),
    "should_verify": (
        Rule(always, verified),
        Rule(late_in("verifying"), verify_sent, standing=True),
    ),
    "should_dispatch": (
        Rule(always, dispatched),
        Rule(_late_undispatched, filed_unmerged, standing=True),
    ),
    "should_send_check": (
        Rule(_not_in("to_check"), check_sent),
        Rule(late_in("to_check"), check_due, standing=True),
    ),
    "should_check": (
        Rule(_not_in("checking"), checked),
        Rule(late_in("checking"), check_sent, standing=True),
    ),
}
# whole -> parts that are counted over its members, so that the sheet shows one cohort
_OVER: dict[str, tuple[str, ...]] = {
    "reported": ("valid_reported",),
    "should_send_verify": ("verify_sent_on_time",),
    "should_verify": ("verified", "verified_on_time", "overdue_unverified"),
    "should_dispatch": ("dispatched_on_time", "dispatched_accurate", "overdue_undispatched"),
    "should_send_check": ("check_sent_on_time",),
    "should_check": ("checked", "checked_on_time"),
    "should_close": (
        "closed",
        "closed_on_time",
        "closed_overdue",
        "forced",
        "rework",
        "rework_times",
        "extended",
        "extended_times",
        "extended_hours",
        "overdue_multiple",
        "satisfaction_answers",
        "satisfaction_called",
        "satisfaction_rated",
        "satisfaction_points",
        "satisfied",
    ),
}
_BASE = {**COUNTS, **_DUE}
_COHORT = {
    **_BASE,
    **{
        part: within(_BASE[whole], COUNTS[part]) for whole, parts in _OVER.items() for part in parts
    },
}
# Numerator and denominator of other rates, by different moments: counted for the rate alone.
PAIRS: tuple[tuple[str, str], ...] = (
    ("accepted", "reported"),
    ("accepted", "public_reported"),
    ("should_verify", "reported"),
    ("filed", "accepted"),
    ("dispatched", "filed"),
    ("public_verified", "filed"),
    ("closed", "dispatched"),
    ("disposed", "should_dispose"),
    ("disposed_on_time", "should_dispose"),
    ("overdue_undisposed", "should_dispose"),
    ("extended", "should_dispose"),
    ("rework", "disposed"),
    ("shirked", "should_dispose"),
    ("shirked", "should_close"),
    ("shirked", "filed"),
    ("checked", "should_send_check"),
    ("checked_on_time", "should_send_check"),
    ("satisfied", "closed"),
)


def pair(part: str, whole: str) -> str:
    """The name of the count of `part` over the members of `whole`."""
    return f"{part}_of_{whole}"


def _part(name: str) -> tuple[Rule, ...]:
    if name == "shirked":
        return (Rule(_shirked_here, attrgetter("shirked_at")),)
    if name == "satisfied":  # of cases: one case may have several voices
        return (Rule(content, closed),)
    return COUNTS[name]


PAIRED = {pair(part, whole): within(_COHORT[whole], _part(part)) for part, whole in PAIRS}
DUE_OR_DONE: dict[str, tuple[Rule, ...]] = {**_COHORT, **PAIRED}
EVERY = (*COUNTS, *PAIRED, *SELF_DISPOSED)


def table(settings: Settings) -> Mapping[str, tuple[Rule, ...]]:
    """The rules of every count of cases under these settings."""
    if settings.membership == "due_or_done":
        return DUE_OR_DONE
    if settings.should_close_by != "due":
        return COUNTS
    both = {
        name: tuple(replace(rule, at=due_or_closed, standing=False) for rule in COUNTS[name])
        for name in ("should_close", "should_close_net")
    }
    return {**COUNTS, **both}


def names(settings: Settings) -> tuple[str, ...]:
    """Every count that a sheet of these settings has, in order."""
    return EVERY if settings.membership == "due_or_done" else INDICATORS
