"""Campaigns: what joins, who runs them, setting one by hand, figures and pages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from cases.campaigns import joining as campaigns
from cases.campaigns.totals import Line, bars, totals
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


# --- figures --------------------------------------------------------------------------------
def test_its_figures_are_its_own(cast):
    row = campaign(cast)
    bring(cast, State.CLOSED)
    report(cast, at=MORNING + DAY)
    report(cast, class_code=cast.litter)  # a daily case
    found = totals(row, cast.shift_leader, MORNING + 20 * DAY)
    assert found.whole == Line("井盖专项整治", 2, 1, 1, 1, 1, 1)
    assert found.whole.on_time == 100
    assert [(line.name, line.reported) for line in found.streets] == [("培黎街道", 2)]
    assert [(line.name, line.reported) for line in found.departments] == [
        ("供水单位", 1), ("尚未派遣", 1),
    ]  # fmt: skip
    assert found.days[:3] == [(TODAY - DAY, 0, 0), (TODAY, 1, 1), (TODAY + DAY, 1, 0)]
    assert len(found.days) == 10
    assert sum(len(day) for day in found.days) == 30


def test_the_days_end_today_or_when_it_ended(cast):
    row = campaign(cast)
    assert totals(row, cast.leader, MORNING).days[-1][0] == TODAY
    row.closed_at = MORNING + DAY
    assert totals(row, cast.leader, MORNING + 5 * DAY).days[-1][0] == TODAY + DAY
    row.first_day = TODAY + 3 * DAY
    assert totals(row, cast.leader, MORNING).days == []


def test_a_late_disposal_counts_unless_exempted(cast):
    row = campaign(cast)
    case = bring(cast, State.CLOSED, minutes=100, filing_condition=cast.cover_open)
    assert totals(row, cast.leader, MORNING).whole.on_time == 0
    Case.objects.filter(pk=case.pk).update(exempt=True)
    assert totals(row, cast.leader, MORNING).whole.on_time == 100


def test_nobody_counts_what_they_may_not_see(cast):
    row = campaign(cast)
    report(cast)
    assert totals(row, cast.outsider, MORNING).whole.reported == 0
    assert totals(row, cast.outsider, MORNING).streets == []


def test_the_same_queries_for_one_case_and_for_more(cast):
    row = campaign(cast)
    bring(cast, State.TO_DISPOSE)
    totals(row, cast.shift_leader, MORNING)  # what the person may see is kept with them
    asked = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as found:
            totals(row, cast.shift_leader, MORNING)
        asked.append(len(found))
        report(cast, cell=1)
        bring(cast, State.CLOSED)
    assert asked[0] == asked[1]


def test_the_drawing_of_no_days_and_of_some():
    assert bars([])["bars"] == []
    drawn = bars([(TODAY, 2, 1), (TODAY, 0, 0)])
    assert [(bar["kind"], bar["x"], bar["h"]) for bar in drawn["bars"]] == [
        ("reported", 0, 60), ("closed", 4, 30),
    ]  # fmt: skip


# --- pages ----------------------------------------------------------------------------------
def running(cast, **rest):
    """One that runs today."""
    today = timezone.localdate()
    return campaign(cast, first_day=today - DAY, last_day=today + DAY, **rest)


def test_made_changed_and_ended_on_pages(cast, client):
    client.force_login(cast.leader)
    today = timezone.localdate()
    given = {"name_zh": "扬尘专项", "first_day": today, "last_day": today + DAY,
             "classes": [cast.cover.pk], "areas": [cast.street.pk]}  # fmt: skip
    assert client.get("/campaigns/new/").status_code == 200
    assert client.post("/campaigns/new/", {**given, "classes": []}).status_code == 422
    assert client.post("/campaigns/new/", given).status_code == 302
    row = Campaign.objects.get()
    assert client.get(f"/campaigns/{row.pk}/edit/").status_code == 200
    client.post(f"/campaigns/{row.pk}/edit/", {**given, "name_en": "Dust"})
    row.refresh_from_db()
    assert row.name_en == "Dust"
    assert "扬尘专项" in client.get("/campaigns/").content.decode()
    assert client.post(f"/campaigns/{row.pk}/end/").status_code == 302
    row.refresh_from_db()
    assert row.closed_at
    assert client.get(f"/campaigns/{row.pk}/edit/").status_code == 404


@pytest.mark.parametrize(
    ("who", "reads", "makes"),
    [("leader", 200, 200), ("shift_leader", 200, 200), ("acceptor", 200, 403),
     ("dispatcher", 200, 403), ("liaison", 403, 403), ("collector", 403, 403),
     ("sysadmin", 403, 403)],
)  # fmt: skip
def test_who_may_open_the_pages(cast, client, who, reads, makes):
    row = running(cast, areas=[cast.district])
    client.force_login(getattr(cast, who))
    for url in ("/campaigns/", f"/campaigns/{row.pk}/", f"/campaigns/{row.pk}/figures.csv"):
        assert client.get(url).status_code == reads
    assert client.get("/campaigns/new/").status_code == makes
    ended = client.post(f"/campaigns/{row.pk}/end/").status_code
    assert ended == (302 if makes == 200 else 403)


def test_a_manager_of_elsewhere_cannot_end_it(cast, client):
    row = running(cast, areas=[cast.district])
    client.force_login(cast.outsider)  # a leader too, of another district
    assert client.get(f"/campaigns/{row.pk}/").status_code == 200
    assert client.post(f"/campaigns/{row.pk}/end/").status_code == 403
    row.refresh_from_db()
    assert row.closed_at is None


def test_the_figures_as_a_file_are_on_record(cast, client):
    row = running(cast)
    report(cast, at=timezone.now())
    client.force_login(cast.leader)
    text = client.get(f"/campaigns/{row.pk}/figures.csv").content.decode("utf-8-sig")
    assert "培黎街道,1,0,0,0," in text
    assert AuditEvent.objects.get(verb="export_campaign").by == cast.leader
    assert client.get(f"/campaigns/{row.pk}/figures.pdf").status_code == 404


def test_the_page_leads_to_its_cases(cast, client):
    row = running(cast)
    case, daily = report(cast, at=timezone.now()), report(cast, class_code=cast.litter)
    client.force_login(cast.leader)
    page = client.get(f"/campaigns/{row.pk}/")
    listed = client.get(page.context["list"]).context["rows"]
    assert [line["case"] for line in listed] == [case]
    assert case.pk != daily.pk
    assert client.get("/cases/?queue=all&campaign=x").status_code == 200


def test_the_report_form_asks_only_while_one_runs(cast, client):
    client.force_login(cast.acceptor)
    assert 'name="campaign"' not in client.get("/desk/new/").content.decode()
    row = running(cast)
    assert 'name="campaign"' in client.get("/desk/new/").content.decode()
    given = {"matter": "component:0101", "lon": 103.7005, "lat": 36.1005, "source": "web"}
    for value, joined in (("auto", row.pk), ("none", None), ("", row.pk), (row.pk, row.pk)):
        given["source"] = "hotline_12319"
        assert client.post("/desk/new/", {**given, "campaign": value}).status_code == 302
        assert Case.objects.order_by("-pk").first().campaign_id == joined
    assert client.post("/desk/new/", {**given, "campaign": "999"}).status_code == 422
