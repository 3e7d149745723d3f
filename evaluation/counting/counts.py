"""The counts: every one is written once, as rules over one fact. Pure.

A report is a sum of the rules over facts; a drill-down is the list of facts the same rules take.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from evaluation.counting.facts import DISPOSAL, Fact
from evaluation.counting.settings import Settings

Number = int | Decimal
Moment = Callable[[Fact], datetime | None]

STOCKPILE_AFTER = timedelta(days=60)
SATISFIED_FROM = 80  # the score of "satisfied"


class Period(NamedTuple):
    """A half-open span of time: `start` belongs to it, `end` does not. Both aware."""

    start: datetime
    end: datetime


class Scope(NamedTuple):
    """What a rule may know besides the fact. `cutoff` is the moment the figures speak of."""

    start: datetime
    cutoff: datetime
    settings: Settings


Value = Callable[[Fact, Scope], Number]


@dataclass(frozen=True, slots=True)
class Rule:
    """How much a fact adds to a count (0: it is not a member), and when.

    `at` is the moment of the rule's own event. A `standing` rule speaks of a condition that holds
    at the cut-off, so that what began before the period and still stands is counted too.
    """

    value: Value
    at: Moment
    standing: bool = False


def always(fact: Fact, scope: Scope) -> int:
    return 1


def flag(name: str) -> Callable[[Fact, Scope], int]:
    get = attrgetter(name)
    return lambda fact, scope: 1 if get(fact) else 0


def _amount(name: str) -> Callable[[Fact, Scope], Number]:
    get: Callable[[Fact], Number] = attrgetter(name)
    return lambda fact, scope: get(fact)


def _valid(fact: Fact, scope: Scope) -> bool:
    return fact.state != "void"


def _not_voided(fact: Fact, scope: Scope) -> bool:
    return fact.void_origin != "void"


def _origin(name: str) -> Callable[[Fact, Scope], bool]:
    return lambda fact, scope: fact.void_origin == name


def _public(fact: Fact, scope: Scope) -> bool:
    return fact.source_group != "collector"


def _public_verified(fact: Fact, scope: Scope) -> bool:
    return fact.verified_exists and fact.source_group != "collector"


def _on_time(fact: Fact) -> bool:
    return fact.exempt or not fact.overdue


def _counted(fact: Fact, scope: Scope) -> bool:
    """Neither suspended nor dropped after an appeal, where the settings say so."""
    return (fact.state != "suspended" or scope.settings.suspended == "in") and not (
        fact.exempt and scope.settings.exempt == "drop"
    )


def _disposed_on_time(fact: Fact, scope: Scope) -> bool:
    return _on_time(fact) and _counted(fact, scope)


def _disposed_overdue(fact: Fact, scope: Scope) -> bool:
    return not _on_time(fact) and _counted(fact, scope)


def _in_disposal(fact: Fact, scope: Scope) -> bool:
    working = fact.state in DISPOSAL or fact.state == "suspended"
    return working and fact.should_dispose and _counted(fact, scope)


def _overdue_undisposed(fact: Fact, scope: Scope) -> bool:
    past = fact.due_at is not None and scope.cutoff > fact.due_at
    ended = fact.disposed_at or fact.closed_at
    return past and not ended and _in_disposal(fact, scope)


def _past_disposal(fact: Fact, scope: Scope) -> bool:
    return fact.disposed_at is not None and _counted(fact, scope)


def _closed_undisposed(fact: Fact, scope: Scope) -> bool:
    undisposed = fact.closed_at is not None and fact.disposed_at is None
    return undisposed and _counted(fact, scope)


def _to_dispose(fact: Fact, scope: Scope) -> bool:
    return fact.should_dispose and _counted(fact, scope)


def _dispatched_accurate(fact: Fact, scope: Scope) -> bool:
    if scope.settings.dispatched_accurate == "B":
        return fact.rework_times == 0
    one = fact.first_department_id == fact.last_department_id
    return fact.dispatched_at is not None and one


def late_in(state: str) -> Callable[[Fact, Scope], bool]:
    return lambda fact, scope: (
        fact.state == state and fact.stage_due_at is not None and scope.cutoff > fact.stage_due_at
    )


def _suspended(fact: Fact, scope: Scope) -> bool:
    return fact.suspended_at is not None and fact.suspended_at >= scope.start


def _suspended_old(fact: Fact, scope: Scope) -> bool:
    return fact.suspended_at is not None and fact.suspended_at < scope.start


def _stockpiled(fact: Fact, scope: Scope) -> bool:
    since = fact.hard_suspended_at
    return since is not None and scope.cutoff - since >= STOCKPILE_AFTER


def _voices(fact: Fact) -> tuple[int, ...]:
    return (*fact.called, *fact.rated)


def _satisfied(fact: Fact, scope: Scope) -> int:
    return sum(score >= SATISFIED_FROM for score in _voices(fact))


def content(fact: Fact, scope: Scope) -> bool:
    """Whether the voices about a case are satisfied on the average."""
    said = _voices(fact)
    return bool(said) and sum(said) >= SATISFIED_FROM * len(said)


def _missed(fact: Fact, scope: Scope) -> bool:
    if scope.settings.missed == "public_verified":
        return _public_verified(fact, scope)
    return fact.missed


def _multiple(fact: Fact, scope: Scope) -> Number:
    return fact.overdue_multiple if not _on_time(fact) and _counted(fact, scope) else 0


reported: Moment = attrgetter("reported_at")
accepted: Moment = attrgetter("accepted_at")
verify_sent: Moment = attrgetter("verify_sent_at")
verified: Moment = attrgetter("verified_at")
_filed: Moment = attrgetter("filed_at")
dispatched: Moment = attrgetter("dispatched_at")
_disposed: Moment = attrgetter("disposed_at")
_due: Moment = attrgetter("due_at")
check_due: Moment = attrgetter("check_due_at")
check_sent: Moment = attrgetter("check_sent_at")
checked: Moment = attrgetter("checked_at")
closed: Moment = attrgetter("closed_at")
voided: Moment = attrgetter("voided_at")
_suspended_moment: Moment = attrgetter("suspended_at")


def filed_unmerged(fact: Fact) -> datetime | None:
    return None if fact.void_origin == "merge" else fact.filed_at


def due_or_closed(fact: Fact) -> datetime | None:
    return fact.due_at or fact.closed_at


def _net(rule: Rule) -> Rule:
    """The same without the cases suspended now, whatever the settings say."""
    return replace(rule, value=lambda f, s: f.state != "suspended" and rule.value(f, s))


# should_close = disposed + overdue_undisposed; what a leader closes before it was disposed is due
# as well, or closed could exceed it. At most one of the three takes a case, whatever the moment.
_SHOULD_CLOSE = (
    Rule(_past_disposal, _disposed),
    Rule(_overdue_undisposed, _due, standing=True),
    Rule(_closed_undisposed, closed),
)

COUNTS: dict[str, tuple[Rule, ...]] = {
    "reported": (Rule(always, reported),),
    "patrol_reported": (Rule(lambda f, s: f.source_group == "collector", reported),),
    "public_reported": (Rule(_public, reported),),
    "valid_reported": (Rule(_valid, filed_unmerged),),
    "should_send_verify": (Rule(flag("should_send_verify"), reported),),
    "verify_sent_on_time": (Rule(flag("verify_sent_on_time"), verify_sent),),
    "should_verify": (Rule(always, verify_sent),),
    "verified": (Rule(always, verified),),
    "verified_on_time": (Rule(flag("verified_on_time"), verified),),
    "overdue_unverified": (Rule(late_in("verifying"), verify_sent, standing=True),),
    "public_verified": (Rule(_public_verified, verified),),
    "accepted": (Rule(always, accepted),),
    "accepted_on_time": (Rule(flag("accepted_on_time"), accepted),),
    "accepted_accurate": (Rule(_not_voided, accepted),),
    "rejected": (Rule(_origin("reject"), voided),),
    "declined": (Rule(_origin("decline"), voided),),
    "voided": (Rule(_origin("void"), voided),),
    "merged": (Rule(_origin("merge"), voided),),
    "filed": (Rule(always, filed_unmerged),),
    "filed_on_time": (Rule(flag("filed_on_time"), filed_unmerged),),
    "filed_accurate": (Rule(_not_voided, filed_unmerged),),
    "should_dispatch": (Rule(always, filed_unmerged),),
    "dispatched": (Rule(always, dispatched),),
    "dispatched_on_time": (Rule(flag("dispatched_on_time"), dispatched),),
    "dispatched_accurate": (Rule(_dispatched_accurate, filed_unmerged),),
    "overdue_undispatched": (Rule(late_in("to_dispatch"), filed_unmerged, standing=True),),
    "should_dispose": (Rule(_to_dispose, dispatched),),
    "disposed": (Rule(_counted, _disposed),),
    "disposed_on_time": (Rule(_disposed_on_time, _disposed),),
    "disposed_overdue": (Rule(_disposed_overdue, _disposed),),
    "open_dispose": (Rule(_in_disposal, dispatched, standing=True),),
    "overdue_undisposed": (Rule(_overdue_undisposed, _due, standing=True),),
    "should_close": _SHOULD_CLOSE,
    "should_close_net": tuple(_net(rule) for rule in _SHOULD_CLOSE),
    "closed": (Rule(_counted, closed),),
    "closed_on_time": (Rule(_disposed_on_time, closed),),
    "closed_overdue": (Rule(_disposed_overdue, closed),),
    "forced": (Rule(flag("forced"), closed),),
    "close_step": (Rule(always, attrgetter("close_step_at")),),
    "close_step_on_time": (Rule(flag("close_step_on_time"), attrgetter("close_step_at")),),
    "should_send_check": (Rule(always, check_due),),
    "check_sent_on_time": (Rule(flag("check_sent_on_time"), check_sent),),
    "should_check": (Rule(always, check_sent),),
    "checked": (Rule(always, checked),),
    "checked_on_time": (Rule(flag("checked_on_time"), checked),),
    "rework": (Rule(flag("rework_times"), attrgetter("rework_at")),),
    "rework_times": (Rule(_amount("rework_times"), attrgetter("rework_at")),),
    "extended": (Rule(flag("extended_times"), attrgetter("extended_at")),),
    "extended_times": (Rule(_amount("extended_times"), attrgetter("extended_at")),),
    "extended_hours": (Rule(_amount("extended_hours"), attrgetter("extended_at")),),
    "returned": (Rule(flag("returned_times"), attrgetter("returned_at")),),
    "shirked": (Rule(flag("shirked_times"), attrgetter("shirked_at")),),
    "suspended": (Rule(_suspended, _suspended_moment, standing=True),),
    "suspended_old": (Rule(_suspended_old, _suspended_moment, standing=True),),
    "stockpiled": (Rule(_stockpiled, attrgetter("hard_suspended_at"), standing=True),),
    "overdue_multiple": (Rule(_multiple, closed),),
    "satisfaction_answers": (Rule(lambda f, s: len(_voices(f)), closed),),
    "satisfaction_called": (Rule(lambda f, s: len(f.called), closed),),
    "satisfaction_rated": (Rule(lambda f, s: len(f.rated), closed),),
    "satisfaction_points": (Rule(lambda f, s: sum(_voices(f)), closed),),
    "satisfied": (Rule(_satisfied, closed),),
    "missed": (Rule(_missed, reported),),
}
SELF_DISPOSED: dict[str, tuple[Rule, ...]] = {
    "self_disposed": (Rule(always, reported),),
    "self_disposed_closed": (Rule(always, closed),),
    "self_disposed_voided": (Rule(always, voided),),
}
SELF_ACCEPTED: dict[str, tuple[Rule, ...]] = {
    "accepted": (Rule(always, reported),),
    "accepted_on_time": (Rule(always, reported),),
    "accepted_accurate": (Rule(_valid, reported),),
}
INDICATORS = (*COUNTS, *SELF_DISPOSED)
