"""The contract of /api/v1/: what programs of others rely on."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from cases.machine import actions
from cases.models import Case, CaseEvent
from cases.states import State
from cases.tests.cast import AFTER, MORNING, act, bring, photo, report
from cases.tests.scenes import campaign
from citymgmt.accounts import tokens
from citymgmt.accounts.models import AuditEvent, User
from citymgmt.api.urls import REFERENCES

API = "/api/v1/"
LINE = {
    "number", "state", "pending", "kind", "class_code", "class_name", "lon", "lat", "unit_grid",
    "street", "community", "department", "source", "description", "address", "urgent",
    "reported_at", "due_at", "closed_at", "updated_at",
}  # fmt: skip
DETAIL = LINE | {"available_actions", "deadlines", "events", "photos"}
HERE = {"lon": 103.7005, "lat": 36.1005}
OUTSIDE = {"lon": 100.0, "lat": 30.0}


def client(user=None, **headers):
    made = APIClient(headers=headers)
    if user:
        made.credentials(HTTP_AUTHORIZATION=f"Token {tokens.by_signing_in(user)}")
    return made


def wrong(answer, status, code=None, *fields):
    """The one shape of every refusal; its `fields` name at least these."""
    assert answer.status_code == status, answer.content.decode()
    body = answer.json()
    assert set(body) == {"detail", "code", "fields"}
    assert isinstance(body["detail"], str)
    assert body["detail"]
    assert isinstance(body["fields"], dict)
    assert code is None or body["code"] == code
    assert set(fields) <= set(body["fields"]), body
    return body


def upload(name="a.jpg"):
    return SimpleUploadedFile(name, photo()[1], "image/jpeg")


def given(**changes):
    """A report as a collector's program sends it."""
    values = {
        "kind": "component", "class_code": "0101", **HERE, "description": "井盖破损",
        "source": "patrol", "client_uuid": str(uuid.uuid4()), "photos": [upload()], **changes,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def post(user, **changes):
    return client(user).post(f"{API}cases/", given(**changes), format="multipart")


def send(user, case, action, data=None, **options):
    options.setdefault("format", "json")
    return client(user).post(f"{API}cases/{case.number}/actions/{action}/", data or {}, **options)


# --- token ----------------------------------------------------------------------------------
@pytest.fixture
def password(cast):
    cast.collector.set_password("citymgmt-demo")
    cast.collector.save()
    return "citymgmt-demo"


def sign_in(username, password):
    return client().post(f"{API}token/", {"username": username, "password": password})


def test_api_token_is_given_kept_and_recorded(cast, password):
    first, second = sign_in("collector", password), sign_in("collector", password)
    assert (first.status_code, first.json()) == (200, second.json())
    made = APIClient(headers={"authorization": f"Token {first.json()['token']}"})
    assert made.get(f"{API}cases/").status_code == 200
    assert AuditEvent.objects.filter(by=cast.collector, verb="sign_in").count() == 2


@pytest.mark.parametrize("name", ["collector", "nobody"])
def test_api_token_refused_says_the_same_for_every_cause(password, name):
    body = wrong(sign_in(name, "guess"), 400, "wrong_credentials")
    assert "密码" in body["detail"]


def test_api_token_not_for_those_out_of_service(cast, password):
    User.objects.filter(pk=cast.collector.pk).update(is_active=False)
    wrong(sign_in("collector", password), 400, "wrong_credentials")


def test_api_token_needs_both(db):
    wrong(client().post(f"{API}token/", {}), 400, "invalid", "username", "password")
    wrong(client().post(f"{API}token/", [], format="json"), 400)


def test_api_token_is_throttled(cast):
    answers = [sign_in(f"nobody{n}", "guess") for n in range(21)]
    assert {answer.status_code for answer in answers[:20]} == {400}
    wrong(answers[20], 429, "throttled")
    assert int(answers[20].headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["cases/", "locate/?lon=1&lat=1", "cases/1/"])
def test_api_nothing_without_a_token(cast, path):
    wrong(client().get(API + path), 401, "not_authenticated")
    stranger = APIClient(headers={"authorization": "Token 0000"})
    wrong(stranger.get(API + path), 401, "authentication_failed")


def test_api_a_session_will_do_but_not_without_its_csrf_token(cast):
    made = APIClient(enforce_csrf_checks=True)
    made.force_login(cast.collector, "django.contrib.auth.backends.ModelBackend")
    assert made.get(f"{API}cases/").status_code == 200
    wrong(made.post(f"{API}cases/", given()), 403)


# --- locate ---------------------------------------------------------------------------------
def test_api_locate_names_the_ground(cast):
    answer = client(cast.collector).get(f"{API}locate/", HERE)
    assert answer.json() == {
        "unit_grid": "620105001001001", "community": "620105001001", "street": "620105001",
        "district": "620105",
    }  # fmt: skip


@pytest.mark.parametrize(
    "place",
    [OUTSIDE, {}, {"lon": "x", "lat": "y"}, {"lon": "nan", "lat": "inf"}, {"lon": 103.7005},
     {"lon": 36.1005, "lat": 103.7005}, {"lon": 999, "lat": 999}, {"lon": "1e400", "lat": "1"}],
)  # fmt: skip
def test_api_locate_outside_or_nowhere(cast, place):
    wrong(client(cast.collector).get(f"{API}locate/", place), 400, None, "lon", "lat")


# --- reporting ------------------------------------------------------------------------------
def test_api_report_once_then_the_same_case(cast):
    key = str(uuid.uuid4())
    first, second = post(cast.collector, client_uuid=key), post(cast.collector, client_uuid=key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    body = first.json()
    assert (set(body), body["state"]) == (DETAIL, "registered")
    assert len(body["number"]) == 20
    assert len(body["photos"]) == Case.objects.count() == CaseEvent.objects.count() == 1


def test_api_report_of_another_under_the_same_identifier(cast):
    key = str(uuid.uuid4())
    post(cast.collector, client_uuid=key)
    wrong(post(cast.collector2, client_uuid=key), 409, "identifier_reused")


@pytest.mark.parametrize("name", ["photos", "photos[]"])
def test_api_report_takes_photos_under_both_names(cast, name):
    files = {"photos": None, name: [upload(), upload("b.jpg")]}
    types = {"photo_types": ["wide"]}
    body = post(cast.collector, **files, **types).json()
    assert [row["type"] for row in body["photos"]] == ["wide", "close"]
    assert {row["round"] for row in body["photos"]} == {1}


def test_api_report_as_json_where_no_photo_is_needed(cast):
    data = given(source="hotline_12319", photos=None)
    answer = client(cast.acceptor).post(f"{API}cases/", data, format="json")
    assert (answer.status_code, answer.json()["photos"]) == (201, [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"class_code": "9999"}, "class_code"), ({"class_code": None}, "class_code"),
        ({"kind": "weather"}, "kind"), ({"kind": None}, "kind"), (OUTSIDE, "lon"),
        ({"lon": None}, "lon"), ({"lat": "north"}, "lat"), ({"lon": "nan"}, "lon"),
        ({"source": "rumour"}, "source"), ({"source": None}, "source"),
        ({"source": "hotline_12319"}, "source"), ({"client_uuid": "7"}, "client_uuid"),
        ({"photos": None}, "photos"), ({"photo_types": ["selfie"]}, "photo_types"),
        ({"photos": [SimpleUploadedFile("a.jpg", b"text")]}, "photos"),
        ({"photos": [SimpleUploadedFile("a.jpg", b"")]}, "photos"),
        ({"component": "0000000000000000"}, "component"), ({"description": "x" * 4001},
        "description"), ({"filing_condition": "first"}, "filing_condition"),
        ({"filing_condition": 0}, "filing_condition"),
        ({"filing_condition": 10**30}, "filing_condition"),
    ],
)  # fmt: skip
def test_api_report_names_what_is_wrong(cast, changes, field):
    wrong(post(cast.collector, **changes), 400, None, field)
    assert not Case.objects.exists()


@pytest.mark.parametrize("body", ["5", "null", "[]", '"text"', "{", "NaN", "\x00"])
def test_api_report_with_an_odd_body(cast, body):
    answer = client(cast.collector).post(f"{API}cases/", body, content_type="application/json")
    wrong(answer, 400)


def test_api_report_with_a_proposed_condition(cast):
    body = post(cast.collector, filing_condition=cast.cover_open.pk).json()
    event = CaseEvent.objects.get(case__number=body["number"])
    assert event.data == {"filing_condition": cast.cover_open.pk}
    assert event.case.filing_condition is None


def test_api_report_proposes_only_conditions_in_force_of_its_class(cast):
    wrong(
        post(cast.collector, filing_condition=cast.litter_found.pk), 400, None, "filing_condition"
    )
    cast.edition.active = False
    cast.edition.save()
    wrong(post(cast.collector, filing_condition=cast.cover_open.pk), 400, None, "filing_condition")
    assert not Case.objects.exists()


@pytest.mark.parametrize("kind", ["json", "multipart"])
def test_api_report_refuses_what_it_does_not_know(cast, kind):
    data = given(source="hotline_12319", photos=None, sorce="web")
    answer = client(cast.acceptor).post(f"{API}cases/", data, format=kind)
    assert list(wrong(answer, 400, "unknown_field")["fields"]) == ["sorce"]
    assert not Case.objects.exists()


def test_api_report_joins_the_campaign_that_is_named(cast):
    drive = campaign(cast, last_day=timezone.localdate(), classes=[cast.litter])
    number = post(cast.collector, campaign=drive.pk).json()["number"]
    assert Case.objects.get(number=number).campaign == drive
    wrong(post(cast.collector, campaign="sometime"), 400, None, "campaign")


def test_api_report_is_not_everybodys(cast):
    wrong(post(cast.evaluator), 403, "not_yours")


# --- the list -------------------------------------------------------------------------------
def listed(user, **query):
    answer = client(user).get(f"{API}cases/", query)
    assert answer.status_code == 200, answer.content
    return [row["number"] for row in answer.json()["results"]]


def test_api_list_filters(cast):
    new = report(cast)
    with_water = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    closed = bring(cast, State.CLOSED)
    actions.strike(at=MORNING + timedelta(minutes=200))
    every = [closed.number, with_water.number, new.number]
    assert listed(cast.leader) == every
    assert listed(cast.leader, state="registered") == [new.number]
    assert listed(cast.leader, state="open") == every[1:]
    for area in (cast.district, cast.street, cast.community):
        assert listed(cast.leader, area=area.code) == every
    assert listed(cast.leader, area="620104") == []
    assert listed(cast.leader, dept="water_supply", state="open") == [with_water.number]
    assert listed(cast.leader, dept="gas") == []
    assert listed(cast.leader, overdue="true") == every[1:]
    assert listed(cast.leader, overdue="false") == every[:1]
    assert listed(cast.leader, overdue="") == listed(cast.leader, state="") == every
    assert listed(cast.leader, source="patrol", kind="component") == every
    assert listed(cast.leader, source="web") == listed(cast.leader, kind="event") == []
    assert listed(cast.leader, **{"class": "0101"}, urgent="false") == every
    assert listed(cast.leader, number=new.number) == [new.number]
    assert listed(cast.leader, reporter="me") == []
    assert listed(cast.collector, reporter="me", limit=2) == every[:2]
    assert listed(cast.liaison) == every[:2]
    assert listed(cast.outsider) == []


def test_api_list_lines(cast):
    report(cast)
    (line,) = client(cast.leader).get(f"{API}cases/").json()["results"]
    assert set(line) == LINE
    assert (line["kind"], line["class_code"], line["source"]) == ("component", "0101", "patrol")
    assert (line["lon"], line["lat"]) == pytest.approx((HERE["lon"], HERE["lat"]))


def test_api_list_pages_by_cursor(cast, monkeypatch):
    monkeypatch.setattr("citymgmt.api.base.PAGE", 2)
    numbers = [report(cast).number for _ in range(5)][::-1]
    pages, query = [], {}
    while query is not None:
        page = client(cast.leader).get(f"{API}cases/", query).json()
        pages.append([row["number"] for row in page["results"]])
        query = {"after": page["next"]} if page["next"] else None
    assert pages == [numbers[:2], numbers[2:4], numbers[4:]]


@pytest.mark.parametrize(
    "query",
    [
        {"state": "lost"},
        {"after": "x"},
        {"after": "²"},
        {"after": "-1"},
        {"after": "1.5"},
        {"after": "9" * 41},
        {"area": "9\x00"},
        {"dept": "'\x00"},
        {"area": "620199"},
        {"dept": "nobody"},
        {"source": "rumour"},
        {"class": "9999"},
        {"kind": "weather"},
        {"number": "123"},
        {"overdue": "maybe"},
        {"urgent": "maybe"},
        {"reporter": "collector"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"overdu": "true"},
        {"page": "2"},
        {"format": "json"},
        {"updated_since": "2026-03-02"},
        {"updated_since": "yesterday"},
        {"updated_since": "2026-03-02T09:00:00"},
        {"updated_since": "2026-02-30T09:00:00Z"},
        {"state": ["closed", "void"]},
    ],
)
def test_api_list_refuses_what_it_does_not_know(cast, query):
    """Refused by name, and never answered with a list that is something else."""
    wrong(client(cast.leader).get(f"{API}cases/", query), 400, None, *query)


def test_api_list_has_an_end(cast):
    report(cast)
    assert client(cast.leader).get(f"{API}cases/", {"after": "9" * 40}).status_code == 200


def test_api_list_costs_the_same_for_one_row_and_three(
    cast, django_assert_max_num_queries, django_assert_num_queries
):
    made = client(cast.leader)
    bring(cast, State.DISPOSING)
    made.get(f"{API}cases/")  # the first use of a token is noted
    with django_assert_max_num_queries(12) as one:
        made.get(f"{API}cases/")
    for state in (State.CHECKING, State.CLOSED):
        bring(cast, state)
    with django_assert_num_queries(len(one)):
        assert len(made.get(f"{API}cases/").json()["results"]) == 3


# --- one case -------------------------------------------------------------------------------
def test_api_case_says_what_the_caller_may_do(cast):
    case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
    body = client(cast.liaison).get(f"{API}cases/{case.number}/").json()
    assert set(body) == DETAIL
    assert body["available_actions"][0] == "assign"
    assert set(body["deadlines"]) == {
        "due_at", "overdue", "limit", "disposal_overdue", "suspended_until", "arrive_by",
        "arrived_at",
    }  # fmt: skip
    assert body["deadlines"]["limit"] == "2 urgent_hours"
    assert [row["action"] for row in body["events"]] == ["report", "accept", "file", "dispatch"]
    assert set(body["events"][0]) == {
        "seq", "action", "state_from", "state_to", "at", "by", "post", "department", "opinion",
        "used_seconds", "limit_seconds", "overdue", "hash", "made_at", "made_lon",
        "made_lat",
    }  # fmt: skip
    assert body["events"][3]["by"] == "dispatcher"
    collector = client(cast.collector).get(f"{API}cases/{case.number}/").json()
    assert collector["available_actions"] == []


def test_api_case_costs_the_same_for_a_long_log(cast):
    short, long = report(cast), bring(cast, State.CLOSED)
    made = client(cast.leader)
    counts = []
    for case in (short, long):
        with CaptureQueriesContext(connection) as queries:
            assert made.get(f"{API}cases/{case.number}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1]


@pytest.mark.parametrize("number", ["0" * 20, "x", "1" * 60, "%00", "²"])
def test_api_case_unknown(cast, number):
    wrong(client(cast.leader).get(f"{API}cases/{number}/"), 404, "not_found")


def test_api_case_of_others_does_not_exist(cast):
    case = report(cast)
    wrong(client(cast.outsider).get(f"{API}cases/{case.number}/"), 404, "not_found")
    wrong(send(cast.outsider, case, "accept"), 404, "not_found")


# --- actions --------------------------------------------------------------------------------
def test_api_action_done(cast):
    case = report(cast)
    body = send(cast.acceptor, case, "accept", {"opinion": "属实"}).json()
    assert (set(body), body["state"], body["events"][-1]["opinion"]) == (DETAIL, "to_file", "属实")


def test_api_action_with_photos(cast):
    case = bring(cast, State.DISPOSING)
    act(cast, case, "dispose", "handler", at=MORNING + timedelta(hours=1), opinion="好",
        photos=AFTER)  # fmt: skip
    data = {"photos[]": [upload()], "photo_types": ["after"], "opinion": "确认"}
    body = send(cast.liaison, case, "feedback", data, format="multipart").json()
    assert body["state"] == "feedback_in"
    assert [row["type"] for row in body["photos"]][-2:] == ["after", "after"]


def test_api_photos_of_a_disposal_are_after_photos_unless_said_otherwise(cast):
    case = bring(cast, State.DISPOSING)
    data = {
        "photos": [upload(), upload(), upload()], "photo_types": ["before"], "opinion": "已修",
    }  # fmt: skip
    body = send(cast.handler, case, "dispose", data, format="multipart").json()
    assert [row["type"] for row in body["photos"]][-3:] == ["before", "after", "after"]


def test_api_action_through_the_whole_life_of_a_case(cast):
    case = report(cast)
    after = {"photos": [upload()], "photo_types": ["after"]}
    life = [
        ("acceptor", "accept", {}, "to_file"),
        ("shift_leader", "file", {"filing_condition": cast.cover_open.pk}, "to_dispatch"),
        ("dispatcher", "dispatch", {"department": "water_supply"}, "to_dispose"),
        ("liaison", "assign", {"handler": "handler"}, "disposing"),
        ("handler", "dispose", {"opinion": "已修复", **after}, "dept_review"),
        ("liaison", "feedback", {}, "feedback_in"),
        ("dispatcher", "pass_check", {}, "to_check"),
        ("acceptor", "send_check", {"collector": "collector"}, "checking"),
        ("collector", "check", {"check_result": "pass", "photos": [upload()]}, "to_close"),
        ("shift_leader", "close", {"closing_met": True}, "closed"),
    ]
    for name, action, data, state in life:
        kind = "multipart" if "photos" in data else "json"
        answer = send(getattr(cast, name), case, action, data, format=kind)
        assert answer.status_code == 200, answer.content.decode()
        assert answer.json()["state"] == state


def test_api_action_again_with_the_same_identifier_is_done_once(cast):
    case, data = report(cast), {"client_uuid": str(uuid.uuid4())}
    first, second = (send(cast.acceptor, case, "accept", data) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["events"] == second.json()["events"]
    wrong(send(cast.acceptor, report(cast), "accept", data), 409, "identifier_reused")


@pytest.mark.parametrize(
    ("action", "name", "data", "field"),
    [
        ("send_verify", "acceptor", {}, "collector"),
        ("send_verify", "acceptor", {"collector": "leader"}, "collector"),
        ("send_verify", "acceptor", {"collector": ""}, "collector"),
        ("reject", "acceptor", {"reject_reason": "mood", "opinion": "x"}, "reject_reason"),
        ("reject", "acceptor", {"reject_reason": "invalid", "opinion": "  "}, "opinion"),
        ("accept", "acceptor", {"opinion": "x" * 2001}, "opinion"),
        ("accept", "acceptor", {"department": "gas"}, "department"),
        ("accept", "acceptor", {"client_uuid": "7"}, "client_uuid"),
        ("accept", "acceptor", {"opinion": "\x00"}, "opinion"),
    ],
)
def test_api_action_names_what_is_wrong(cast, action, name, data, field):
    wrong(send(getattr(cast, name), report(cast), action, data), 400, None, field)


@pytest.mark.parametrize("until", ["2026-02-30", "soon", "2026-99-99T00:00", "0001-01-01"])
def test_api_action_with_a_date_that_does_not_exist(cast, until):
    """Nor one that nobody can reckon with: the first day of all has no other time zone."""
    case = bring(cast, State.TO_DISPOSE)
    answer = send(cast.liaison, case, "suspend", {"until": until, "opinion": "待"})
    wrong(answer, 400, None, "until")


def test_api_action_unknown(cast):
    wrong(send(cast.acceptor, report(cast), "explode"), 400, "unknown_action")


def test_api_action_not_yours(cast):
    case = report(cast)
    wrong(send(cast.dispatcher, case, "accept"), 403, "not_yours")
    wrong(send(cast.acceptor, case, "overdue"), 403, "not_yours")


def test_api_action_not_now(cast):
    case = report(cast)
    wrong(send(cast.acceptor, case, "close"), 409, "wrong_state")
    wrong(send(cast.acceptor, case, "report"), 409, "wrong_state")
    public = report(cast, by="acceptor", source="hotline_12319", photos=())
    wrong(send(cast.acceptor, public, "accept"), 409, "refused")


def test_api_other_methods_and_paths_answer_in_the_same_shape(cast):
    case = report(cast)
    made = client(cast.leader)
    wrong(made.delete(f"{API}cases/{case.number}/"), 405, "method_not_allowed")
    wrong(made.get(f"{API}cases/{case.number}/actions/accept/"), 405, "method_not_allowed")
    answer = made.post(f"{API}cases/", "<x/>", content_type="application/xml")
    wrong(answer, 415, "unsupported_media_type")


# --- language and schema --------------------------------------------------------------------
def test_api_speaks_the_language_of_the_reader(cast):
    case = report(cast)
    path = f"{API}cases/{case.number}/actions/close/"

    def say(language):
        return wrong(client(cast.acceptor, accept_language=language).post(path), 409)["detail"]

    english, chinese = say("en"), say("zh-hans")
    assert english == "This is not possible in the present state of the case."
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
    assert say("fr") == chinese


def test_api_schema_is_valid_and_complete(tmp_path):
    path = tmp_path / "schema.json"
    call_command(
        "spectacular", file=str(path), format="openapi-json", fail_on_warn=True, validate=True
    )
    schema = json.loads(path.read_text())
    ours = {p: set(v) for p, v in schema["paths"].items() if p.startswith(API)}
    assert ours.items() >= {
        f"{API}token/": {"post"}, f"{API}locate/": {"get"}, f"{API}cases/": {"get", "post"},
        f"{API}cases/{{number}}/": {"get"},
        f"{API}cases/{{number}}/actions/{{action}}/": {"post"},
        f"{API}cases/{{number}}/photos/": {"post"}, f"{API}cases/nearby/": {"get"},
        **{f"{API}ref/{name}/": {"get"} for name in REFERENCES},
    }.items()  # fmt: skip


def test_api_schema_is_such_that_a_client_can_be_made_from_it():
    """One kind of body at an address, a file only in multipart, answers that name their fields."""
    schema = SchemaGenerator().get_schema(public=True)
    shapes = schema["components"]["schemas"]
    bodies = {
        path: set(content)
        for path, methods in schema["paths"].items()
        for operation in methods.values()
        if (content := operation.get("requestBody", {}).get("content"))
    }
    assert all(len(kinds) == 1 for kinds in bodies.values())
    assert bodies[f"{API}cases/{{number}}/photos/"] == {"multipart/form-data"}
    assert bodies[f"{API}cases/"] == {"application/json"}
    photos = shapes["PhotosIn"]["properties"]["photos"]["items"]
    assert photos == {"type": "string", "format": "binary"}
    photos = {name for name in shapes["ReportJson"]["properties"] if "photo" in name}
    assert photos == {"photo_ids"}
    assert "campaign" in shapes["ActionJson"]["properties"]
    assert shapes["CaseOut"]["properties"]["photos"]["items"] == {
        "$ref": "#/components/schemas/PhotoOut"
    }
