"""Who reported, on the page of the case: for the center, and the number for who takes calls."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from cases.tests.scenes import switch
from citymgmt.accounts.models import AuditEvent
from hotline.calls import actions
from hotline.citizens import answers
from hotline.citizens.queries import waiting
from hotline.conftest import HERE, PHONE
from hotline.models import Call, CallBack, Unsolved

pytestmark = pytest.mark.django_db
MASKED = "138****1234"


def page_of(client, cast, who, case):
    client.force_login(getattr(cast, who))
    return client.get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("who", "sees", "number"), [
    ("acceptor", True, True), ("shift_leader", True, True), ("dispatcher", True, False),
    ("leader", True, False), ("inspector", True, False),
])  # fmt: skip
def test_the_center_sees_that_somebody_waits(client, cast, complain, who, sees, number):
    case = complain().case
    page = page_of(client, cast, who, case)
    assert ("需要回复" in page) is sees
    assert (MASKED in page) is number
    assert ("张三" in page) is number
    assert PHONE not in page


@pytest.mark.parametrize("who", ["liaison", "handler"])
def test_a_department_learns_nothing_of_the_citizen(client, cast, complain, who):
    case = complain().case
    Case.objects.filter(pk=case.pk).update(verify_result="exists")
    case.refresh_from_db()
    case = town.bring(cast, State.DISPOSING, case=case)
    page = page_of(client, cast, who, case)
    assert "需要回复" not in page
    assert MASKED not in page


def test_the_number_is_shown_on_demand_and_that_is_on_record(seat, cast, complain):
    call = complain()
    url = reverse("hotline:phone", args=[call.case.number, call.caller.pk])
    assert seat.get(url).status_code == 405
    assert PHONE in seat.post(url).content.decode()
    event = AuditEvent.objects.get(verb="show_phone")
    assert (event.by, event.subject) == (cast.acceptor, call.case.number)
    assert PHONE not in str(event.data)


@pytest.mark.parametrize(("who", "status"), [
    ("dispatcher", 403), ("handler", 403), ("outsider", 404),
])  # fmt: skip
def test_others_get_no_number(client, cast, complain, who, status):
    call = complain()
    client.force_login(getattr(cast, who))
    url = reverse("hotline:phone", args=[call.case.number, call.caller.pk])
    assert client.post(url).status_code == status
    assert not AuditEvent.objects.filter(verb="show_phone").exists()


def test_only_who_is_behind_the_case(seat, complain):
    call, other = complain(), complain(phone="13993107777", content="另一处")
    url = reverse("hotline:phone", args=[call.case.number, other.caller.pk])
    assert seat.post(url).status_code == 404


# --- call-backs -----------------------------------------------------------------------------
@pytest.fixture
def closed(cast, complain):
    """A complaint whose case was closed; the caller waits to hear of it."""
    call = complain()
    Case.objects.filter(pk=call.case_id).update(verify_result="exists")
    call.case.refresh_from_db()
    call.case = town.bring(cast, State.CLOSED, case=call.case)
    return call


@pytest.fixture
def unhappy(cast, closed):
    return actions.call_back(
        by=cast.acceptor, case=closed.case, citizen=closed.caller, reached=True, service=-100,
        result=-100, note="井盖还是坏的", at=closed.case.closed_at + timedelta(hours=1),
    )  # fmt: skip


@pytest.fixture
def soon(monkeypatch, closed):
    later = closed.case.closed_at + timedelta(hours=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)


def test_the_clerk_sees_the_result(seat, closed):
    url = reverse("hotline:call_back", args=[closed.case.number, closed.caller.pk])
    page = seat.get(url).content.decode()
    after = closed.case.attachments.get(photo_type="after")
    assert reverse("cases:thumb", args=[after.uuid]) in page
    assert "“已修复”" in page
    assert "通过" in page
    assert "请问您对处理结果满意吗" in page
    assert "供水单位" in page


def test_the_group_is_not_named_like_its_first_answer(seat, closed):
    url = reverse("hotline:call_back", args=[closed.case.number, closed.caller.pk])
    form = seat.get(url).context["form"]
    assert str(form["reached"].label) not in [
        str(words) for _v, words in form["reached"].field.choices
    ]


def test_a_call_back_is_in_the_log_of_the_case(client, cast, unhappy):
    page = page_of(client, cast, "leader", unhappy.case)
    assert "井盖还是坏的" in page
    assert "非常不满意" in page


def test_unhappy_is_offered_as_not_solved_and_a_case_follows(seat, cast, soon, unhappy):
    url = reverse("hotline:call_back_done", args=[unhappy.pk])
    assert "井盖还是坏的" in seat.get(url).content.decode()
    answer = seat.post(url, {"words": "井盖还是坏的"})
    new = Case.objects.get(follows=unhappy.case)
    assert answer.url == new.get_absolute_url()
    assert new.source.code == "hotline_12319"
    call = Call.objects.get(case=new)
    assert (call.caller, call.reply_required) == (unhappy.citizen, True)
    assert "市民反映：仍未解决" in page_of(seat, cast, "shift_leader", unhappy.case)


def test_not_solved_is_said_once_of_a_call_back(seat, soon, unhappy):
    url = reverse("hotline:call_back_done", args=[unhappy.pk])
    for _n in range(2):
        assert seat.post(url, {"words": ""}).status_code == 302
    assert Unsolved.objects.count() == Case.objects.filter(follows=unhappy.case).count() == 1


def test_after_a_new_round_the_caller_is_called_again(seat, cast, soon, unhappy):
    switch("unsolved_goes_back", True)
    answers.object_by_call(by=cast.acceptor, call_back=unhappy)
    case = Case.objects.get(pk=unhappy.case_id)
    assert (case.state, case.round) == (State.TO_DISPATCH, 2)
    assert not waiting(cast.acceptor).exists()
    case = town.bring(cast, State.CLOSED, case=case, at=case.state_since)
    assert list(waiting(cast.acceptor)) == [case]
    again = actions.call_back(
        by=cast.acceptor, case=case, citizen=unhappy.citizen, reached=True, service=100, result=100
    )
    assert again.round == 2
    assert CallBack.objects.filter(reached=True).count() == 2


def test_a_refused_report_cannot_be_taken_up_again(seat, cast, ended):
    back = actions.call_back(
        by=cast.acceptor, case=ended.case, citizen=ended.citizen, reached=True, service=0, result=0
    )
    page = seat.get(reverse("hotline:call_back_done", args=[back.pk])).content.decode()
    assert f"?again={back.pk}" in page
    assert "<textarea" not in page


# --- the author of a photo ------------------------------------------------------------------
def origins(client, cast, case):
    client.force_login(cast.acceptor)
    page = client.get(case.get_absolute_url())
    return [photo["origin"] for one in page.context["rounds"] for photo in one["photos"]]


def test_photos_of_a_public_report_are_the_publics_and_those_of_a_clerk_the_clerks(client, cast):
    given = {"lon": HERE[0], "lat": HERE[1], "photos": [town.photo()]}
    public, _created = actions.public_report(matter_class=cast.cover, **given)
    assert public.case.events.get().post == ""
    assert origins(client, cast, public.case) == ["上报 · 公众"]
    public.case.events.update(post="system")  # as it was written down before
    assert origins(client, cast, public.case) == ["上报 · 公众"]
    phoned = town.report(cast, by="acceptor", source="hotline_12345")
    assert origins(client, cast, phoned) == ["上报 · 受理员"]
