"""Campaigns: what joins, who runs them, setting one by hand, figures and pages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from guardian.shortcuts import assign_perm

from cases import campaigns
from cases.models import Campaign, Case
from cases.states import State
from cases.tests.cast import MORNING, act, bring, person, report
from cases.tests.scenes import campaign
from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import BadInput, NotNow, NotYours

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def save(cast, by="shift_leader", **rest):
    values = {
        "name_zh": "井盖专项整治", "first_day": TODAY, "last_day": TODAY + 9 * DAY,
        "classes": [cast.cover], "areas": [cast.district], "at": MORNING,
    }  # fmt: skip
    by = getattr(cast, by) if isinstance(by, str) else by
    return campaigns.save(by=by, **{**values, **rest})


# --- what joins -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], None),
        ([(1, None)], 1),
        ([(1, 8)], None),  # elsewhere
        ([(1, 10)], 1),
        ([(1, None), (2, 10)], 2),  # the narrower one, whatever its age
        ([(1, 12), (2, 10)], 1),
        ([(1, 10), (1, 12), (2, 12)], 2),  # alike: the newer one
        ([(1, 11), (2, 8)], 1),
    ],
)
def test_the_narrowest_campaign_wins(rows, found):
    assert campaigns.match(rows, [12, 11, 10]) == found


def test_a_report_joins_by_class_place_and_day(cast):
    row = campaign(cast, areas=[cast.street])
    case = report(cast)
    assert case.campaign_id == row.pk
    assert case.events.get().data["campaign"] == row.pk
    assert report(cast, class_code=cast.litter).campaign_id is None
    row.areas.set([cast.elsewhere])
    assert report(cast).campaign_id is None
    row.areas.set([cast.community])
    assert report(cast).campaign_id == row.pk


def test_without_a_campaign_the_log_says_nothing_of_it(cast):
    assert "campaign" not in report(cast).events.get().data


@pytest.mark.parametrize(
    ("at", "joins"),
    [  # local midnight of Shanghai is 16:00 UTC of the day before
        (datetime(2026, 2, 28, 15, 59, tzinfo=UTC), False),
        (datetime(2026, 2, 28, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 10, 15, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 10, 16, 0, tzinfo=UTC), False),
    ],
)
def test_the_first_and_the_last_day_count_from_local_midnight(cast, at, joins):
    row = campaign(cast)
    assert (report(cast, at=at).campaign_id == row.pk) is joins


def test_nothing_joins_once_it_is_ended(cast):
    row = campaign(cast, closed_at=MORNING)
    assert report(cast, at=MORNING - timedelta(minutes=1)).campaign_id == row.pk
    assert report(cast, at=MORNING).campaign_id is None


def test_one_query_for_a_report_however_many_run(cast, django_assert_num_queries):
    for _n in range(3):
        campaign(cast, areas=[cast.street, cast.community])
    case = report(cast)
    with django_assert_num_queries(1):
        assert campaigns.joined(case, MORNING)


# --- setting it by hand ---------------------------------------------------------------------
def test_the_acceptor_sets_and_unsets_it(cast):
    row = campaign(cast, classes=[cast.litter])
    case = report(cast)
    act(cast, case, "set_campaign", "acceptor", campaign=str(row.pk))
    assert case.campaign == row
    assert case.state == State.REGISTERED
    assert case.events.last().data["campaign"] == row.pk
    act(cast, case, "accept", "acceptor")
    act(cast, case, "set_campaign", "acceptor", campaign="none", opinion="日常案件")
    assert case.campaign is None
    assert case.state == State.TO_FILE
    assert case.events.last().data["campaign_name"] == ""


def test_once_it_is_filed_it_stays(cast):
    row = campaign(cast)
    case = bring(cast, State.TO_DISPATCH)
    assert case.campaign == row
    with pytest.raises(NotNow):
        act(cast, case, "set_campaign", "acceptor", campaign="none")


@pytest.mark.parametrize("who", ["shift_leader", "dispatcher", "outsider", "leader"])
def test_only_acceptors_of_the_place_set_it(cast, who):
    row = campaign(cast)
    with pytest.raises(NotYours):
        act(cast, report(cast), "set_campaign", who, campaign=row.pk)


@pytest.mark.parametrize("value", ["", "x", "0", "-1", 99999])
def test_only_what_ran_that_day_can_be_set(cast, value):
    campaign(cast)
    with pytest.raises(BadInput) as refusal:
        act(cast, report(cast), "set_campaign", "acceptor", campaign=value)
    assert "campaign" in refusal.value.fields


def test_a_campaign_of_another_day_cannot_be_set(cast):
    campaign(cast)
    later = campaign(cast, first_day=TODAY + DAY)
    with pytest.raises(BadInput):
        act(cast, report(cast), "set_campaign", "acceptor", campaign=later.pk)


def test_it_is_not_offered_where_none_ran(cast):
    with pytest.raises(NotNow):
        act(cast, report(cast), "set_campaign", "acceptor", campaign="none")


def test_a_report_says_which_or_none(cast):
    row = campaign(cast, classes=[cast.litter])
    assert report(cast, campaign=row.pk).campaign == row
    assert report(cast, class_code=cast.litter, campaign="none").campaign is None
    with pytest.raises(BadInput):
        report(cast, campaign="x")
    assert Case.objects.count() == 2


# --- running them ---------------------------------------------------------------------------
@pytest.mark.parametrize("post", POSTS)
def test_who_runs_campaigns(cast, post):
    by = person(cast, f"one_{post}", post, cast.center)
    assign_perm("grid.oversee_area", by, cast.district)
    if post in ("shift_leader", "leader"):
        row = save(cast, by=by)
        assert AuditEvent.objects.get(verb="save_campaign").by == by
        assert campaigns.end(campaign=row, by=by, at=MORNING).closed_at == MORNING
        return
    with pytest.raises(NotYours):
        save(cast, by=by)


def test_only_where_one_oversees(cast):
    with pytest.raises(NotYours):
        save(cast, areas=[cast.elsewhere])
    with pytest.raises(NotYours):
        save(cast, areas=[])  # everywhere is elsewhere too
    assign_perm("grid.oversee_area", cast.shift_leader, cast.elsewhere)
    row = save(cast, areas=[])
    with pytest.raises(NotYours):
        campaigns.end(campaign=row, by=cast.leader, at=MORNING)
    with pytest.raises(NotYours):
        save(cast, by="leader", campaign=row)
    assert save(cast, by="shift_leader", campaign=row).areas.get() == cast.district


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name_zh", {"name_zh": "  "}),
        ("classes", {"classes": []}),
        ("last_day", {"last_day": TODAY - DAY}),
        ("last_day", {"first_day": TODAY - 9 * DAY, "last_day": TODAY - DAY}),
        ("last_day", {"last_day": TODAY + 366 * DAY}),
    ],
)
def test_what_a_campaign_needs(cast, field, given):
    with pytest.raises(BadInput) as refusal:
        save(cast, **given)
    assert list(refusal.value.fields) == [field]
    assert not Campaign.objects.exists()


def test_a_change_leaves_the_cases_that_joined(cast):
    row = save(cast)
    case = report(cast)
    save(cast, campaign=row, classes=[cast.litter], name_zh="市容专项")
    case.refresh_from_db()
    assert case.campaign.name_zh == "市容专项"
    assert report(cast).campaign_id is None


def test_what_is_over_is_not_ended_or_changed(cast):
    row = save(cast)
    with pytest.raises(NotNow):
        campaigns.end(campaign=row, by=cast.leader, at=MORNING + 10 * DAY)
    campaigns.end(campaign=row, by=cast.leader, at=MORNING)
    for deed in (lambda: campaigns.end(campaign=row, by=cast.leader, at=MORNING),
                 lambda: save(cast, campaign=row)):  # fmt: skip
        with pytest.raises(NotNow):
            deed()


@pytest.mark.parametrize("given", [{"name_zh": ""}, {"last_day": TODAY - 9 * DAY}])
def test_the_database_refuses_nonsense(cast, given):
    with pytest.raises(IntegrityError), transaction.atomic():
        campaign(cast, **given)
