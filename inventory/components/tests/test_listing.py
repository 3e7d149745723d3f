"""Components as files and on paper, as filtered."""

import csv
import io

import openpyxl
import pytest

from citymgmt.accounts.models import AuditEvent


@pytest.fixture
def sysadmin(cast, client):
    client.force_login(cast.sysadmin)
    return client


def test_a_component_is_whole_in_each_file(cast, sysadmin):
    text = sysadmin.get("/components/?as=csv").content.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text, newline=""))
    told = dict(zip(head, row, strict=True))
    assert told["编码"] == "620105-0101-000001"
    assert told["类别编码"] == "\t0101"
    assert float(told["经度"]) == pytest.approx(cast.component.geometry.x)
    body = sysadmin.get("/components/?as=xlsx").content
    line = list(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows())[-1]
    assert (line[0].value, line[0].data_type) == (cast.component.code, "s")
    assert "6201050101000001" in sysadmin.get("/components/?as=print").content.decode()
    assert AuditEvent.objects.filter(verb="export_list", by=cast.sysadmin).count() == 3


@pytest.mark.parametrize(("query", "rows"), [("q=6201", 1), ("q=nothing", 0), ("status=lost", 0)])
def test_the_file_holds_what_the_filter_leaves(sysadmin, query, rows):
    answer = sysadmin.get(f"/components/?{query}&as=csv")
    assert len(answer.content.decode().splitlines()) == 1 + rows
    mark = AuditEvent.objects.get(verb="export_list")
    assert mark.data["rows"] == rows
    assert mark.data["filter"]


def test_who_may_not_see_components_takes_none(cast, client):
    client.force_login(cast.evaluator)
    assert client.get("/components/?as=csv").status_code == 403
