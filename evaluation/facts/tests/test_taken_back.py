"""Marks of a wrong clock that were taken back leave facts and counts as if they had not been."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.machine import actions
from cases.machine.taking_back import take_back
from cases.models import Case
from cases.record.chain import broken_cases
from cases.states import State
from cases.tests.cast import MORNING, bring, report
from cases.tests.rows import UNTIL, suspended
from evaluation.facts.queries import fold_cases, refresh_facts, stale

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWN = {"case_id": 0, "number": ""}


def fact(case, cutoff=None):
    ((_last, found),) = fold_cases([case.pk], cutoff)
    return replace(found, **OWN)


def both(cast, state):
    """Two alike: what happens to the one only, and the one to which nothing happens."""
    soon = {"filing_condition": cast.cover_open}
    return [bring(cast, state, minutes=0, case=report(cast), **soon) for _ in range(2)]


def struck(case, at=MORNING + DAY):
    """The timer acts on this one by a clock that is ahead."""
    others = Case.objects.exclude(pk=case.pk)
    kept = dict(others.values_list("pk", "next_at"))
    others.update(next_at=None)
    assert actions.strike(at=at)
    for pk, moment in kept.items():
        Case.objects.filter(pk=pk).update(next_at=moment)


@pytest.mark.parametrize("state", [State.TO_DISPOSE, State.DISPOSING, State.DEPT_REVIEW])
@pytest.mark.parametrize("ends", [State.FEEDBACK_IN, State.CLOSED])
def test_facts_are_as_if_they_had_not_been(cast, state, ends):
    marked, plain = both(cast, state)
    struck(marked)
    refresh_facts()
    span = {"since": MORNING + HOUR, "until": MORNING + 2 * DAY}
    people = {"admin": cast.sysadmin, "leader": cast.leader}
    figures = take_back(**span, **people, reason="时钟错误", at=MORNING + HOUR)
    assert figures["cases"] == 1
    assert stale() == [marked.pk]  # its fact is folded anew
    for case in (marked, plain):
        case.refresh_from_db()
        bring(cast, ends, case=case, at=MORNING + HOUR, minutes=1)
    assert fact(marked) == fact(plain)
    assert not fact(marked).overdue
    assert marked.disposal_overdue == plain.disposal_overdue is False
    assert marked.closed_kind == plain.closed_kind
    assert not list(broken_cases())


def test_facts_of_a_suspension_that_did_not_end(cast):
    woken, plain = both(cast, State.TO_DISPOSE)
    for case in (woken, plain):
        suspended(cast, case)
        case.refresh_from_db()
    struck(woken, UNTIL + DAY)
    woken.refresh_from_db()
    assert woken.state == State.TO_DISPOSE
    refresh_facts()
    then = MORNING + 2 * HOUR
    people = {"admin": cast.sysadmin, "leader": cast.leader}
    span = {"since": UNTIL, "until": UNTIL + 2 * DAY}
    assert take_back(**span, **people, reason="时钟错误", at=then)["suspensions"] == 1
    assert stale() == [woken.pk]
    refresh_facts()
    assert stale() == []
    assert fact(woken) == fact(plain)
    assert fact(woken).suspended_at
    for moment in (then, UNTIL, UNTIL + 3 * DAY):  # as at a moment before and after both rows
        assert fact(woken, moment) == fact(plain, moment)
