"""Whoever joins a case hears of its end as the first one does, in whichever way they joined."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from cases.tests.scenes import switch
from hotline.calls import actions
from hotline.citizens import answers
from hotline.citizens.queries import to_call, waiting
from hotline.conftest import HERE, PHONE
from hotline.models import Call, CallBack, CitizenMessage, PublicReport

pytestmark = pytest.mark.django_db
TRACK, ANSWER = "/public/track/", "/public/track/answer/"
SECOND, THIRD = "13993102222", "13993103333"


@pytest.fixture
def send(cast):
    """send(phone): a report of the cover by somebody who wants to hear of it in both ways."""

    def enter(phone):
        return actions.public_report(
            matter_class=cast.cover, lon=HERE[0], lat=HERE[1], description="井盖破损",
            phone=phone, reply_required=True, may_text=True,
        )[0]  # fmt: skip

    return enter


@pytest.fixture
def first(send):
    return send(PHONE)


def close(cast, case):
    """Closed a moment ago, whatever round it is."""
    Case.objects.filter(pk=case.pk).update(verify_result="exists")
    case = Case.objects.get(pk=case.pk)
    at = timezone.now() - timedelta(minutes=11)
    return town.bring(cast, State.CLOSED, case=case, at=at)


def merge(cast, report, main):
    town.act(cast, report.case, "merge", "acceptor", at=timezone.now(), main_case=main.number)
    report.case.refresh_from_db()


def told_by_text(round_=1):
    rows = CitizenMessage.objects.filter(kind="ended", round=round_)
    return sorted(row.phone for row in rows)


def to_be_called(cast):
    return sorted(row["citizen"].phone for row in to_call(waiting(cast.acceptor)))


def call_everybody(cast, result=100):
    for row in to_call(waiting(cast.acceptor)):
        actions.call_back(
            by=cast.acceptor, case=row["case"], citizen=row["citizen"], reached=True,
            service=100, result=result,
        )  # fmt: skip


def page_of(client, report):
    given = {"number": report.case.number, "code": report.code}
    return client.post(TRACK, given).content.decode()


# --- merged ---------------------------------------------------------------------------------
def test_a_merged_report_hears_of_the_main_case(client, cast, first, send):
    second = send(SECOND)
    merge(cast, second, first.case)
    close(cast, first.case)
    assert "供水单位" in page_of(client, second)
    assert told_by_text() == to_be_called(cast) == [PHONE, SECOND]


def test_a_merged_call_hears_of_the_main_case(cast, first, complain):
    call = complain(phone=SECOND, at=timezone.now())
    merge(cast, call, first.case)
    close(cast, first.case)
    assert told_by_text() == to_be_called(cast) == [PHONE, SECOND]


def test_a_main_case_that_is_refused_is_told_of_too(client, cast, first, send):
    second = send(SECOND)
    merge(cast, second, first.case)
    town.act(
        cast, first.case, "reject", "acceptor", at=timezone.now(), reject_reason="invalid",
        opinion="不存在",
    )  # fmt: skip
    assert "未找到所反映的问题" in page_of(client, second)
    assert told_by_text() == to_be_called(cast) == [PHONE, SECOND]


def test_each_round_of_the_main_case_is_told_of_anew(cast, first, send):
    switch("unsolved_goes_back", True)
    second = send(SECOND)
    merge(cast, second, first.case)
    close(cast, first.case)
    call_everybody(cast)
    assert to_be_called(cast) == []
    answers.object_to(report=second)
    assert to_be_called(cast) == []
    close(cast, first.case)
    assert told_by_text(2) == to_be_called(cast) == [PHONE, SECOND]
    call_everybody(cast)
    assert sorted(CallBack.objects.values_list("round", flat=True)) == [1, 1, 2, 2]


def test_who_reported_twice_is_told_once(cast, first, send, complain):
    again = send(PHONE)
    merge(cast, again, first.case)
    complain(attach_to=first.case.number)
    close(cast, first.case)
    assert told_by_text() == to_be_called(cast) == [PHONE]
    call_everybody(cast)
    assert not waiting(cast.acceptor).exists()


def test_the_list_shows_when_and_how_the_main_case_ended(seat, cast, first, send):
    second = send(SECOND)
    merge(cast, second, first.case)
    main = close(cast, first.case)
    page = seat.get("/hotline/call-backs/").content.decode()
    assert page.count(f'datetime="{timezone.localtime(main.state_since).isoformat()}"') == 2
    assert "state-void" not in page


# --- attached -------------------------------------------------------------------------------
def test_an_attached_call_hears_of_the_case(cast, first, complain):
    complain(phone=SECOND, attach_to=first.case.number)
    close(cast, first.case)
    assert told_by_text() == to_be_called(cast) == [PHONE, SECOND]


def test_a_call_attached_to_a_merged_case_hears_of_the_main_one(cast, first, send, complain):
    second = send(SECOND)
    merge(cast, second, first.case)
    complain(phone=THIRD, attach_to=second.case.number)
    close(cast, first.case)
    assert told_by_text() == to_be_called(cast) == [PHONE, SECOND, THIRD]


def test_a_call_attached_after_the_end_hears_of_it_at_once(cast, first, complain):
    close(cast, first.case)
    complain(phone=SECOND, attach_to=first.case.number, at=timezone.now())
    assert told_by_text() == to_be_called(cast) == [PHONE, SECOND]


# --- still not solved -----------------------------------------------------------------------
def test_the_second_who_says_so_follows_the_same_new_case(client, cast, first, send):
    second = send(SECOND)
    merge(cast, second, first.case)
    close(cast, first.case)
    CitizenMessage.objects.all().delete()
    call_everybody(cast)
    said = [answers.object_to(report=report) for report in (first, second)]
    (new,) = {row.follower for row in said}
    theirs = PublicReport.objects.filter(case=new).order_by("id")
    assert [row.code for row in theirs] == [first.code, second.code]
    close(cast, new)
    for report in theirs:
        assert "供水单位" in page_of(client, report)
    assert told_by_text() == to_be_called(cast) == [PHONE, SECOND]


def test_the_page_of_the_old_number_leads_to_the_new_one(client, cast, first):
    close(cast, first.case)
    new = answers.object_to(report=first).follower
    assert f'name="number" value="{new.number}"' in page_of(client, first)


def test_said_after_the_case_that_follows_has_ended_it_begins_anew(cast, first, send):
    second = send(SECOND)
    merge(cast, second, first.case)
    close(cast, first.case)
    early = answers.object_to(report=first).follower
    close(cast, early)
    late = answers.object_to(report=second).follower
    assert late != early
    assert late.state == State.REGISTERED


def test_a_code_opens_no_other_report_of_the_case(client, cast, first, send):
    second = send(SECOND)
    merge(cast, second, first.case)
    close(cast, first.case)
    for report in (first, second):
        answers.object_to(report=report)
    new = PublicReport.objects.get(case__follows=first.case, code=second.code)
    page = page_of(client, new)
    assert second.code in page
    assert first.code not in page


def test_one_who_was_called_and_agreed_is_told_of_the_new_case_by_text(cast, complain):
    call = complain()
    close(cast, call.case)
    back = actions.call_back(
        by=cast.acceptor, case=Case.objects.get(pk=call.case_id), citizen=call.caller,
        reached=True, service=0, result=0,
    )  # fmt: skip
    answers.object_by_call(by=cast.acceptor, call_back=back)
    assert Call.objects.get(case__follows=call.case).may_text
