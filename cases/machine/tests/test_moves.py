"""The table of moves as a table: what can be said of it without any case."""

import pytest

from cases.machine.moves import MOVES, moves_from
from cases.states import HOLDER, OPEN, REQUESTS, Stage, State, stage_of


@pytest.mark.parametrize("state", State)
def test_a_clock_runs_and_somebody_holds_the_case_until_its_end(state):
    runs = stage_of(state) is not None
    assert runs is (state in OPEN and state != State.SUSPENDED)
    assert (state in HOLDER) is (state in OPEN)


def test_an_open_return_is_the_centers_to_decide_and_no_other_request_is():
    assert stage_of(State.TO_DISPOSE, "return_") == Stage.DISPATCH
    assert stage_of(State.DISPOSING, "return_") == Stage.DISPOSE
    others = set(REQUESTS.values()) - {"return_"}
    assert {stage_of(State.TO_DISPOSE, request) for request in others} == {Stage.DISPOSE}


@pytest.mark.parametrize("state", State)
def test_the_rows_of_a_state_come_in_the_order_of_the_table(state):
    rows = moves_from(state)
    assert all(state in row.sources for row in rows)
    assert rows == [row for row in MOVES if row in rows]


def test_every_state_can_be_reached_and_every_open_one_left():
    reached = {State.REGISTERED}
    for _step in State:
        reached |= {row.target for state in reached for row in moves_from(state) if row.target}
    assert reached == set(State)
    for state in OPEN:
        assert any(row.target not in (None, state) for row in moves_from(state)), state
