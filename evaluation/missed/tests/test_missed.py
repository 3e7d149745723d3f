"""Missed reports: a person confirms them, with a reason, against who was on duty there then."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Case
from cases.tests.cast import MORNING, act, photo, report
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from evaluation.facts.queries import refresh_facts, stale
from evaluation.missed import actions
from evaluation.models import MissedFinding
from evaluation.results.actions import evaluate
from grid.models import DutyAssignment, Shift
from grid.rota.actions import load_shifts

DAY = date(2026, 3, 2)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(cast):
    """A public report that a collector found to be true."""
    case = report(cast, by="acceptor", source="hotline_12345")
    act(cast, case, "send_verify", "acceptor", at=MORNING + MINUTE, collector=cast.collector2)
    return act(
        cast, case, "verify", "collector2", at=MORNING + 2 * MINUTE, verify_result="exists",
        photos=[photo()],
    )  # fmt: skip


def decide(cast, case, **given):
    values = {"missed": True, "collector": cast.collector, "reason": "巡查时未上报", **given}
    return actions.decide(case=case, by=values.pop("by", cast.shift_leader), **values)


def figures(cast):
    done = evaluate(scheme="A", start=DAY, end=DAY, by=cast.evaluator)
    return done.results.get(object_kind="collector", object_id=cast.collector.pk)


def test_nothing_is_missed_until_somebody_says_so(cast, told):
    report(cast)
    assert figures(cast).counts["missed"] == 0
    assert actions.listed(cast.shift_leader, "open") == [told.pk]


def test_the_list_is_taken_along_with_what_was_decided(cast, told, client):
    client.force_login(cast.shift_leader)

    def rows(view):
        answer = client.get(f"/scores/missed/?view={view}&as=csv")
        text = io.StringIO(answer.content.decode("utf-8-sig"), newline="")
        head, *found = csv.reader(text)
        return [dict(zip(head, row, strict=True)) for row in found]

    [row] = rows("open")
    assert row["编号"].replace("-", "") == told.number
    assert (row["当时当班"], row["原因"]) == (str(cast.collector), "")
    decide(cast, told)
    assert rows("open") == []
    [row] = rows("decided")
    assert (row["认定对象"], row["原因"]) == (str(cast.collector), "巡查时未上报")
    mark = AuditEvent.objects.filter(verb="export_list").last()
    assert (mark.by, mark.data["list"], mark.data["rows"]) == (cast.shift_leader, "missed", 1)
    client.force_login(cast.collector)
    assert client.get("/scores/missed/?as=csv").status_code == 403


def test_a_confirmed_one_counts_against_the_collector_on_duty(cast, told):
    for cell in range(3):
        case = report(cast, cell=cell)
        act(cast, case, "accept", "acceptor", at=MORNING + MINUTE)
        act(cast, case, "file", "shift_leader", at=MORNING + 2 * MINUTE,
            filing_condition=cast.cover_worn)  # fmt: skip
    refresh_facts()
    decide(cast, told)
    assert stale() == [told.pk]
    row = figures(cast)
    assert row.counts["missed"] == 1
    assert row.rates["missed_rate"] == "25"  # one missed beside three filed
    assert AuditEvent.objects.filter(verb="missed_confirmed", subject=told.number).exists()
    decide(cast, told, missed=False, collector=None, reason="刚刚发生")
    assert figures(cast).counts["missed"] == 0
    assert [row.verdict for row in told.missed_findings.order_by("id")] == ["confirmed", "declined"]


def test_the_rota_says_who_was_on_duty_then(cast, told):
    assert actions.on_duty_then([told]) == {told.pk: [cast.collector]}  # by default
    load_shifts()
    DutyAssignment.objects.create(
        duty_grid=cast.duty_grid, shift=Shift.objects.get(code="early"),
        date=timezone.localdate(MORNING), collector=cast.collector2,
    )  # fmt: skip
    assert actions.on_duty_then([told]) == {told.pk: [cast.collector2]}
    with pytest.raises(BadInput) as refused:
        decide(cast, told, collector=cast.collector)
    assert "collector" in refused.value.fields


@pytest.mark.parametrize(
    ("who", "given", "error"),
    [
        ("acceptor", {}, NotYours),
        ("outsider", {}, NotNow),  # holds the post, but the case is not theirs to know
        ("shift_leader", {"reason": " "}, BadInput),
        ("shift_leader", {"collector": None}, BadInput),
    ],
)
def test_a_decision_that_is_refused(cast, told, who, given, error):
    with pytest.raises(error):
        decide(cast, told, by=getattr(cast, who), **given)
    assert not MissedFinding.objects.exists()


def test_only_verified_reports_of_others_in_a_patrolled_grid(cast, told):
    report(cast)  # a collector's own
    report(cast, by="acceptor", source="hotline_12345")  # nobody looked yet
    nowhere = Case.objects.get(pk=told.pk)
    assert list(actions.candidates(cast.shift_leader)) == [told]
    nowhere.duty_grid = None
    nowhere.save()
    assert not actions.candidates(cast.shift_leader).exists()


def test_the_list_reads_the_index_of_what_was_seen_to_exist(cast, told, monkeypatch):
    """Among a million cases the others are not looked at, however few wait for a decision."""
    plans = []
    monkeypatch.setattr(actions, "_newest", lambda rows: plans.append(_plan(rows)) or [])
    actions.listed(cast.shift_leader, "open")
    public, findings = plans
    assert "case_seen_to_exist" in public
    if connection.vendor != "postgresql":  # to which several indexes of three rows cost the same
        assert "cases_case_source_id" in findings
    assert "Seq Scan on cases_case" not in findings
    for plan in plans:  # what was merged into a case is found by the case, not among all patrols
        assert "cases_case_merged_into" in plan


def _plan(rows):
    ask = "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # of three rows it would read all
            ask = "EXPLAIN"
        sql, given = rows.order_by("-reported_at", "-pk").values("pk")[:9].query.sql_with_params()
        cursor.execute(f"{ask} {sql}", given)
        return "\n".join(row[-1] for row in cursor.fetchall()) + "\n"


def test_a_problem_that_a_collector_reported_too_was_not_missed(cast, told):
    own = report(cast)
    act(cast, own, "merge", "acceptor", at=MORNING + 5 * MINUTE, main_case=told.number)
    assert not actions.candidates(cast.shift_leader).exists()


def test_the_collector_objects_and_it_is_decided_anew(client, cast, told):
    decide(cast, told)
    client.force_login(cast.collector)
    page = client.get("/scores/mine/")
    assert told.number in page.content.decode()
    address = f"/scores/missed/{told.number}/object/"
    client.post(address, {"reason": "当时未在岗"})
    assert actions.listed(cast.shift_leader, "objected") == [told.pk]
    assert actions.listed(cast.shift_leader, "open") == []
    assert actions.listed(cast.shift_leader, "decided") == []
    assert figures(cast).counts["missed"] == 1  # until it is decided
    with pytest.raises(NotNow):
        actions.object_to(case=told, reason="again", by=cast.collector)
    with pytest.raises(NotYours):
        actions.object_to(case=told, reason="x", by=cast.collector2)
    client.force_login(cast.collector2)
    assert client.post(address, {"reason": "x"}).status_code == 404


def test_the_page_decides(client, cast, told):
    client.force_login(cast.shift_leader)
    page = client.get("/scores/missed/")
    assert told.number in page.content.decode()
    address = f"/scores/missed/{told.number}/"
    given = {"verdict": "confirmed", "collector": cast.collector.pk, "reason": "应发现未发现"}
    client.post(address, given)
    row = MissedFinding.objects.get()
    assert (row.collector, row.duty_grid, row.by) == (
        cast.collector, cast.duty_grid, cast.shift_leader,
    )  # fmt: skip
    page = client.get("/scores/missed/?view=decided").content.decode()
    assert "应发现未发现" in page
    assert client.get("/scores/missed/?view=moon").status_code == 404
    client.force_login(cast.acceptor)
    assert client.get("/scores/missed/").status_code == 403
    assert client.post(address, given).status_code == 403


def test_as_many_queries_for_more_rows(client, cast, told, django_assert_max_num_queries):
    client.force_login(cast.shift_leader)
    client.get("/scores/missed/")
    with CaptureQueriesContext(connection) as few:
        client.get("/scores/missed/")
    for cell in range(2):
        case = report(cast, by="acceptor", source="hotline_12345", cell=cell)
        Case.objects.filter(pk=case.pk).update(verify_result="exists")
    with django_assert_max_num_queries(len(few)):
        client.get("/scores/missed/")


def test_decisions_are_written_once(cast, told):
    row = decide(cast, told)
    for deed in (row.save, row.delete, MissedFinding.objects.all().delete):
        with pytest.raises(NotNow):
            deed()
