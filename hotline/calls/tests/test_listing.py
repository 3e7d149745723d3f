"""The list of calls as a page and as files: who sees which, and how much of a number."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from cases.states import State
from cases.tests.cast import bring
from citymgmt.accounts.models import AuditEvent, Post
from hotline.calls.actions import take_call

PHONE = "13893101234"


@pytest.fixture
def calls(cast, client):
    client.force_login(cast.acceptor)
    case = bring(cast, State.TO_FILE)
    first = {"content": "路灯不亮\x0b请来看看", "phone": PHONE, "name": "李\x00四\x0b"}
    take_call(by=cast.acceptor, kind="complaint", attach_to=case.number, **first)
    take_call(by=cast.acceptor, kind="consult", content="=1+1", answer="好\x0c的",
              at=timezone.now() - timedelta(days=3))  # fmt: skip
    return case


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_numbers_are_masked_everywhere(client, calls):
    for form in ("csv", "print"):
        text = client.get(f"/hotline/calls/?as={form}").content.decode()
        assert PHONE not in text
        assert "138****1234" in text
    book = openpyxl.load_workbook(io.BytesIO(client.get("/hotline/calls/?as=xlsx").content))
    assert "138****1234" in {cell.value for row in book.active for cell in row}
    assert PHONE not in client.get("/hotline/calls/").content.decode()


def test_a_post_that_may_see_numbers_sees_them(client, calls):
    post = Post.objects.get(code="acceptor")
    post.verbs = [*post.verbs, "see_numbers"]
    post.save()
    assert PHONE in client.get("/hotline/calls/?as=csv").content.decode()


def test_the_file_holds_what_the_filter_leaves(cast, client, calls):
    assert len(rows_of(client.get("/hotline/calls/?as=csv"))) == 3
    head, row = rows_of(client.get("/hotline/calls/?kind=complaint&as=csv"))
    told = dict(zip(head, row, strict=True))
    assert told["案件"].replace("-", "") == calls.number
    assert told["描述"] == "路灯不亮\n请来看看"
    mark = AuditEvent.objects.filter(verb="export_list").last()
    assert (mark.by, mark.data["list"], mark.data["rows"]) == (cast.acceptor, "calls", 1)
    assert "投诉" in mark.data["filter"] or mark.data["filter"]


def test_what_no_file_can_hold_is_replaced_on_the_way_in(calls):
    call = calls.calls.get()
    assert call.content == "路灯不亮\n请来看看"
    assert call.caller.name == "李四"


@pytest.mark.parametrize("form", ["csv", "xlsx", "print"])
def test_only_who_takes_calls_takes_them_along(cast, client, calls, form):
    client.force_login(cast.dispatcher)
    assert client.get(f"/hotline/calls/?as={form}").status_code == 403
    assert not AuditEvent.objects.filter(verb="export_list").exists()
