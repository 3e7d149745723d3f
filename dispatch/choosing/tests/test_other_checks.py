"""Nobody checks what they reported themselves where another is on duty."""

import pytest

from cases.machine.choices import likely
from cases.states import State
from cases.tests.cast import bring
from citymgmt.accounts.models import User
from dispatch.choosing.candidates import collectors_for


@pytest.mark.parametrize("reporter", ["collector", "collector2"])
def test_the_reporter_is_offered_last(cast, reporter):
    case = bring(cast, State.TO_CHECK)
    case.reporter = getattr(cast, reporter)
    first, last = collectors_for(case)
    assert (last.user, last.reporter, first.reporter) == (case.reporter, True, False)
    offered = likely("collector", case, cast.acceptor)
    assert offered[0].value != reporter
    assert "上报" in offered[1].note
    assert "上报" not in offered[0].note


def test_where_nobody_else_is_on_duty_the_reporter_is_offered(cast):
    User.objects.exclude(pk=cast.collector.pk).update(on_duty=False)
    case = bring(cast, State.TO_CHECK)
    assert [candidate.user for candidate in collectors_for(case)] == [case.reporter]
