"""A hand-made town: what happened is known, so every figure is."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from cases.states import State
from cases.tests.cast import MORNING, act, bring, report
from evaluation.actions import evaluate
from evaluation.models import Result

DAY = date(2026, 3, 2)
HOUR = timedelta(hours=1)


@pytest.fixture
def town(cast):
    """Monday: one case closed in time, one disposed late and still unchecked, one rejected, one
    waiting for its department past its deadline."""
    cast.closed = bring(cast, State.CLOSED)
    late = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    cast.late = bring(cast, State.FEEDBACK_IN, case=late, at=MORNING + 5 * HOUR)
    rejected = report(cast, by="acceptor", source="hotline_12345")
    cast.rejected = act(cast, rejected, "reject", "acceptor", reject_reason="invalid", opinion="no")
    cast.waiting = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    return cast


def run(town, **given):
    values = {"scheme": "A", "start": DAY, "end": DAY, "by": town.evaluator, **given}
    return evaluate(**values)


def test_totals_of_the_town(town):
    totals = run(town).figures["totals"]
    expected = {
        "reported": 4, "patrol_reported": 3, "public_reported": 1, "filed": 3, "dispatched": 3,
        "disposed": 2, "disposed_on_time": 1, "disposed_overdue": 1, "overdue_undisposed": 1,
        "should_close": 3, "closed": 1, "closed_on_time": 1, "rejected": 1, "checked": 1,
    }  # fmt: skip
    assert {name: totals[name] for name in expected} == expected


def test_command_tells_objects_and_seconds(town):
    out = StringIO()
    call_command("evaluate", "--scheme=A", f"--from={DAY}", f"--to={DAY}", "--json", stdout=out)
    figures = json.loads(out.getvalue().splitlines()[-1])
    assert figures["objects"] == Result.objects.count() > 0
    assert figures["seconds"] > 0
