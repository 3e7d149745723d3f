"""A closed case that is not solved: a case that follows it, or a new round of it."""

from datetime import timedelta

import pytest

from cases.machine import actions
from cases.models import Case
from cases.record.chain import broken_cases
from cases.states import State
from cases.tests.cast import act, bring, photo, report
from cases.tests.scenes import switch
from citymgmt.lib.errors import NotNow

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def closed(cast):
    """A report of the public that was filed, worked on and closed."""
    case = report(cast, by=None, source="web")
    Case.objects.filter(pk=case.pk).update(verify_result="exists")
    case.refresh_from_db()
    return bring(cast, State.CLOSED, case=case)


def tell(case, *, by=None, after=DAY, words="还在", **rest):
    return actions.perform(
        case, "unsolved", by=by, given={"opinion": words}, at=case.closed_at + after, **rest
    )


def test_a_case_follows_with_the_same_matter_place_and_source(cast, closed):
    event = tell(closed)
    closed.refresh_from_db()
    new = Case.objects.get(follows=closed)
    assert (closed.state, new.state) == (State.CLOSED, State.REGISTERED)
    same = ("matter_class_id", "point", "community_id", "source_id", "address")
    assert [getattr(new, name) for name in same] == [getattr(closed, name) for name in same]
    assert new.description.startswith("还在")
    assert (event.by, event.post, event.opinion) == (None, "", "还在")
    assert new.events.get().data["follows"] == closed.number
    assert list(broken_cases()) == []


def test_a_new_round_begins_at_the_dispatcher_with_the_same_department(cast, closed):
    switch("unsolved_goes_back", True)
    tell(closed)
    case = Case.objects.get()
    assert (case.state, case.round, case.check_result) == (State.TO_DISPATCH, 2, "")
    assert (case.closed_at, case.closed_kind, case.disposed_at) == (None, "", None)
    assert case.department == cast.water
    again = bring(cast, State.CLOSED, case=case, at=closed.closed_at + 2 * DAY)
    assert again.closed_at > closed.closed_at
    assert list(broken_cases()) == []


def test_what_was_never_filed_is_followed_in_both_settings(cast):
    switch("unsolved_goes_back", True)
    photos = [photo("before"), photo("after")]
    case = act(cast, report(cast, self_disposed=True, photos=photos), "archive", "acceptor")
    tell(case)
    assert Case.objects.get(follows=case).source.group == "public"


def test_told_twice_is_one_case(cast, closed):
    tell(closed)
    with pytest.raises(NotNow):
        tell(closed, words="又一次")
    assert Case.objects.filter(follows=closed).count() == 1


@pytest.mark.parametrize(("days", "after", "able"), [
    (15, 15 * DAY, True), (15, 15 * DAY + timedelta(seconds=1), False), (3, 4 * DAY, False),
])  # fmt: skip
def test_only_so_many_days_after_closing(cast, closed, days, after, able):
    switch("unsolved_days", days)
    if able:
        tell(closed, after=after)
    else:
        with pytest.raises(NotNow):
            tell(closed, after=after)
    assert Case.objects.filter(follows=closed).exists() == able


def test_a_patrol_is_told_anew_as_a_report_of_the_public(cast):
    """A patrol is filed without verification; what a caller says is looked at first."""
    case = bring(cast, State.CLOSED)
    tell(case, by=cast.acceptor)
    assert Case.objects.get(follows=case).source.needs_verify


def test_both_cases_name_each_other(client, cast, closed):
    tell(closed)
    new = Case.objects.get(follows=closed)
    client.force_login(cast.acceptor)
    for case, other in ((closed, new), (new, closed)):
        assert other.get_absolute_url() in client.get(case.get_absolute_url()).content.decode()
