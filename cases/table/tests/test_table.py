"""Cases as a table: what it shows and sorts, what is taken along, steps on several cases."""

import csv
import io
import uuid
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case, CaseEvent
from cases.states import State
from cases.table.order import SORTS, Order
from cases.tests.cast import MORNING, bring, report
from citymgmt.accounts.models import AuditEvent

URL = "/cases/?view=table"


@pytest.fixture
def three(cast):
    """One to accept, one to dispatch, one with a department."""
    states = (State.REGISTERED, State.TO_DISPATCH, State.TO_DISPOSE)
    return [bring(cast, state, at=MORNING + timedelta(hours=n)) for n, state in enumerate(states)]


@pytest.fixture
def acceptor(cast, client):
    client.force_login(cast.acceptor)
    return client


def shown(page):
    return [row.number for row, _cells in page.context["lines"]]


def csv_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


# --- the page -------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_shows_the_cases_one_may_know_newest_first(acceptor, three, language):
    page = acceptor.get(URL, headers={"accept-language": language})
    assert shown(page) == [case.number for case in reversed(three)]
    assert all(f'href="/cases/{case.number}/"' in page.content.decode() for case in three)


def test_an_outsider_sees_and_takes_none(cast, client, three):
    client.force_login(cast.outsider)
    assert client.get(URL).context["lines"] == []
    assert len(csv_of(client.get(f"{URL}&as=csv"))) == 1


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("falling", [False, True])
def test_each_sort_pages_through_every_case_once(cast, name, falling):
    cases = [
        bring(cast, state, at=MORNING + timedelta(minutes=n))
        for n, state in enumerate(
            [State.REGISTERED, State.TO_DISPOSE, State.CLOSED, State.TO_FILE, State.REGISTERED]
        )
    ]
    cases.append(report(cast, class_code=cast.litter))
    order, after, pages = Order(name, falling), "", []
    for _n in range(9):
        rows, after = order.page(Case.objects.order_by(), after, size=2)
        pages.append([case.pk for case in rows])
        if not after:
            break
    assert sorted(key for page in pages for key in page) == sorted(case.pk for case in cases)
    whole, _mark = order.page(Case.objects.order_by(), size=50)
    assert [key for page in pages for key in page] == [case.pk for case in whole]


@pytest.mark.parametrize("mark", ["x", "x~1", "2026~1", "~", "~1", "1~99999999999999999999"])
@pytest.mark.parametrize("name", ["due", "state", "number", "street"])
def test_a_mark_that_makes_no_sense_is_no_error(acceptor, three, name, mark):
    assert acceptor.get(f"{URL}&sort={name}&after={mark}").status_code == 200


def test_the_head_turns_the_order_round(acceptor, three):
    page = acceptor.get(f"{URL}&sort=reported")
    assert shown(page) == [case.number for case in three]
    heads = {h["column"].sort: h for h in page.context["heads"] if h["sort"]}
    assert (heads["reported"]["sort"], heads["reported"]["sorted"]) == ("-reported", "ascending")
    assert heads["due"]["sort"] == "due"
    again = acceptor.get(f"{URL}&sort=-reported")
    assert shown(again) == [case.number for case in reversed(three)]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("queue=accept", [0]),
        ("state=to_dispatch", [1]),
        ("department=water_supply", [2]),
        ("source=patrol", [0, 1, 2]),
        ("source=hotline_12345", []),
        ("since=2026-03-02&until=2026-03-02", [0, 1, 2]),
        ("since=2026-03-03", []),
        ("until=2026-03-01", []),
        ("class=component:0101", [0, 1, 2]),
        ("class=event:0101", None),
        ("street=620105001&overdue=on", [0, 1, 2]),
        ("q=%E5%9F%B9%E9%BB%8E", []),
    ],
)
def test_what_narrows_the_table_narrows_the_file(acceptor, three, query, places):
    page = acceptor.get(f"{URL}&sort=number&{query}")
    if places is None:  # no case of this class: not among the choices
        assert page.status_code == 422
        return
    wanted = [three[place].number for place in places]
    assert shown(page) == wanted
    taken = csv_of(acceptor.get(f"{URL}&sort=number&{query}&as=csv"))[1:]
    assert [line[0].replace("-", "") for line in taken] == wanted


@pytest.mark.parametrize("query", ["since=x", "since=2026-03-05&until=2026-03-01", "street=7"])
def test_a_filter_that_makes_no_sense_is_said(acceptor, three, query):
    assert acceptor.get(f"{URL}&{query}").status_code == 422
    assert acceptor.get(f"{URL}&{query}&as=csv").status_code == 422
    assert acceptor.get(f"{URL}&as=exe").status_code == 404


def test_queries_do_not_grow_with_the_rows(cast, acceptor):
    def count():
        with CaptureQueriesContext(connection) as found:
            assert acceptor.get(URL).status_code == 200
        return len(found)

    report(cast)
    one = count()
    for _n in range(3):
        bring(cast, State.TO_DISPOSE)
    assert count() == one


def test_a_file_of_many_rows_takes_as_many_queries_as_one_of_few(cast, acceptor):
    def count():
        with CaptureQueriesContext(connection) as found:
            rows = csv_of(acceptor.get(f"{URL}&as=csv"))
        return len(rows) - 1, len(found)

    report(cast)
    few = count()
    pattern = Case.objects.get()
    copies = []
    for n in range(600):
        values = {f.attname: getattr(pattern, f.attname) for f in Case._meta.concrete_fields}
        values |= {"id": None, "number": f"62010520260401{n:06}", "client_uuid": None}
        copies.append(Case(**values))
    Case.objects.bulk_create(copies)
    many = count()
    assert (few[0], many[0]) == (1, 601)
    assert few[1] == many[1]


# --- what is taken along --------------------------------------------------------------------
def test_the_workbook_says_what_it_holds_and_leaves_a_mark(cast, acceptor, three):
    query = "&queue=open&since=2026-03-01&department=water_supply"
    answer = acceptor.get(f"{URL}{query}&as=xlsx")
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    column = [page.cell(row, 1).value for row in range(1, 5)]
    assert column[0].startswith("案件清单")
    assert "2026-03-01" in column[1]
    assert "供水单位" in column[2]
    assert "Acceptor" in column[3]
    assert page.cell(6, 1).value == three[2].number
    assert page.cell(6, 1).data_type == "s"
    assert page.cell(6, 8).is_date
    assert "filename*=UTF-8''%E6%A1%88%E4%BB%B6" in answer["Content-Disposition"]
    mark = AuditEvent.objects.get(verb="export_list")
    assert mark.by == cast.acceptor
    assert mark.data["list"] == "cases"
    assert (mark.data["format"], mark.data["rows"]) == ("xlsx", 1)
    assert "供水单位" in mark.data["filter"]


def test_paper_holds_the_list_and_leaves_a_mark(acceptor, three):
    page = acceptor.get(f"{URL}&as=print")
    text = page.content.decode()
    assert all(case.number[14:] in text for case in three)
    assert "paper.css" in text
    assert AuditEvent.objects.get(verb="export_list").data["format"] == "print"


def test_a_list_that_is_too_long_is_refused_and_not_cut(acceptor, three, monkeypatch):
    monkeypatch.setattr("citymgmt.lib.sheets.MOST", 2)
    monkeypatch.setattr("citymgmt.accounts.lists.PRINTED", 2)
    for form in ("csv", "xlsx", "print"):
        answer = acceptor.get(f"{URL}&as={form}")
        assert answer.status_code == 422
        assert "3" in answer.content.decode()
    assert not AuditEvent.objects.filter(verb="export_list").exists()


# --- steps on several -----------------------------------------------------------------------
def several(client, cases, action, token=None, **given):
    data = {"number": [getattr(case, "number", case) for case in cases], "action": action,
            "client_uuid": str(token or uuid.uuid4()), **given}  # fmt: skip
    return client.post("/cases/several/", data)


def test_each_case_is_judged_by_itself(cast, acceptor, three):
    elsewhere = bring(cast, State.TO_FILE)
    answer = several(acceptor, [three[0], elsewhere, "62010520990101000001"], "accept")
    assert [one.number for one in answer.context["done"]] == [three[0].number]
    refused = answer.context["refused"]
    assert [one.number for one in refused] == [elsewhere.number, "62010520990101000001"]
    assert all(one.why for one in refused)
    three[0].refresh_from_db()
    assert three[0].state == State.TO_FILE


def test_sent_twice_it_is_done_once(cast, acceptor, three):
    token = uuid.uuid4()
    for _n in range(2):
        answer = several(acceptor, three[:1], "accept", token)
        assert [one.number for one in answer.context["done"]] == [three[0].number]
    assert CaseEvent.objects.filter(case=three[0], action="accept").count() == 1


def test_a_post_takes_only_its_own_steps(cast, client, three):
    client.force_login(cast.shift_leader)
    assert several(client, three, "accept").status_code == 422
    assert several(client, three, "close").status_code == 422
    urged = several(client, three, "urge", opinion="请尽快")
    assert len(urged.context["done"]) == 3
    assert several(client, three, "urge").status_code == 422  # an urge needs words


def test_cases_one_does_not_know_are_not_there(cast, client, three):
    client.force_login(cast.outsider)
    answer = several(client, three[:1], "accept")
    assert answer.context["refused"][0].case is None
    three[0].refresh_from_db()
    assert three[0].state == State.REGISTERED


def test_dispatch_goes_where_the_rules_suggest(cast, client, three):
    client.force_login(cast.dispatcher)
    answer = several(client, three[1:2], "dispatch")
    three[1].refresh_from_db()
    outcome = [*answer.context["done"], *answer.context["refused"]]
    assert len(outcome) == 1
    if answer.context["done"]:
        assert three[1].state == State.TO_DISPOSE
    else:
        assert three[1].state == State.TO_DISPATCH
        assert outcome[0].why


def test_work_is_assigned_to_one_handler(cast, client, three):
    client.force_login(cast.liaison)
    assert several(client, three[2:], "assign").status_code == 422
    answer = several(client, three[2:], "assign", handler="handler")
    assert len(answer.context["done"]) == 1
    three[2].refresh_from_db()
    assert three[2].handler == cast.handler
    assert several(client, three[2:], "assign", handler="street_handler").status_code == 422


def test_too_many_at_once_are_refused_as_a_whole(acceptor, three, monkeypatch):
    monkeypatch.setattr("cases.table.bulk.MOST", 2)
    assert several(acceptor, three, "accept").status_code == 422
    assert not CaseEvent.objects.filter(action="accept", case=three[0]).exists()


def test_nobody_is_let_in_without_a_sign(client, three):
    assert several(client, three, "accept").status_code in (302, 401)
    assert client.get(URL).status_code in (302, 401)
