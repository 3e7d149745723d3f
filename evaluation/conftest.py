"""The hand-made town of the evaluation tests: what happened is known, so every figure is."""

from datetime import date, timedelta

import pytest

from cases.feed import log as live
from cases.machine.adding import add_photos
from cases.states import State
from cases.tests.cast import MORNING, act, bring, person, photo, report
from citymgmt.accounts.audit import record
from citymgmt.lib import push
from evaluation.bulletins import actions as bulletins
from evaluation.results.actions import evaluate

DAY = date(2026, 3, 2)
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


@pytest.fixture
def signed(town):
    """Cases with photos, one of them added later, an audit record, results and a bulletin; all
    published and signed."""
    first = evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    bulletin = bulletins.draft(evaluation=first, by=town.author)
    for to, who in (("checked", "evaluator"), ("approved", "leader"), ("published", "evaluator")):
        bulletin = bulletins.advance(bulletin=bulletin, to=to, by=getattr(town, who))
    town.other = report(town, cell=3)
    town.fresh = report(town, photos=[photo("close"), photo("wide", "green")])
    act(town, town.fresh, "accept", "acceptor", opinion="属实")
    add_photos(case=town.fresh, by=town.collector, photos=[photo("close", "red")])
    for n in range(3):
        record(verb="test", subject=f"row {n}", by=town.sysadmin)
    with push.silence():
        live.publish(send=False)
    return town
