"""What is taken along of scores: the sheet with its figures, and only the cases one may know."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from guardian.shortcuts import assign_perm

from citymgmt.accounts.models import AuditEvent
from evaluation.results.actions import evaluate

DAY = date(2026, 3, 2)


@pytest.fixture
def done(town):
    return evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("knows", [True, False])
def test_the_cases_behind_a_number_are_those_one_may_know(client, town, done, knows):
    if knows:
        assign_perm("grid.oversee_area", town.evaluator, town.district)
    client.force_login(town.evaluator)
    _head, *rows = rows_of(client.get(f"/scores/{done.pk}/cases/?count=filed&as=csv"))
    numbers = {row[0].replace("-", "") for row in rows}
    filed = {case.number for case in (town.closed, town.late, town.waiting)}
    assert numbers == (filed if knows else set())
    mark = AuditEvent.objects.get(verb="export_list")
    assert (mark.by, mark.data["rows"]) == (town.evaluator, len(rows))


def test_a_sheet_says_its_period_and_holds_numbers(client, town, done):
    client.force_login(town.evaluator)
    body = client.get(f"/scores/{done.pk}/street.xlsx").content
    page = openpyxl.load_workbook(io.BytesIO(body)).active
    assert "2026-03-02 – 2026-03-02" in page["A2"].value
    kinds = {cell.data_type for cell in page[page.max_row][3:10]}
    assert kinds == {"n"}
