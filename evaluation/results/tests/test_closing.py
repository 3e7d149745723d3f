"""Closed months keep their grid."""

from datetime import date, datetime, timedelta

import pytest

from citymgmt.lib.errors import BadInput
from evaluation.counting.periods import LOCAL, span
from evaluation.models import Evaluation, SchemeRow
from evaluation.results.closing import last_closed_day
from grid.change import actions as changing
from grid.tests.town import BEGUN, make_town

pytestmark = pytest.mark.django_db
LONG_BEFORE = datetime(2026, 1, 15, tzinfo=LOCAL)


def evaluated(start, end, cutoff=None):
    scheme = SchemeRow.objects.first()
    return Evaluation.objects.create(
        scheme=scheme, start=start, end=end, cutoff=cutoff or span(start, end).end,
        computed_at=span(start, end).end, cases=0, figures={},
    )  # fmt: skip


@pytest.fixture
def scheme():
    from evaluation.schemes.queries import load_schemes

    load_schemes()


@pytest.mark.parametrize(
    ("start", "end", "cutoff", "closed"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), None, date(2026, 1, 31)),
        (date(2026, 1, 1), date(2026, 3, 31), None, date(2026, 3, 31)),
        (date(2026, 1, 1), date(2026, 1, 30), None, None),  # no whole month
        (date(2026, 1, 5), date(2026, 1, 11), None, None),  # a week
        (date(2026, 1, 1), date(2026, 1, 31), LONG_BEFORE, None),  # a look while it ran
    ],
)
def test_a_whole_month_evaluated_after_its_end_is_closed(scheme, start, end, cutoff, closed):
    evaluated(start, end, cutoff)
    assert last_closed_day() == closed


def test_the_latest_closed_month_counts(scheme):
    for month_end in (date(2026, 2, 28), date(2026, 1, 31)):
        evaluated(month_end.replace(day=1), month_end)
    evaluated(date(2026, 3, 1), date(2026, 3, 7))
    assert last_closed_day() == date(2026, 2, 28)


def test_no_change_is_dated_into_a_closed_month(scheme, settings):
    make_town()
    evaluated(date(2026, 1, 1), date(2026, 1, 31))
    given = {"by": None, "kind": "renumber", "community": "620105001001"}
    with pytest.raises(BadInput) as refused:
        changing.preview(on=date(2026, 1, 31), **given)
    assert refused.value.code == "closed_period"
    assert changing.preview(on=date(2026, 2, 1), **given).beginning
    settings.GRID_KEEP_CLOSED_PERIODS = False
    assert changing.preview(on=BEGUN + timedelta(days=1), **given).beginning
