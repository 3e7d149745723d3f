"""The auditor looks at the anchors of the record, prints them and takes them along."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.feed import log as live
from cases.tests.cast import person, report
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib import keyed
from evaluation.record import anchored, anchors
from evaluation.record.tests.hands import execute

ADDRESS = "/record/anchors/"


@pytest.fixture
def written(cast, client):
    """Two anchors of a record with a step and a deed; the auditor is signed in."""
    now = timezone.now()
    report(cast, at=now - timedelta(days=2))
    record(verb="change_setting", subject="x")
    live.publish()
    paths = [anchors.write(now - timedelta(days=1)), anchors.write(now)]
    client.force_login(person(cast, "auditor", "auditor", cast.center))
    return [path.stem for path in reversed(paths)]


def states(names):
    return [row.faults for row in anchored.standing(names)]


def test_anchors_are_listed_with_their_heads_and_hold(client, written):
    page = client.get(ADDRESS)
    body = page.content.decode()
    assert list(page.context["page"]) == written
    for name in written:
        assert name in body
    [newest, _older] = anchored.standing(written)
    assert (newest.row("feed"), newest.key) == (1, keyed.fingerprint())
    assert newest.head.startswith("sha256:")
    assert newest.faults == ()
    assert "有效" in body


def test_an_anchor_is_printed_and_taken_along_on_record(client, written):
    name = written[0]
    text = client.get(f"{ADDRESS}{name}.txt")
    assert text.headers["Content-Type"].startswith("text/plain")
    file = anchored.file_of(name)
    assert text.content.decode() == file.with_suffix(".txt").read_text(encoding="utf-8")
    answer = client.get(f"{ADDRESS}{name}.json")
    assert answer.content == file.read_bytes()
    assert f"{name}.json" in answer.headers["Content-Disposition"]
    marks = AuditEvent.objects.filter(verb="export_anchor", subject=name).order_by("id")
    assert [mark.data["format"] for mark in marks] == ["txt", "json"]


def test_the_text_is_that_of_the_signed_file(client, written):
    """Another text beside it is not printed."""
    anchored.file_of(written[0]).with_suffix(".txt").write_text("something else")
    assert "something else" not in client.get(f"{ADDRESS}{written[0]}.txt").content.decode()


def test_what_does_not_hold_any_more_is_said(client, written):
    _newest, older = written
    execute("UPDATE cases_caseevent SET feed_mac = 'sha256:0' WHERE feed = 1")
    assert all(len(faults) == 1 for faults in states(written))
    file = anchored.file_of(older)
    anchor = json.loads(file.read_text())
    file.write_text(json.dumps({**anchor, "at": "2020-01-01T00:00:00+00:00"}))
    [after, broken] = anchored.standing(written)
    assert (broken.at, broken.key, len(broken.faults)) == (None, "", 1)
    assert len(after.faults) == 2  # nor does it follow the one before it
    body = client.get(ADDRESS).content.decode()
    assert "light-red" in body
    assert client.get(f"{ADDRESS}{older}.json").status_code == 404


def test_rows_that_were_taken_away_are_missed(written):
    execute("DELETE FROM accounts_auditevent WHERE verb = 'change_setting'")
    assert all(states(written))


@pytest.mark.parametrize("file", ["[]", '"x"', "{}", "not json", '{"signature": null}'])
def test_a_file_that_is_no_anchor_breaks_nothing(client, written, file):
    anchored.file_of(written[0]).write_text(file)
    assert client.get(ADDRESS).status_code == 200
    assert states([written[0]])[0]


def test_the_list_is_taken_along(client, written):
    answer = client.get(f"{ADDRESS}?as=csv")
    _head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert [row[0].strip() for row in rows] == written
    assert AuditEvent.objects.get(verb="export_list").data["list"] == "anchors"


@pytest.mark.parametrize("path", ["", "2026-01-01.json", "2026-01-01.txt"])
def test_anchors_are_the_auditors(cast, client, path):
    for name in ("evaluator", "sysadmin", "leader"):
        client.force_login(getattr(cast, name))
        assert client.get(ADDRESS + path).status_code == 403


@pytest.mark.parametrize("path", ["2026-01-01.json", "2026-01-01.txt", "..json", "x.exe"])
def test_an_anchor_that_is_not_there_is_not_found(client, written, path):
    assert client.get(ADDRESS + path).status_code == 404


def test_without_an_anchor_the_page_says_so(cast, client):
    client.force_login(person(cast, "auditor", "auditor", cast.center))
    assert client.get(ADDRESS).status_code == 200


def test_as_many_queries_for_many_anchors(client, written):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as caught:
            anchored.standing(anchored.names())
        return len(caught)

    before = queries()
    for _n in range(3):
        anchors.write(timezone.now() + timedelta(days=2 + _n))
    assert queries() == before
