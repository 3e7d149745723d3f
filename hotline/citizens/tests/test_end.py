"""The citizen hears the end: outcome, photo, rating, “still not solved”, on the tracking page."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.machine.inputs import REJECT_REASONS
from cases.models import Attachment, Case
from cases.states import State
from cases.tests import cast as town
from cases.tests.scenes import switch
from hotline.calls import actions
from hotline.citizens import answers, outcome
from hotline.citizens.messages import text_of
from hotline.conftest import HERE, PHONE
from hotline.models import CitizenMessage, PublicReport, Rating, Satisfaction, Unsolved
from hotline.portal import throttle

pytestmark = pytest.mark.django_db
TRACK, ANSWER = "/public/track/", "/public/track/answer/"
INTERNAL = ("Handler", "Liaison", "已修复好内部", PHONE, "张三", "138****1234")


@pytest.fixture
def sent(cast):
    """A public report with a number, by somebody who wants a reply."""
    return actions.public_report(
        matter_class=cast.cover, lon=HERE[0], lat=HERE[1], description="井盖破损", phone=PHONE,
        name="张三", reply_required=True, may_text=True, photos=[town.photo()],
    )[0]  # fmt: skip


@pytest.fixture
def closed(cast, sent):
    """It was taken on, worked on by the water supply, and closed just now."""
    Case.objects.filter(pk=sent.case_id).update(verify_result="exists")
    sent.case.refresh_from_db()
    start = timezone.now() - timedelta(minutes=11)
    sent.case = town.bring(
        cast, State.CLOSED, case=sent.case, at=start, opinion="已修复好内部", closing_met=True
    )
    return sent


def keys(report, **rest):
    return {"number": report.case.number, "code": report.code, **rest}


def refused(cast, report, action="reject", by="acceptor", **given):
    case = report.case
    if action == "decline":
        Case.objects.filter(pk=case.pk).update(verify_result="exists")
        case.refresh_from_db()
        case = town.act(cast, case, "accept", "acceptor", at=timezone.now())
        by = "shift_leader"
    town.act(cast, case, action, by, at=timezone.now(), opinion="内部意见", **given)


# --- what is told ---------------------------------------------------------------------------
def test_the_end_is_told_with_unit_days_and_photo_and_nobody_by_name(client, closed):
    page = client.post(TRACK, keys(closed)).content.decode()
    assert "供水单位" in page
    assert "已处理" in page
    assert "处理要求：已修复" in page
    assert page.count("/public/track/photo/") == 1
    assert not [word for word in INTERNAL if word in page]


@pytest.mark.parametrize("reason", sorted(REJECT_REASONS))
def test_a_refusal_gives_its_reason_in_words_for_the_public(client, cast, sent, reason):
    refused(cast, sent, reject_reason=reason)
    page = client.post(TRACK, keys(sent)).content.decode()
    assert str(outcome.REASONS[reason]) in page
    assert "内部意见" not in page
    assert reason not in page


def test_a_declined_report_says_so(client, cast, sent):
    refused(cast, sent, "decline")
    page = client.post(TRACK, keys(sent)).content.decode()
    assert "未达到本市的立案条件" in page
    assert "内部意见" not in page


def test_a_merged_report_names_the_main_case_and_how_it_stands(client, cast, sent):
    main = town.report(cast, at=timezone.now())
    town.act(cast, sent.case, "merge", "acceptor", at=timezone.now(), main_case=main.number)
    page = client.post(TRACK, keys(sent)).content.decode()
    assert main.number in page
    assert "state-registered" in page


def test_an_open_report_has_no_end_and_nothing_to_answer(client, sent):
    page = client.post(TRACK, keys(sent)).content.decode()
    assert ANSWER not in page
    assert "处理结果" not in page


def test_in_english_too(client, closed):
    page = client.post(TRACK, keys(closed), headers={"accept-language": "en"}).content.decode()
    assert "dealt with it" in page


# --- photos ---------------------------------------------------------------------------------
def photo_urls(page):
    return re.findall(r"/public/track/photo/[0-9a-f-]+/", page)


def test_the_photo_is_for_the_browser_that_gave_the_code(client, closed):
    (url,) = photo_urls(client.post(TRACK, keys(closed)).content.decode())
    answer = client.get(url)
    assert answer["Content-Type"] == "image/jpeg"
    assert "private" in answer["Cache-Control"]
    answer.close()
    client.cookies.clear()
    assert client.get(url).status_code == 404


def test_no_other_photo_is_shown_by_any_code(client, closed):
    client.post(TRACK, keys(closed))
    others = Attachment.objects.filter(case=closed.case).exclude(photo_type="after")
    assert others
    for row in others:
        assert client.get(reverse("hotline:portal:photo", args=[row.uuid])).status_code == 404


def test_photos_of_another_case_stay_closed(client, cast, closed):
    other = town.bring(cast, State.CLOSED)
    row = other.attachments.filter(photo_type="after").first()
    client.post(TRACK, keys(closed))
    assert client.get(reverse("hotline:portal:photo", args=[row.uuid])).status_code == 404


def test_a_photo_of_work_that_did_not_pass_is_not_shown(client, cast, closed):
    (url,) = photo_urls(client.post(TRACK, keys(closed)).content.decode())
    switch("unsolved_goes_back", True)
    answers.object_to(report=closed)
    assert client.get(url).status_code == 404
    assert not photo_urls(client.post(TRACK, keys(closed)).content.decode())


# --- rating ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("stars", "answer"), [
    (5, Satisfaction.VERY_GOOD), (4, Satisfaction.GOOD), (3, Satisfaction.FAIR),
    (2, Satisfaction.BAD), (1, Satisfaction.VERY_BAD),
])  # fmt: skip
def test_five_stars_are_the_five_answers(client, closed, stars, answer):
    page = client.post(ANSWER, keys(closed, stars=stars))
    assert page.status_code == 200
    assert Rating.objects.get().result == answer
    assert str(answer.label) in page.content.decode()


def test_one_rating_for_each_closing(client, closed):
    for stars in (5, 1):
        client.post(ANSWER, keys(closed, stars=stars))
    assert Rating.objects.get().result == Satisfaction.VERY_GOOD


@pytest.mark.parametrize("given", [{"stars": 6}, {"stars": "x"}, {}])
def test_no_other_answer_is_taken(client, closed, given):
    assert client.post(ANSWER, keys(closed, **given)).status_code == 422
    assert not Rating.objects.exists()


# --- still not solved -----------------------------------------------------------------------
def test_not_solved_makes_a_case_that_the_same_code_opens(client, closed):
    page = client.post(ANSWER, keys(closed, unsolved="on", words="还在漏")).content.decode()
    new = Case.objects.get(follows=closed.case)
    assert new.number in page
    assert new.source.code == "web"
    again = PublicReport.objects.get(case=new)
    assert (again.code, again.citizen) == (closed.code, closed.citizen)
    assert client.post(TRACK, keys(again)).status_code == 200


def test_not_solved_begins_a_new_round_where_the_setting_says_so(client, closed):
    switch("unsolved_goes_back", True)
    page = client.post(ANSWER, keys(closed, unsolved="on")).content.decode()
    case = Case.objects.get()
    assert (case.state, case.round) == (State.TO_DISPATCH, 2)
    assert "已重新办理" in page


def test_said_again_it_is_one(client, closed):
    for words in ("还在", "还在！"):
        page = client.post(ANSWER, keys(closed, unsolved="on", words=words))
        assert page.status_code == 200
    assert Unsolved.objects.count() == Case.objects.filter(follows=closed.case).count() == 1


def test_the_second_citizen_of_a_case_joins_the_case_that_follows(cast, closed):
    other, _created = actions.public_report(
        matter_class=cast.cover, lon=HERE[0], lat=HERE[1], description="同一个"
    )
    Case.objects.filter(pk=other.case_id).update(
        state="void", void_origin="merge", merged_into=closed.case
    )
    first = answers.object_to(report=closed, words="一")
    second = answers.object_to(report=PublicReport.objects.get(pk=other.pk), words="二")
    assert first.follower == second.follower
    assert Case.objects.filter(follows=closed.case).count() == 1


def test_after_so_many_days_it_is_too_late(client, closed):
    long_ago = timezone.now() - timedelta(days=16)
    Case.objects.filter(pk=closed.case_id).update(closed_at=long_ago, state_since=long_ago)
    assert 'name="unsolved"' not in client.post(TRACK, keys(closed)).content.decode()
    page = client.post(ANSWER, keys(closed, unsolved="on"))
    assert page.status_code == 422
    assert not Unsolved.objects.exists()


def test_a_wrong_code_answers_nothing_and_is_counted(client, closed, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "wrong_code", (1, 60))
    given = keys(closed, unsolved="on") | {"code": "22222222"}
    assert client.post(ANSWER, given).status_code == 422
    assert client.post(ANSWER, given).status_code == 429
    assert not Unsolved.objects.exists()


def test_answers_of_one_address_are_limited(client, closed, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "answer", (1, 60))
    assert client.post(ANSWER, keys(closed, stars=5)).status_code == 200
    assert client.post(ANSWER, keys(closed, stars=5)).status_code == 429


def test_words_that_are_too_long_are_refused_and_kept(client, closed):
    words = "长" * (answers.WORDS_MAX + 1)
    page = client.post(ANSWER, keys(closed, unsolved="on", words=words))
    assert page.status_code == 422
    assert words in page.content.decode()


# --- text message ---------------------------------------------------------------------------
def ends():
    return CitizenMessage.objects.filter(kind="ended")


def test_who_agreed_to_text_messages_is_sent_the_end(closed):
    message = ends().get()
    assert message.phone == PHONE
    text = text_of(message)
    assert closed.case.number in text
    assert "供水单位" in text
    assert "仍未解决" in text


def test_a_refusal_is_sent_with_its_reason(cast, sent):
    refused(cast, sent, reject_reason="out_of_scope")
    assert "不属于城市管理职责范围" in text_of(ends().get())


def test_each_round_that_ends_is_told_once(cast, closed):
    switch("unsolved_goes_back", True)
    answers.object_to(report=closed)
    case = Case.objects.get(pk=closed.case_id)
    town.bring(cast, State.CLOSED, case=case, at=timezone.now() + timedelta(minutes=1))
    assert sorted(ends().values_list("round", flat=True)) == [1, 2]


@pytest.mark.parametrize("wishes", [True, False])
def test_nobody_else_is_sent_one(cast, sent, wishes):
    """Whoever wants to be called has not agreed to text messages by that, and the other way."""
    PublicReport.objects.update(reply_required=wishes, may_text=not wishes)
    refused(cast, sent, reject_reason="invalid")
    assert ends().exists() is not wishes


def test_a_caller_is_told_when_the_case_ends(ended):
    assert ends().get().call == ended.call
