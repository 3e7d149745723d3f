"""Lists over HTTP: changes since a moment, pages that neither lose nor repeat, answers kept."""

from datetime import UTC, timedelta
from importlib import import_module
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from cases.machine import actions, transitions
from cases.models import Case
from cases.states import State
from cases.tests.cast import MORNING, act, bring, photo, report
from cases.tests.scenes import switch
from citymgmt.api.base import Api

from .test_api import API, client, wrong


def listed(user, **query):
    answer = client(user).get(f"{API}cases/", query)
    assert answer.status_code == 200, answer.content.decode()
    return [row["number"] for row in answer.json()["results"]]


# --- changes --------------------------------------------------------------------------------
def test_api_changes_since_a_moment(cast):
    """By when a step was stored here, whatever moment the step itself is of."""
    first, second = report(cast), report(cast)
    between = timezone.now()
    act(cast, first, "accept", "acceptor", at=MORNING)
    assert listed(cast.leader, updated_since=between.isoformat()) == [first.number]
    ahead = timezone.now() + timedelta(hours=1)
    assert listed(cast.leader, updated_since=ahead.isoformat()) == []
    long_ago = "2020-01-01T00:00:00Z"
    assert listed(cast.leader, updated_since=long_ago) == [second.number, first.number]
    assert listed(cast.outsider, updated_since=long_ago) == []


@pytest.mark.parametrize("step", ["move", "timer", "retime", "follow"])
def test_api_changes_by_every_hand_are_seen(cast, step):
    case = bring(cast, State.CHECKING if step == "follow" else State.TO_DISPOSE)
    Case.objects.update(updated_at=MORNING)
    since = timezone.now().isoformat()
    if step == "move":
        act(cast, case, "urge", "shift_leader", opinion="快")
    elif step == "timer":
        actions.strike(at=MORNING + timedelta(days=30))
    elif step == "retime":
        Case.objects.update(due_at=MORNING)
        transitions.retime(case.pk, context=actions.context(MORNING + timedelta(minutes=30)))
    else:
        switch("auto_rework", True)
        given = {"check_result": "fail", "photos": [photo()]}
        act(cast, case, "check", "collector", at=MORNING + timedelta(minutes=30), **given)
    assert listed(cast.leader, updated_since=since) == [case.number]


def test_api_changes_take_every_spelling_of_a_moment(cast):
    case = report(cast)
    moment = case.updated_at - timedelta(seconds=1)
    local = moment.astimezone(timezone.get_fixed_timezone(480)).isoformat()
    for text in (local, quote(local, safe=":-.T "), moment.astimezone(UTC).isoformat()):
        path = f"{API}cases/?updated_since={text}"
        answer = client(cast.leader).get(path)
        assert len(answer.json()["results"]) == 1, text


def test_api_changes_page_without_loss_while_cases_change(cast):
    """What changes meanwhile comes again at the end; what does not comes once."""
    cases = [report(cast) for _ in range(5)]
    since = "2020-01-01T00:00:00Z"
    query = {"updated_since": since, "limit": 2}
    page = client(cast.leader).get(f"{API}cases/", query).json()
    seen = [row["number"] for row in page["results"]]
    act(cast, cases[0], "accept", "acceptor")
    while page["next"]:
        page = client(cast.leader).get(f"{API}cases/", query | {"after": page["next"]}).json()
        seen += [row["number"] for row in page["results"]]
    assert seen == [case.number for case in cases] + [cases[0].number]


def test_api_changes_at_one_moment_are_told_apart(cast):
    numbers = [report(cast).number for _ in range(5)]
    Case.objects.update(updated_at=MORNING)
    query = {"updated_since": MORNING.isoformat(), "limit": 2}
    seen, after = [], ""
    while after is not None:
        page = client(cast.leader).get(f"{API}cases/", query | {"after": after}).json()
        seen += [row["number"] for row in page["results"]]
        after = page["next"]
    assert seen == numbers


@pytest.mark.parametrize("after", ["12", "x-1", "1-x", "-1-1", "1-1-1", "9" * 18 + "-1"])
def test_api_changes_refuse_a_page_of_another_list(cast, after):
    query = {"updated_since": "2020-01-01T00:00:00Z", "after": after}
    wrong(client(cast.leader).get(f"{API}cases/", query), 400, None, "after")


def test_api_changes_are_found_by_an_index(cast):
    report(cast)
    with CaptureQueriesContext(connection) as queries:
        listed(cast.leader, updated_since=timezone.now().isoformat())
    (sql,) = [q["sql"] for q in queries if '"updated_at" >=' in q["sql"]]
    assert 'ORDER BY "cases_case"."updated_at" ASC, "cases_case"."id" ASC' in sql
    named = {index.name: index.fields for index in Case._meta.indexes}
    assert named["case_updated"] == ["updated_at", "id"]


def test_api_changes_of_old_cases_are_known_from_their_log(cast):
    cases = [report(cast), bring(cast, State.CLOSED)]
    last = [case.events.order_by("seq").last().at for case in cases]
    Case.objects.update(updated_at=timezone.now())
    migration = import_module("cases.migrations.0011_changes_of_cases")
    migration.fill(apps, None)
    found = Case.objects.order_by("pk").values_list("updated_at", flat=True)
    assert list(found) == last


# --- what is kept ---------------------------------------------------------------------------
def test_api_answers_tell_whether_they_still_hold(cast):
    case = report(cast)
    made = client(cast.leader)
    for path in ("cases/", f"cases/{case.number}/"):
        first = made.get(API + path)
        assert first["Cache-Control"] == "no-store, private"
        again = made.get(API + path, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    act(cast, case, "accept", "acceptor")
    changed = made.get(API + path, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200


# --- every address --------------------------------------------------------------------------
def addresses():
    """(path, view class) of everything under /api/v1/."""
    (root,) = [p for p in get_resolver().url_patterns if str(p.pattern) == "api/v1/"]
    return [
        (f"/api/v1/{pattern.pattern}", pattern.callback.view_class)
        for pattern in root.url_patterns
        if isinstance(pattern, URLPattern)
    ]


def filled(path, case):
    for name, value in {"number": case.number, "action": "accept"}.items():
        path = path.replace(f"<str:{name}>", value)
    assert "<" not in path, path
    return path


@pytest.mark.parametrize(("path", "view"), addresses())
def test_api_every_address_refuses_what_it_does_not_know(cast, path, view):
    """A filter in a query, a field in a body: refused by its name, nothing done."""
    assert issubclass(view, Api)
    case = report(cast)
    made = client(cast.acceptor)
    path = filled(path, case)
    methods = {name for name in view.http_method_names if hasattr(view, name)} - {"options"}
    for method in sorted(methods):
        answer = made.generic(method.upper(), f"{path}?nonsense=1")
        assert list(wrong(answer, 400, "unknown_field")["fields"]) == ["nonsense"]
        if method not in ("get", "head", "delete"):
            for kind in ("json", "multipart"):
                answer = getattr(made, method)(path, {"nonsense": "1"}, format=kind)
                if answer.status_code != 415:
                    assert "nonsense" in wrong(answer, 400, "unknown_field")["fields"]
    assert case.events.count() == 1


@pytest.mark.parametrize("path", ["/api/", "/api/v2/cases/", f"{API}nothing/", f"{API}cases/x/y/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_api_every_unknown_address_says_so_in_the_same_shape(cast, path, method):
    made = client(cast.leader, accept_language="en")
    body = wrong(getattr(made, method)(path), 404, "not_found")
    assert body["detail"] == "Not found."


def test_api_a_missing_slash_is_put_there(cast):
    answer = client(cast.leader).get("/api/v1/cases")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/cases/")


def test_api_a_fault_of_ours_is_said_in_the_same_shape(cast, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("citymgmt.api.cases.locate", broken)
    made = client(cast.leader)
    made.raise_request_exception = False
    wrong(made.get(f"{API}locate/?lon=1&lat=1"), 500, "server_error")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"), ("application/json", b"\xff\xfe"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"), ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b""), ("application/json; charset=utf-99", b"{}"),
    ],
)  # fmt: skip
def test_api_a_body_that_cannot_be_read_is_said_in_the_same_shape(cast, kind, body):
    made = client(cast.acceptor)
    made.raise_request_exception = False
    wrong(made.post(f"{API}cases/", body, content_type=kind), 400)


def test_api_a_body_that_is_too_large_is_said_in_the_same_shape(cast, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    made = client(cast.acceptor)
    made.raise_request_exception = False
    answer = made.post(f"{API}cases/", b'{"description": "' + b"x" * 99 + b'"}',
                       content_type="application/json")  # fmt: skip
    wrong(answer, answer.status_code)
    assert answer.status_code in (400, 413)


def test_api_pages_outside_keep_their_own_errors(client):
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")
