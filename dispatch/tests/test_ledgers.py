"""Ledgers: their sums against a recount of the log, who sees what, pages, files, queries."""

import csv
import io
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.ledgers import queries, registry
from cases.ledgers.queries import Narrow
from cases.machine.actions import strike
from cases.models import Case, CaseEvent
from cases.states import REQUESTS, Action, State
from cases.tests.cast import MORNING, act, bring, report
from cases.tests.scenes import ask
from citymgmt.accounts.models import AuditEvent
from dispatch.requests.ledgers import CODES

DAY = timezone.localdate(MORNING)
MARCH = Narrow(DAY, DAY + timedelta(days=20))
QUERY = f"?since={MARCH.since}&until={MARCH.until}"


@pytest.fixture
def busy(cast):
    """Requests of every kind: refused, approved, open, asked twice on one case."""
    for kind, state, decisions in (
        ("extend", State.DISPOSING, ("refuse", "approve")),
        ("extend", State.TO_DISPOSE, ("",)),
        ("suspend", State.TO_DISPOSE, ("approve",)),
        ("return_", State.TO_DISPOSE, ("approve",)),
        ("return_", State.TO_DISPOSE, ("refuse",)),
        ("void", State.TO_DISPATCH, ("approve",)),
    ):
        case = bring(cast, state)
        for number, decision in enumerate(decisions):
            action, who, given = ask(kind)
            at = MORNING + timedelta(minutes=20 + number)
            act(cast, case, action, who, at=at, **given)
            by = "leader" if kind == "suspend" else "shift_leader"
            if case.to_forward:
                act(cast, case, "forward", "dispatcher", at=at)
            if decision:
                act(cast, case, decision, by, at=at, opinion="同意")
    return cast


def recount(kind):
    """(asked, cases, {decision: times}) from the log alone."""
    asked = [a for a, k in REQUESTS.items() if k == kind]
    events = CaseEvent.objects.filter(action__in=asked)
    decided = CaseEvent.objects.filter(action__in=[Action.APPROVE, Action.REFUSE])
    tally = Counter(e.action for e in decided if e.data.get("request") == kind)
    return events.count(), events.values("case").distinct().count(), tally


@pytest.mark.parametrize("kind", ["extend", "suspend", "return_", "void"])
def test_sums_equal_a_recount_of_the_log(busy, kind):
    ledger = registry.named(CODES[kind])
    sums = queries.sums(ledger, busy.shift_leader, MARCH)
    asked, cases, decided = recount(kind)
    status = dict(
        zip([c for c, _l in ledger.statuses], [n for _l, n in sums.by_status], strict=True)
    )

    assert asked > 0
    assert (sums.rows, sums.cases) == (asked, cases)
    assert status["approved"] == decided[Action.APPROVE]
    assert status["refused"] == decided[Action.REFUSE]
    assert sum(status.values()) == sums.rows
    assert sums.filed == CaseEvent.objects.filter(action=Action.FILE).count() == 6
    assert abs(sums.share - Decimal(100 * cases) / 6) <= Decimal("0.005")


def test_no_share_without_filed_cases(cast):
    before = Narrow(DAY - timedelta(days=9), DAY - timedelta(days=1))
    assert queries.sums(registry.named("return"), cast.shift_leader, before).share is None


def test_days_are_local_and_both_ends_count(busy):
    ledger = registry.named("extension")
    late = ledger.rows().first()
    late.asked_at = MORNING.replace(hour=16) - timedelta(seconds=1)  # 23:59:59 in Shanghai
    late.decided_at = None if late.status == "open" else late.asked_at
    late.save()
    one_day = Narrow(DAY, DAY)
    assert queries.sums(ledger, busy.shift_leader, one_day).rows == 3
    type(late).objects.filter(pk=late.pk).update(
        asked_at=late.asked_at + timedelta(seconds=1),
        decided_at=late.decided_at and late.decided_at + timedelta(seconds=1),
    )
    assert queries.sums(ledger, busy.shift_leader, one_day).rows == 2


def test_narrowed_by_department_status_and_street(busy):
    def rows(**narrow):
        return queries.rows_of(
            registry.named("extension"), busy.shift_leader, Narrow(DAY, DAY, **narrow)
        ).count()

    assert rows() == 3
    assert rows(status="approved") == 1
    assert rows(department=busy.water) == rows(department=busy.government) == 3
    assert rows(department=busy.gas) == 0
    assert rows(street=busy.street.code) == 3
    assert rows(street="620104001") == 0


def test_pages_hold_every_row_once(busy):
    ledger = registry.named("extension")
    rows = queries.rows_of(ledger, busy.shift_leader, MARCH)
    seen, after = [], ""
    while True:
        found, after = queries.page(ledger, rows, after, size=2)
        seen += [row.pk for row in found]
        if not after:
            break
    assert seen == [row.pk for row in rows]
    assert [row.pk for row in queries.page(ledger, rows, "nonsense~x")[0]] == seen


def test_rows_of_unknown_cases_are_not_shown(busy):
    assert queries.rows_of(registry.named("extension"), busy.outsider, MARCH).count() == 0


# --- pages ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["shift_leader", "dispatcher", "inspector", "leader", "evaluator"])
def test_who_opens_them(busy, client, name):
    client.force_login(getattr(busy, name))
    assert client.get(f"/ledgers/{QUERY}").status_code == 200
    assert client.get(f"/ledgers/return/{QUERY}").status_code == 200


@pytest.mark.parametrize("name", ["collector", "acceptor", "liaison", "handler", "sysadmin"])
@pytest.mark.parametrize("page", ["", "return/", "return/print/", "return.csv"])
def test_who_does_not(cast, client, name, page):
    client.force_login(getattr(cast, name))
    assert client.get(f"/ledgers/{page}").status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_row_opens_its_case(busy, client, language):
    client.force_login(busy.shift_leader)
    page = client.get(f"/ledgers/extension/{QUERY}", headers={"accept-language": language})
    numbers = {c.number for c in Case.objects.filter(requests__kind="extend")}
    assert all(f'href="/cases/{number}/"' in page.content.decode() for number in numbers)
    paper = client.get(f"/ledgers/extension/print/{QUERY}").content.decode()
    assert all(number[14:] in paper for number in numbers)


@pytest.mark.parametrize("query", ["?since=2026-03-09&until=2026-03-02", "?since=x", "?street=7"])
def test_a_filter_that_makes_no_sense_is_said(cast, client, query):
    client.force_login(cast.shift_leader)
    assert client.get(f"/ledgers/return/{query}").status_code == 422
    assert client.get(f"/ledgers/return.csv{query}").status_code == 404
    assert client.get("/ledgers/nothing/").status_code == 404
    assert client.get("/ledgers/return.exe").status_code == 404


def test_files_hold_the_rows_and_leave_a_mark(busy, client):
    Case.objects.update(address="=1+1")
    client.force_login(busy.shift_leader)
    text = client.get(f"/ledgers/extension.csv{QUERY}").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    body = client.get(f"/ledgers/extension.xlsx{QUERY}").content
    sheet = list(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))

    head = next(at for at, row in enumerate(sheet) if row[0] == lines[0][0])
    assert len(lines) == len(sheet[head:]) == 1 + 3
    numbers = {row[0] for row in sheet[head + 1 :]}
    assert all(len(number) == 20 for number in numbers)
    assert {line[0].replace("-", "") for line in lines[1:]} == numbers
    assert {line[3] for line in lines[1:]} == {"'=1+1"}
    marks = AuditEvent.objects.filter(verb="export_ledger", by=busy.shift_leader)
    assert [mark.data["format"] for mark in marks] == ["csv", "xlsx"]


@pytest.mark.parametrize("path", ["/ledgers/extension/", "/ledgers/", "/ledgers/extension/print/"])
def test_queries_do_not_grow_with_the_rows(cast, client, path):
    def count():
        client.force_login(cast.shift_leader)
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"{path}{QUERY}").status_code == 200
        return len(found)

    def one_more():
        case = bring(cast, State.TO_DISPOSE)
        act(cast, case, "extend", "liaison", at=MORNING + timedelta(minutes=9), opinion="待料")

    one_more()
    with_one = count()
    one_more()
    one_more()
    assert count() == with_one


def test_every_deed_stands_in_its_ledger_once(cast):
    case = bring(cast, State.DISPOSING)
    later = MORNING + timedelta(minutes=30)
    act(cast, case, "supervise", "leader", at=later, supervise_type="leader", opinion="今日办结",
        reply_by=later + timedelta(hours=1))  # fmt: skip
    act(cast, case, "urge", "shift_leader", at=later, opinion="请抓紧")
    act(cast, case, "instruct", "leader", at=later, opinion="举一反三")
    strike(at=later + timedelta(hours=2))
    duplicate, main = report(cast), report(cast)
    act(cast, duplicate, "merge", "acceptor", main_case=main)
    act(cast, bring(cast, State.TO_DISPOSE), "force_close", "leader", opinion="特殊情况")
    for action in ("no_party", "proxy_dispose"):
        ready = bring(cast, State.TO_DISPATCH)
        act(cast, ready, action, "dispatcher",
            locality=cast.street_office, opinion="属地先行处置")  # fmt: skip

    found = {one.code: queries.sums(one, cast.leader, MARCH).rows for one in registry.every()}
    logged = Counter(CaseEvent.objects.values_list("action", flat=True))
    for code, action in (
        ("supervision", "supervise"), ("urge", "urge"), ("instruction", "instruct"),
        ("merged", "merge"), ("forced-close", "force_close"), ("no-party", "no_party"),
        ("proxy-disposal", "proxy_dispose"),
    ):  # fmt: skip
        assert found[code] == logged[action] > 0, code
    assert logged["urge"] == 2
    supervision = queries.sums(registry.named("supervision"), cast.leader, MARCH)
    assert [n for _label, n in supervision.by_status] == [0, 0, 1, 0]
