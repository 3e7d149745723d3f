"""The hand-made town of the evaluation tests: what happened is known, so every figure is."""

from datetime import timedelta

import pytest

from cases.states import State
from cases.tests.cast import MORNING, act, bring, person, report

HOUR = timedelta(hours=1)


@pytest.fixture
def town(cast):
    """Monday: one case closed in time; one disposed three hours late, still to be checked; one
    public report rejected; one waiting for its department, past its deadline."""
    person(cast, "author", "evaluator", cast.center)  # writes what the evaluator checks
    cast.closed = bring(cast, State.CLOSED)
    late = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    cast.late = bring(cast, State.FEEDBACK_IN, case=late, at=MORNING + 5 * HOUR)
    rejected = report(cast, by="acceptor", source="hotline_12345")
    cast.rejected = act(cast, rejected, "reject", "acceptor", reject_reason="invalid", opinion="no")
    cast.waiting = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    return cast
