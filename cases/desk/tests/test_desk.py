"""Pages of the desks: who may open them, what they show, and every action posted through them."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.models import Attachment, Case
from cases.states import State
from cases.tests.cast import act, bring, photo, report

HX = {"HTTP_HX_REQUEST": "true"}


def ago(minutes=15):
    """Steps of the cast lie in the past, so that a page may act on them now."""
    return timezone.now() - timedelta(minutes=minutes)


@pytest.fixture
def page(client):
    """Open a page as somebody; the words of it."""

    def get(user, url, status=200, **headers):
        client.force_login(user)
        answer = client.get(url, **headers)
        assert answer.status_code == status, answer.content.decode()[:2000]
        return answer.content.decode()

    return get


def picture(name="a.jpg"):
    return SimpleUploadedFile(name, photo()[1], "image/jpeg")


def post(client, user, case, action, status=204, hx=True, **given):
    client.force_login(user)
    url = reverse("cases:do", args=[case.number, action])
    answer = client.post(url, given, **(HX if hx else {}))
    assert answer.status_code == status, answer.content.decode()[:2000]
    case.refresh_from_db()
    return answer


CENTER = ["acceptor", "shift_leader", "dispatcher", "inspector", "leader"]


@pytest.mark.parametrize("post_code", CENTER)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_desk_opens_for_posts_of_the_center(cast, page, post_code, language):
    case = report(cast, at=ago())
    body = page(getattr(cast, post_code), "/desk/?queue=open", HTTP_ACCEPT_LANGUAGE=language)
    assert f'id="row-{case.number}"' in body
    assert f'<html lang="{language}"' in body


@pytest.mark.parametrize("name", ["collector", "handler", "liaison", "evaluator", "sysadmin"])
def test_desk_is_closed_to_other_posts(cast, page, name):
    page(getattr(cast, name), "/desk/", 403)


def test_outsider_sees_no_case(cast, page):
    case = report(cast, at=ago())
    assert case.number not in page(cast.outsider, "/desk/?queue=open")
    for url in ("", "clock/", "map.json", "cell.json", "do/accept/"):
        page(cast.outsider, f"/cases/{case.number}/{url}", 404)


def test_visitor_is_sent_to_sign_in(cast, client):
    for url in ("/desk/", "/cases/", "/desk/new/"):
        assert client.get(url).status_code == 302


def test_queue_shows_the_first_case_and_its_number(cast, page):
    case = report(cast, at=ago())
    body = page(cast.acceptor, "/desk/")
    assert f'data-case="{case.number}"' in body
    assert f'href="/cases/{case.number}/do/accept/' in body
    assert 'data-action-key="Enter"' in body


def test_fragments_answer_what_htmx_asked_for(cast, page):
    case = report(cast, at=ago())
    for target, inside, outside in (
        ("rows", "data-row", "data-case="), ("main", "data-case=", "data-row"),
        ("queues", "queue=accept", "data-row"), ("desk", "data-row", "<html"),
    ):  # fmt: skip
        body = page(cast.acceptor, f"/desk/?case={case.number}", HTTP_HX_TARGET=target, **HX)
        assert inside in body
        assert outside not in body


def test_same_queries_with_one_and_three_rows(cast, page):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        page(cast.shift_leader, "/desk/?queue=open")  # warm: content types
        with CaptureQueriesContext(connection) as caught:
            page(cast.shift_leader, "/desk/?queue=open")
        return len(caught)

    now = ago()
    bring(cast, State.TO_FILE, at=now)
    one = count()
    for cell in (1, 2):
        bring(cast, State.TO_FILE, at=now, case=report(cast, at=now, cell=cell))
    assert count() == one


def test_pages_continue_after_the_last_row(cast, page, monkeypatch):
    from cases.finding import queries

    monkeypatch.setattr(queries, "PAGE", 2)
    now = ago()
    cases = [report(cast, at=now + timedelta(minutes=n)) for n in range(3)]
    first = page(cast.acceptor, "/desk/?queue=accept")
    assert cases[2].number not in re.findall(r'id="row-(\d+)"', first)
    more = re.search(r'hx-get="([^"]*after[^"]*)"', first)[1].replace("&amp;", "&")
    rest = page(cast.acceptor, more, HTTP_HX_TARGET="more", **HX)
    assert re.findall(r'id="row-(\d+)"', rest) == [cases[2].number]


def test_search_finds_by_number_place_and_words(cast, page):
    case = report(cast, at=ago(), address="建宁路 12 号")
    other = report(cast, at=ago(), address="别处", description="x")
    for q in (case.number[-6:], "建宁路", "破损"):
        found = re.findall(r'id="row-(\d+)"', page(cast.acceptor, f"/cases/?q={q}"))
        assert found == [case.number]
    assert other.number in page(cast.acceptor, "/cases/")


# --- every action through the view ------------------------------------------------------------
def test_every_post_does_its_step_through_the_page(cast, client):
    now = ago()
    case = report(cast, at=now, by="acceptor", source="hotline_12319")
    post(client, cast.acceptor, case, "send_verify", collector="collector")
    post(client, cast.collector, case, "verify", verify_result="exists", photos=picture())
    post(client, cast.acceptor, case, "accept", opinion="ok")
    post(client, cast.shift_leader, case, "file", filing_condition=cast.cover_worn.pk)
    post(client, cast.dispatcher, case, "dispatch", department="water_supply")
    post(client, cast.liaison, case, "extend", opinion="等材料")
    post(client, cast.shift_leader, case, "approve")
    post(client, cast.liaison, case, "assign", handler="handler")
    post(client, cast.liaison, case, "unassign")
    post(client, cast.liaison, case, "assign", handler="handler")
    post(client, cast.handler, case, "dispose", opinion="已修复", photos=picture(),
         photos_usual="after")  # fmt: skip
    post(client, cast.liaison, case, "feedback")
    post(client, cast.dispatcher, case, "pass_check")
    post(client, cast.acceptor, case, "send_check", collector="collector")
    post(client, cast.collector, case, "check", check_result="fail", photos=picture())
    post(client, cast.shift_leader, case, "rework", opinion="仍在")
    post(client, cast.dispatcher, case, "dispatch", department="water_supply")
    post(client, cast.liaison, case, "return_", opinion="不属本单位")
    post(client, cast.leader, case, "refuse", opinion="不成立")
    post(client, cast.dispatcher, case, "redispatch", department="gas", opinion="改派")
    post(client, cast.leader, case, "force_close", opinion="领导决定")
    assert (case.state, case.forced, case.round) == (State.CLOSED, True, 2)


@pytest.mark.parametrize(
    ("state", "who", "action", "given", "reached"),
    [
        (State.REGISTERED, "acceptor", "reject",
         {"reject_reason": "invalid", "opinion": "无效"}, State.VOID),
        (State.TO_FILE, "shift_leader", "decline", {"opinion": "不符"}, State.VOID),
        (State.TO_FILE, "shift_leader", "send_back", {"opinion": "不清"}, State.REGISTERED),
        (State.TO_DISPATCH, "dispatcher", "void", {"opinion": "重复"}, State.TO_DISPATCH),
        (State.TO_DISPOSE, "liaison", "feedback",
         {"opinion": "已修", "photo": True}, State.FEEDBACK_IN),
        (State.TO_CLOSE, "shift_leader", "close", {"closing_met": "on"}, State.CLOSED),
    ],
)  # fmt: skip
def test_further_actions(cast, client, state, who, action, given, reached):
    case = bring(cast, state, at=ago())
    given = dict(given)
    if given.pop("photo", False):
        given["photos"] = picture()
    post(client, getattr(cast, who), case, action, **given)
    assert case.state == reached


def test_suspension_is_asked_approved_and_ended(cast, client):
    now = ago()
    case = bring(cast, State.TO_DISPOSE, at=now)
    until = (timezone.localdate() + timedelta(days=20)).isoformat()
    post(client, cast.liaison, case, "suspend", until=until, opinion="冬季不能施工")
    post(client, cast.dispatcher, case, "forward")
    post(client, cast.leader, case, "approve")
    assert case.state == State.SUSPENDED
    post(client, cast.shift_leader, case, "resume")
    assert case.state == State.TO_DISPOSE


# --- forms ------------------------------------------------------------------------------------
def test_form_asks_for_what_the_table_needs(cast, page):
    case = bring(cast, State.TO_FILE, at=ago())
    body = page(cast.shift_leader, f"/cases/{case.number}/do/file/", **HX)
    assert body.count('name="filing_condition"') == 2
    assert "已修复" in body  # the closing condition stands beside its filing condition
    assert 'name="opinion"' in body
    assert 'name="urgent"' in body


def test_refusal_says_the_field_and_keeps_what_was_typed(cast, client):
    case = bring(cast, State.TO_DISPATCH, at=ago())
    answer = post(client, cast.dispatcher, case, "dispatch", 400, opinion="请速办")
    assert list(answer.json()["fields"]) == ["department"]
    answer = post(client, cast.dispatcher, case, "dispatch", 400, hx=False, opinion="请速办")
    body = answer.content.decode()
    assert "请速办" in body
    assert "errorlist" in body


def test_without_script_the_form_leads_back_to_the_queue(cast, client, page):
    case = bring(cast, State.TO_FILE, at=ago())
    assert "data-action-form" in page(cast.shift_leader, f"/cases/{case.number}/do/file/")
    answer = post(client, cast.shift_leader, case, "file", 302, hx=False,
                  filing_condition=cast.cover_open.pk, back="/desk/?queue=to_file")  # fmt: skip
    assert answer.url == "/desk/?queue=to_file"


def test_back_never_leads_to_another_site(cast, client):
    case = report(cast, at=ago())
    answer = post(
        client, cast.acceptor, case, "accept", 302, hx=False, back="https://evil.example/"
    )
    assert answer.url == f"/cases/{case.number}/"


def test_second_to_act_hears_409(cast, client):
    case = report(cast, at=ago())
    act(cast, case, "accept", "acceptor", at=ago())
    answer = post(client, cast.acceptor, case, "accept", 409)
    assert answer.json()["code"] == "wrong_state"
    assert "case:refused" in answer.headers["HX-Trigger"]


def test_not_yours_is_403(cast, client):
    case = report(cast, at=ago())
    post(client, cast.shift_leader, case, "accept", 403)


def test_same_identifier_acts_once(cast, client):
    case = report(cast, at=ago())
    twice = {"client_uuid": "8d8ac610-566d-4ef0-9c22-186b2a5ed793"}
    post(client, cast.acceptor, case, "accept", **twice)
    post(client, cast.acceptor, case, "accept", **twice)
    assert case.events.count() == 2


# --- clock, photos, new report ------------------------------------------------------------------
def test_clock_is_explained_line_by_line(cast, page):
    case = bring(cast, State.TO_DISPOSE, at=ago())
    body = page(cast.dispatcher, f"/cases/{case.number}/clock/", **HX)
    assert body.count("<tr") >= 6
    assert "line-due" in body


def test_photos_are_private(cast, client):
    report(cast, at=ago())
    row = Attachment.objects.get()
    for url in (f"/photos/{row.uuid}/", f"/photos/{row.uuid}/thumb/"):
        assert client.get(url).status_code == 302
        client.force_login(cast.acceptor)
        answer = client.get(url)
        assert answer.headers["Cache-Control"].startswith("private")
        assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
        client.force_login(cast.outsider)
        assert client.get(url).status_code == 404
        client.logout()


def test_report_at_the_desk(cast, client, page):
    known = report(cast, at=ago())
    lon, lat = known.point.coords
    near = page(cast.acceptor, f"/desk/new/near/?lon={lon}&lat={lat}")
    assert known.number[-6:] in near
    assert "0101" in page(cast.acceptor, "/desk/new/classes/?class_q=井盖")
    assert cast.component.code in page(cast.acceptor, "/desk/new/places/?place_q=井盖")
    values = {"matter": "component:0101", "lon": lon, "lat": lat, "source": "hotline_12319",
              "description": "井盖响",
              "client_uuid": "8d8ac610-566d-4ef0-9c22-186b2a5ed793"}  # fmt: skip
    answer = client.post("/desk/new/", values)
    made = Case.objects.latest("id")
    assert answer.url == f"/cases/{made.number}/"
    assert (made.source.code, made.reporter) == ("hotline_12319", cast.acceptor)


def test_report_outside_the_city_is_refused_in_the_form(cast, client):
    client.force_login(cast.acceptor)
    values = {"matter": "component:0101", "lon": 100, "lat": 30, "source": "hotline_12319",
              "description": "留着"}  # fmt: skip
    answer = client.post("/desk/new/", values)
    assert answer.status_code == 422
    assert "留着" in answer.content.decode()
    assert not Case.objects.exists()


# --- the bar ----------------------------------------------------------------------------------
BELL = re.compile(r"data-notice-count[^>]*>(\d*)<")


def test_bell_hangs_on_every_page_of_a_desk(cast, page):
    for user in (cast.liaison, cast.acceptor, cast.street_liaison):
        for url in ("/map/", "/standards/"):
            assert BELL.search(page(user, url)), (user, url)


def test_bar_of_administrators_offers_no_case(cast, page):
    body = page(cast.sysadmin, "/standards/")
    assert "data-notice-count" not in body
    assert 'action="/cases/"' not in body
    assert "data-new-report" not in body


def test_new_report_is_one_key_away_on_every_page_of_the_acceptor(cast, page):
    assert "data-new-report" in page(cast.acceptor, "/map/")
    assert "data-new-report" not in page(cast.dispatcher, "/map/")


def test_class_filter_offers_what_the_queue_holds_and_narrows_to_it(cast, page):
    case = report(cast, at=ago())
    other = bring(cast, State.TO_FILE, at=ago(), case=report(cast, at=ago(), cell=1))
    body = page(cast.acceptor, "/desk/?queue=accept")
    offered = re.findall(r'<option value="(\w+:\w+)"[^>]*>([^<]+)<', body)
    assert offered == [(f"{case.matter_class.kind}:{case.matter_class.code}", "上水井盖 (1)")]
    rows = page(cast.acceptor, f"/desk/?queue=open&class={offered[0][0]}")
    assert {case.number, other.number} == set(re.findall(r'id="row-(\d+)"', rows))
    assert 'id="row-' not in page(cast.acceptor, "/desk/?queue=open&class=event:9999")


# --- what a page says ---------------------------------------------------------------------------
def test_who_is_late_hears_who_did_what_since_the_page_was_made(cast, client):
    case = report(cast, at=ago())
    seen = case.events_count
    act(cast, case, "accept", "acceptor", at=ago(5))
    answer = post(client, cast.acceptor, case, "accept", 409, seen=seen, opinion="属实")
    assert "Acceptor (受理员)" in answer.json()["detail"]
    assert "受理" in answer.json()["detail"]
    for nothing in ({}, {"seen": case.events_count}, {"seen": "x"}, {"seen": "9" * 30}):
        answer = post(client, cast.acceptor, case, "accept", 409, **nothing)
        assert "Acceptor" not in answer.json()["detail"]


def test_the_form_of_what_somebody_did_before_is_a_409_that_says_so(cast, client):
    case = report(cast, at=ago())
    url = f"/cases/{case.number}/do/accept/?seen={case.events_count}"
    act(cast, case, "accept", "acceptor", at=ago(5))
    client.force_login(cast.acceptor)
    late = client.get(url, **HX)
    assert (late.status_code, "Acceptor (受理员)" in late.json()["detail"]) == (409, True)
    client.force_login(cast.shift_leader)
    assert client.get(f"/cases/{case.number}/do/accept/?seen=2", **HX).status_code == 403


def test_photos_say_round_step_and_author_on_the_desk_and_on_the_phone(cast, page):
    case = bring(cast, State.CHECKING, at=ago(60), minutes=0)
    desk = page(cast.acceptor, f"/cases/{case.number}/")
    phone = page(cast.collector, f"/field/cases/{case.number}/")
    for body in (desk, phone):
        captions = [
            re.sub(r"<[^>]+>|\s+", "", found)
            for found in re.findall(r"<figcaption>(.*?)</figcaption>", body, re.DOTALL)
        ]
        assert [re.sub(r"\d\d-\d\d\d\d:\d\d$", "", words) for words in captions] == [
            "第1轮·上报·监督员·近景", "第1轮·处置·处置人员·处置后",
        ]  # fmt: skip


def test_the_departments_words_stand_under_the_slider(cast, page):
    case = bring(cast, State.FEEDBACK_IN, at=ago(60), minutes=0)
    body = page(cast.inspector, f"/cases/{case.number}/")
    words = re.search(r'<p class="result-words">(.*?)</p>', body, re.DOTALL)[1]
    assert "已修复" in words
    assert str(cast.water) in words
    assert "<time" in words


@pytest.mark.parametrize(
    ("state", "action", "name"),
    [(State.DISPOSING, "dispose", "handler"), (State.DEPT_REVIEW, "feedback", "liaison")],
)
def test_nobody_states_what_they_did_not_write(cast, page, state, action, name):
    case = bring(cast, state, at=ago(60), minutes=0)
    body = page(getattr(cast, name), f"/cases/{case.number}/do/{action}/", **HX)
    assert re.search(r"<textarea[^>]*data-opinion[^>]*></textarea>", body)
    assert "data-phrase=" in body
