"""Every row of the table of moves, tried by every post: allowed as the table says, or refused."""

from datetime import timedelta
from functools import partial

import pytest

from cases.machine import actions
from cases.machine.moves import MOVES, Move
from cases.states import REQUESTS, Action, Scope, State
from cases.tests.cast import AFTER, photo, report
from cases.tests.rows import LATER, PEOPLE, ROWS, allowed, answers_on, name_of, stand_on
from citymgmt.lib.errors import NotNow, NotYours

NO_ROW = Move(Action.WARN, frozenset(), None)


@pytest.fixture
def stand(cast):
    return partial(stand_on, cast)


def attempt(cast, case, row, who):
    values = answers_on(cast, case, row)
    given = {name: values[name] for name in row.needed if name in values}
    return actions.perform(
        case, row.action, by=getattr(cast, who), given=given,
        photos=[*AFTER, photo("before")], at=LATER + timedelta(minutes=5),
    )  # fmt: skip


@pytest.mark.parametrize("case_of_table", ROWS, ids=name_of)
def test_matrix_every_post(cast, stand, case_of_table):
    _number, row, source = case_of_table
    case = stand(row, source)
    assert case.state == source
    before = (case.events_count, case.state, case.pending)
    may = [who for who in PEOPLE if allowed(row, source, who)]
    for who in PEOPLE:
        if who in may:
            continue
        with pytest.raises(NotYours):
            attempt(cast, case, row, who)
        case.refresh_from_db()
        assert (case.events_count, case.state, case.pending) == before
    event = attempt(cast, case, row, may[0])
    case.refresh_from_db()
    assert case.state == (row.target or source) == event.state_to
    assert event.by == getattr(cast, may[0])
    if row.action in REQUESTS:
        assert case.pending == REQUESTS[row.action]


@pytest.mark.parametrize("state", list(State))
def test_matrix_every_other_action_is_not_possible(cast, stand, state):
    """409 for whatever the table does not list for the state."""
    case = stand(NO_ROW, state)
    assert case.state == state
    listed = {row.action for row in MOVES if state in row.sources}
    for action in set(Action) - listed - {Action.REPORT}:
        with pytest.raises(NotNow) as refused:
            actions.perform(case, action, by=cast.shift_leader, at=LATER)
        assert refused.value.code == "wrong_state"


@pytest.mark.parametrize("row", [row for row in MOVES if row.scope == Scope.SYSTEM])
def test_matrix_nobody_plays_the_timer(cast, row):
    case = report(cast)
    for who in PEOPLE:
        with pytest.raises(NotYours):
            actions.perform(case, row.action, by=getattr(cast, who), at=LATER)
