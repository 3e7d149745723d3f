"""The pages of the hotline desk: by whom they are seen, what they show, what they refuse."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from citymgmt.lib.errors import BadInput, NotNow
from hotline.calls import actions
from hotline.conftest import HERE, PHONE
from hotline.models import Call, CallBack

pytestmark = pytest.mark.django_db
PAGES = ["desk", "calls", "call_backs", "nearby", "classes", "places"]
WITHOUT = ["collector", "dispatcher", "liaison", "handler", "evaluator", "sysadmin"]


def form(cast, **values):
    return {
        "kind": "complaint", "source": "hotline_12319", "content": "井盖破损", "phone": PHONE,
        "matter_class": cast.cover.pk, "lon": HERE[0], "lat": HERE[1],
        "client_uuid": "7f5bd3a0-4b1e-4a39-9a55-0d8a1b7f4f11",
    } | values  # fmt: skip


# --- who ------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("person", WITHOUT)
def test_pages_are_for_who_takes_calls(client, cast, page, person):
    client.force_login(getattr(cast, person))
    assert client.get(reverse(f"hotline:{page}")).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_strangers_sign_in_first(client, cast, page):
    answer = client.get(reverse(f"hotline:{page}"))
    assert answer.status_code == 302
    assert "sign" in answer.url


@pytest.mark.parametrize("person", WITHOUT)
def test_no_caller_is_shown_to_others(client, cast, ended, person):
    client.force_login(getattr(cast, person))
    back = reverse("hotline:call_back", args=[ended.case.number, ended.citizen.pk])
    for url in (reverse("hotline:call", args=[ended.call.pk]), back):
        assert client.get(url).status_code == 403
    answer = client.post(reverse("hotline:caller"), {"phone": PHONE})
    assert answer.status_code == 403
    assert "张三" not in answer.content.decode()


def test_callers_of_another_district_are_not_ones_to_know(client, cast, ended):
    client.force_login(cast.outsider)
    assert client.get(reverse("hotline:call", args=[ended.call.pk])).status_code == 404
    back = reverse("hotline:call_back", args=[ended.case.number, ended.citizen.pk])
    assert client.get(back).status_code == 404
    for page in ("calls", "call_backs"):
        assert "张三" not in client.get(reverse(f"hotline:{page}")).content.decode()


def test_the_name_behind_a_number_stays_in_the_district_of_its_calls(client, cast, complain):
    complain(content="第一次", name="张三")
    client.force_login(cast.outsider)
    known, new = (
        client.post(reverse("hotline:caller"), {"phone": phone}).content.decode()
        for phone in (PHONE, "13900000000")
    )
    assert known == new


# --- the call form --------------------------------------------------------------------------
def test_a_complaint_by_the_form(seat, cast):
    answer = seat.post(reverse("hotline:desk"), form(cast, reply_required="on", urgent="on"))
    assert answer.status_code == 302
    call = Call.objects.get()
    assert (call.by, call.reply_required, call.publish) == (cast.acceptor, True, False)
    assert call.case.urgent
    assert call.case.number in seat.get(answer.url).content.decode()


def test_sent_twice_is_one_call(seat, cast):
    for _n in range(2):
        assert seat.post(reverse("hotline:desk"), form(cast)).status_code == 302
    assert Call.objects.count() == Case.objects.count() == 1


def test_a_consultation_by_the_form(seat, cast):
    given = form(cast, kind="consult", answer="周一至周五", matter_class="", lon="", lat="")
    assert seat.post(reverse("hotline:desk"), given).status_code == 302
    assert Call.objects.get().answer == "周一至周五"


@pytest.mark.parametrize(
    "values",
    [{"content": ""}, {"matter_class": ""}, {"lon": "", "lat": ""}, {"lon": "104.9"},
     {"matter_class": "999999"}, {"matter_class": "x"}, {"attach_to": "1"}, {"phone": "abc"}],
)  # fmt: skip
def test_a_refused_form_keeps_what_was_typed(seat, cast, values):
    answer = seat.post(reverse("hotline:desk"), form(cast, name="王五", **values))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "王五" in page
    assert "7f5bd3a0-4b1e-4a39-9a55-0d8a1b7f4f11" in page
    assert "errorlist" in page or "notice-error" in page
    assert not Call.objects.exists()


def test_the_shift_leader_takes_calls_and_the_outsider_joins_nothing_here(client, cast):
    case = town.report(cast)
    client.force_login(cast.shift_leader)
    assert client.post(reverse("hotline:desk"), form(cast)).status_code == 302
    client.force_login(cast.outsider)
    given = form(cast, attach_to=case.number, client_uuid="")
    assert client.post(reverse("hotline:desk"), given).status_code == 422


def test_attach_to_a_case_nearby(seat, cast):
    case = town.report(cast)
    page = seat.get(reverse("hotline:nearby"), {"lon": HERE[0], "lat": HERE[1]}).content.decode()
    assert f'value="{case.number}"' in page
    seat.post(reverse("hotline:desk"), form(cast, attach_to=case.number, matter_class=""))
    assert Call.objects.get().case == case
    assert Case.objects.count() == 1


def test_nearby_leaves_out_the_far_and_says_what_is_no_place(seat, cast):
    case = town.report(cast, cell=3)
    here = {"lon": HERE[0], "lat": HERE[1]}
    assert case.number not in seat.get(reverse("hotline:nearby"), here).content.decode()
    answer = seat.get(reverse("hotline:nearby"), {"lon": "x", "lat": ""})
    assert answer.status_code == 200
    assert "field-error" in answer.content.decode()


def test_the_number_brings_name_and_earlier_calls(seat, complain):
    complain(content="第一次")
    page = seat.post(reverse("hotline:caller"), {"phone": "138 9310 1234"}).content.decode()
    assert "第一次" in page
    assert 'data-name="张三"' in page
    for unknown in ("13900000000", "abc", ""):
        answer = seat.post(reverse("hotline:caller"), {"phone": unknown})
        assert answer.status_code == 200
        assert "第一次" not in answer.content.decode()
    assert seat.get(reverse("hotline:caller")).status_code == 405


def test_the_number_brings_what_was_reported_without_a_call(seat, cast):
    given = {"matter_class": cast.cover, "lon": HERE[0], "lat": HERE[1], "phone": PHONE}
    report, _new = actions.public_report(**given, description="网上说过", name="张三", at=cast.now)
    page = seat.post(reverse("hotline:caller"), {"phone": PHONE}).content.decode()
    assert "网上说过" in page
    assert report.case.get_absolute_url() in page
    assert "此号码以往没有" not in page


@pytest.mark.parametrize(
    ("words", "number"), [("井盖", 1), ("cover", 1), ("0101", 2), ("zzz", 0), ("", 0)]
)
def test_classes_by_code_and_by_name_in_both_languages(seat, cast, words, number):
    found = seat.get(reverse("hotline:classes"), {"q": words}).json()["results"]
    assert len(found) == number
    assert all(set(row) == {"id", "code", "name", "major", "kind"} for row in found)


def test_places_have_positions(seat, cast):
    found = seat.get(reverse("hotline:places"), {"q": "费家营"}).json()["results"]
    assert [row["label"] for row in found] == ["培黎街道 费家营社区"]
    assert town.WEST < found[0]["lon"] < town.WEST + 2 * town.STEP


# --- lists ----------------------------------------------------------------------------------
def test_lists_mask_numbers_and_the_page_of_a_call_does_not(seat, ended):
    for page in ("calls", "call_backs"):
        text = seat.get(reverse(f"hotline:{page}")).content.decode()
        assert "138****1234" in text
        assert PHONE not in text
    assert PHONE in seat.get(reverse("hotline:call", args=[ended.call.pk])).content.decode()


@pytest.mark.parametrize(
    ("query", "seen"),
    [({"q": "井盖"}, True), ({"q": "张三 井盖"}, True), ({"q": "8931012"}, True),
     ({"q": "路灯"}, False),
     ({"kind": "consult"}, False), ({"kind": "complaint"}, True), ({"kind": "chat"}, True),
     ({"since": "2026-03-02", "until": "2026-03-02"}, True), ({"until": "2026-03-01"}, False),
     ({"since": "2026-03-03"}, False), ({"page": "99"}, True)],
)  # fmt: skip
def test_search_in_calls(seat, complain, query, seen):
    complain()
    text = seat.get(reverse("hotline:calls"), query).content.decode()
    assert ("138****1234" in text) == seen


@pytest.mark.parametrize("page", ["calls", "call_backs"])
def test_lists_ask_the_database_as_often_for_three_rows_as_for_one(seat, cast, complain, page):
    def add(number):
        call = complain(phone=number, name=number)
        town.act(cast, call.case, "reject", "acceptor", reject_reason="invalid", opinion="无")

    def ask():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            assert seat.get(reverse(f"hotline:{page}")).status_code == 200
        return len(seen)

    add("13893100001")
    ask()
    once = ask()
    add("13893100002")
    add("13893100003")
    assert ask() == once


# --- call-back ------------------------------------------------------------------------------
def back(ended):
    return reverse("hotline:call_back", args=[ended.case.number, ended.citizen.pk])


def test_call_back_by_the_form(seat, ended):
    assert PHONE in seat.get(back(ended)).content.decode()
    answer = seat.post(back(ended), {"reached": "1", "service": "100", "result": "50"})
    assert answer.url == reverse("hotline:call_backs")
    assert CallBack.objects.get().service == 100
    assert seat.get(back(ended)).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"reached": "1", "service": "100"},
        {"reached": "1"},
        {"reached": "1", "service": "7", "result": "0"},
        {},
    ],
)
def test_call_back_without_an_answer_is_refused_in_the_form(seat, ended, given):
    answer = seat.post(back(ended), given | {"note": "记一下"})
    assert answer.status_code == 422
    assert "记一下" in answer.content.decode()
    assert not CallBack.objects.exists()


def test_whoever_is_not_satisfied_gets_a_new_complaint(seat, cast, ended):
    answer = seat.post(
        back(ended), {"reached": "1", "service": "80", "result": "-100", "note": "没修"}
    )
    done = CallBack.objects.get()
    assert answer.url == reverse("hotline:call_back_done", args=[done.pk])
    page = seat.get(answer.url).content.decode()
    again = f"{reverse('hotline:desk')}?again={done.pk}"
    assert again in page
    page = seat.get(again).content.decode()
    assert PHONE in page
    assert "没修" in page
    seat.force_login(cast.outsider)
    assert seat.get(again).status_code == 404
    assert seat.get(answer.url).status_code == 404


def test_another_person_of_the_case_is_not_on_the_page(seat, cast, complain, ended):
    other = complain(phone="13993107777", attach_to=ended.case.number, reply_required=False)
    url = reverse("hotline:call_back", args=[ended.case.number, other.caller.pk])
    assert seat.get(url).url == reverse("hotline:call_backs")


def test_the_list_says_how_often_one_tried(seat, cast, ended):
    actions.call_back(
        by=cast.acceptor, case=ended.case, citizen=ended.citizen, reached=False,
        at=cast.now + timedelta(hours=1),
    )  # fmt: skip
    assert "03-02 10:00" in seat.get(reverse("hotline:call_backs")).content.decode()


def test_another_call_under_a_used_identifier_is_not_swallowed(seat, cast):
    given = {
        "client_uuid": str(uuid.uuid4()), "phone": PHONE, "source": "hotline_12319",
        "kind": "complaint", "content": "井盖破损", "lon": HERE[0], "lat": HERE[1],
        "matter_class": cast.cover.pk, "address": "x",
    }  # fmt: skip
    assert seat.post("/hotline/", given).status_code == 302
    assert seat.post("/hotline/", given).status_code == 302
    assert Call.objects.count() == 1
    other = given | {"content": "另一件事", "phone": "13893109999"}
    answer = seat.post("/hotline/", other)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "另一件事" in page
    assert "请作为新的一条重新发送" in page
    fresh = answer.context["form"]["client_uuid"].value()
    assert seat.post("/hotline/", other | {"client_uuid": fresh}).status_code == 302
    assert Call.objects.count() == Case.objects.count() == 2


@pytest.mark.parametrize("kind", ["consult", "attach"])
def test_a_call_without_a_case_of_its_own_has_an_identifier_as_well(cast, complain, kind):
    case = complain().case
    given = {"client_uuid": uuid.uuid4(), "matter_class": None, "lon": None, "lat": None}
    given |= {"kind": "consult", "answer": "八点"} if kind == "consult" else {
        "attach_to": case.number
    }  # fmt: skip
    given["reply_required"] = False
    assert complain(**given) == complain(**given)
    with pytest.raises(NotNow) as refusal:
        complain(**given, content="另一件事")
    assert refusal.value.code == "identifier_reused"
    assert Call.objects.count() == 2


def test_nothing_typed_is_cut_off_in_silence(complain, ended, cast):
    with pytest.raises(BadInput) as refusal:
        complain(name="名" * 61)
    assert list(refusal.value.fields) == ["name"]
    with pytest.raises(BadInput) as refusal:
        actions.call_back(
            by=cast.acceptor, case=ended.case, citizen=ended.citizen, reached=False,
            note="x" * 2001,
        )  # fmt: skip
    assert list(refusal.value.fields) == ["note"]


def test_after_saving_the_number_is_a_link_and_short(seat, cast):
    page = seat.post("/hotline/", form(cast), follow=True).content.decode()
    case = Case.objects.get()
    assert f'href="{case.get_absolute_url()}"' in page
    assert f">…{case.number[-6:]}</a>" in page


def test_ended_cases_nearby_are_history_and_take_no_call(seat, cast):
    ended = town.bring(cast, State.CLOSED, at=timezone.now() - timedelta(hours=1))
    waiting = town.report(cast, at=timezone.now())
    x, y = HERE
    page = seat.get(reverse("hotline:nearby"), {"lon": x, "lat": y}).content.decode()
    assert f'value="{waiting.number}"' in page
    assert f'value="{ended.number}"' not in page
    assert ended.get_absolute_url() in page
