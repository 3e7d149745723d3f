"""People from a table, out as a table, and switched off together."""

import csv
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from citymgmt.accounts import importing
from citymgmt.accounts.audit import record
from citymgmt.accounts.held import Held, leaving
from citymgmt.accounts.models import AuditEvent, Department, User

HEAD = "用户名,姓名,电话,部门"
GOOD = "zhang.san,张三,138 9310-1234,水务局\nＬＩ４,李四,,pipes"


@pytest.fixture
def sysadmin(cast, client):
    client.force_login(cast["sysadmin"])
    return client


def check(client, text, name="people.csv"):
    body = text if isinstance(text, bytes) else f"{HEAD}\n{text}\n".encode("utf-8-sig")
    return client.post("/accounts/people/import/", {"file": SimpleUploadedFile(name, body)})


def confirm(client, page):
    return client.post("/accounts/people/import/", {"plan": page.context["signed"]})


def test_a_file_is_shown_before_anything_is_created(sysadmin):
    before = User.objects.count()
    page = check(sysadmin, GOOD)
    assert page.context["plan"].refused == []
    assert [person.username for _draft, person in page.context["plan"].people] == [
        "zhang.san", "LI4",
    ]  # fmt: skip
    assert User.objects.count() == before
    assert not AuditEvent.objects.filter(verb="create_person").exists()


def test_what_was_shown_is_created_with_its_department_and_without_a_post(cast, sysadmin):
    done = confirm(sysadmin, check(sysadmin, GOOD))
    assert len(done.context["done"].people) == 2
    person = User.objects.get(username="zhang.san")
    assert (person.full_name, person.phone) == ("张三", "13893101234")
    assert person.department == Department.objects.get(code="water")
    assert not person.memberships.exists()
    assert not person.has_usable_password()
    marks = AuditEvent.objects.filter(verb="create_person", by=cast["sysadmin"])
    assert {mark.subject for mark in marks} == {"zhang.san", "LI4"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",张三,,水务局", "用户名"),
        ("a b,张三,,水务局", "用户名"),
        ("collector,张三,,水务局", "collector"),
        ("COLLECTOR,张三,,水务局", "COLLECTOR"),
        ("new,,,水务局", "姓名"),
        ("new,张三,电话,水务局", "电话"),
        ("new,张三,,", "部门"),
        ("new,张三,,没有的单位", "没有的单位"),
        ("new,张三,,同名单位", "same-1, same-2"),
        (f"new,{'长' * 81},,水务局", "80"),
        (f"{'n' * 151},张三,,水务局", "150"),
    ],
)
def test_each_refused_row_says_why_and_stops_no_other(cast, sysadmin, row, reason):
    for n in (1, 2):
        Department.objects.create(code=f"same-{n}", name_zh="同名单位", kind="department")
    page = check(sysadmin, f"{row}\n{GOOD}")
    plan = page.context["plan"]
    assert len(plan.people) == 2
    ((draft, why),) = plan.refused
    assert draft.line == 2
    assert reason in why
    assert why in page.content.decode()


def test_a_name_twice_in_a_file_is_created_once(sysadmin):
    plan = check(sysadmin, "new,张三,,水务局\nNEW,李四,,水务局").context["plan"]
    assert [person.full_name for _draft, person in plan.people] == ["张三"]
    assert [draft.line for draft, _why in plan.refused] == [3]


def test_a_name_taken_meanwhile_is_refused_then(sysadmin):
    page = check(sysadmin, GOOD)
    User.objects.create(username="zhang.san")
    done = confirm(sysadmin, page).context["done"]
    assert [draft.username for draft, _why in done.refused] == ["zhang.san"]
    assert [person.username for _draft, person in done.people] == ["LI4"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("people.csv", "姓名,电话\n张三,1\n".encode()),
        ("people.csv", f"{HEAD}\n".encode()),
        ("people.pdf", b"%PDF"),
        ("people.csv", b""),
    ],
)
def test_a_file_that_is_no_table_of_people_is_refused_as_a_whole(sysadmin, name, body):
    page = check(sysadmin, body, name)
    assert page.status_code == 422
    assert page.context["form"].errors


def test_a_file_that_is_too_long_is_refused_as_a_whole(sysadmin, monkeypatch):
    monkeypatch.setattr("citymgmt.accounts.importing.MOST", 1)
    assert check(sysadmin, GOOD).status_code == 422


def test_a_workbook_is_read_as_well(sysadmin):
    book = openpyxl.Workbook()
    for row in (HEAD.split(","), ["new", "张三", 13893101234, "water"]):
        book.active.append(row)
    body = io.BytesIO()
    book.save(body)
    ((_draft, person),) = check(sysadmin, body.getvalue(), "p.xlsx").context["plan"].people
    assert person.phone == "13893101234"


def test_a_plan_that_was_changed_on_the_way_is_refused(sysadmin):
    before = User.objects.count()
    signed = check(sysadmin, GOOD).context["signed"]
    answer = sysadmin.post("/accounts/people/import/", {"plan": f"x{signed}"})
    assert answer.status_code == 400
    assert User.objects.count() == before


def test_checking_takes_as_many_queries_for_many_rows(sysadmin):
    def count(rows):
        with CaptureQueriesContext(connection) as found:
            assert check(sysadmin, "\n".join(rows)).status_code == 200
        return len(found)

    assert count(["n1,张三,,水务局"]) == count([f"n{n},张三,,水务局" for n in range(30)])


def test_the_empty_table_has_headings_that_are_understood(sysadmin):
    text = sysadmin.get("/accounts/people/import/table.csv").content.decode("utf-8-sig")
    page = check(sysadmin, f"{text}new,张三,,水务局\n".encode())
    assert len(page.context["plan"].people) == 1


@pytest.mark.parametrize("post", ["secadmin", "auditor", "leader", "outsider"])
def test_only_who_manages_people_brings_them_in(cast, client, post):
    client.force_login(cast[post])
    assert check(client, GOOD).status_code == 403
    assert client.post("/accounts/people/switch-off/").status_code == 403


# --- out ------------------------------------------------------------------------------------
def test_people_are_taken_along_as_filtered(cast, sysadmin):
    answer = sysadmin.get("/accounts/people/?q=leader&as=csv")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert {row[0] for row in rows} == {"leader", "shift_leader"}
    assert "指挥长" in dict(zip(head, rows[0], strict=True))["岗位"]
    mark = AuditEvent.objects.get(verb="export_list")
    assert (mark.by, mark.data["list"], mark.data["rows"]) == (cast["sysadmin"], "people", 2)


def test_departments_are_taken_along(cast, sysadmin, departments):
    departments.pipes.active = False
    departments.pipes.save(update_fields=["active"])
    answer = sysadmin.get("/accounts/departments/?as=csv")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    found = {row[1].strip(): dict(zip(head, row, strict=True)) for row in rows}
    assert set(found) == set(Department.objects.values_list("code", flat=True))
    pipes = found[departments.pipes.code]
    assert (pipes["上级部门"], pipes["启用"]) == (str(departments.water), "否")
    mark = AuditEvent.objects.get(verb="export_list")
    assert (mark.data["list"], mark.data["rows"]) == ("departments", len(rows))
    assert "已停用" in sysadmin.get("/accounts/departments/").content.decode()


def test_who_belongs_to_a_department_is_found_by_it(cast, sysadmin, departments):
    User.objects.create(username="fitter", department=departments.pipes)
    page = sysadmin.get(f"/accounts/people/?department={departments.water.pk}")
    assert [person.username for person in page.context["page"]] == ["fitter"]


# --- switching off --------------------------------------------------------------------------
def test_several_are_switched_off_but_not_oneself(cast, sysadmin):
    keys = [cast[name].pk for name in ("handler", "liaison", "sysadmin")]
    page = sysadmin.post("/accounts/people/switch-off/", {"person": [*keys, "x"]})
    assert [person.username for person in page.context["done"]] == ["handler", "liaison"]
    assert [person.username for person, _why in page.context["refused"]] == ["sysadmin"]
    active = User.objects.filter(pk__in=keys, is_active=True)
    assert [person.username for person in active] == ["sysadmin"]
    assert AuditEvent.objects.filter(verb="edit_person").count() == 2


# --- the record -----------------------------------------------------------------------------
def test_the_record_is_taken_along_and_says_times_as_here(cast, client):
    client.force_login(cast["auditor"])
    told = {"before": "2026-11-28T05:05:40.315Z", "verb": "report", "fields": ["phone"]}
    row = record(verb="change_setting", subject="=1+1", data=told)
    for text in (
        client.get("/accounts/audit/").content.decode(),
        client.get("/accounts/audit/?as=csv").content.decode("utf-8-sig"),
        client.get("/accounts/audit/?as=print").content.decode(),
    ):
        assert "2026-11-28 13:05:40" in text
        assert "T05:05:40" not in text
    book = openpyxl.load_workbook(io.BytesIO(client.get("/accounts/audit/?as=xlsx").content))
    rows = list(book.active.iter_rows())
    line = next(cells for cells in rows if cells[0].value == row.pk)
    assert line[4].value == "'=1+1"
    assert line[1].is_date
    marks = AuditEvent.objects.filter(verb="export_list", by=cast["auditor"])
    assert [mark.data["format"] for mark in marks] == ["csv", "print", "xlsx"]


@pytest.mark.parametrize("form", ["csv", "xlsx", "print"])
def test_only_an_auditor_takes_the_record_along(cast, client, form):
    client.force_login(cast["sysadmin"])
    assert client.get(f"/accounts/audit/?as={form}").status_code == 403


def test_who_would_leave_work_alone_is_not_switched_off_with_others(cast, sysadmin):
    """Apps above say what somebody holds; here one does."""

    def holds_two(person, **_rest):
        return [Held("任务", 2)] if person.username == "handler" else []

    leaving.connect(holds_two)
    try:
        keys = [cast[name].pk for name in ("handler", "liaison")]
        page = sysadmin.post("/accounts/people/switch-off/", {"person": keys})
    finally:
        leaving.disconnect(holds_two)
    ((person, why),) = page.context["refused"]
    assert person.username == "handler"
    assert "任务 2" in why
    assert User.objects.get(username="handler").is_active


def test_only_accounts_that_can_be_switched_off_are_offered(sysadmin):
    off = User.objects.create(username="left_long_ago", is_active=False)
    on = User.objects.create(username="still_here")
    page = sysadmin.get("/accounts/people/").content.decode()
    own = User.objects.get(pk=sysadmin.session["_auth_user_id"])
    offered = {key: f'name="person" value="{key}"' in page for key in (off.pk, on.pk, own.pk)}
    assert offered == {off.pk: False, on.pk: True, own.pk: False}


def test_a_table_of_people_may_have_a_title_and_other_sheets(sysadmin, tmp_path):
    book = openpyxl.Workbook()
    remarks = book.active
    remarks.title = "填写说明"
    remarks.append(["请按部门填写"])
    people = book.create_sheet("名单")
    people.append(["安宁区处置人员名单"])
    people.append(["账号", "姓 名", "手机", "单位"])
    people.append(["hand-91", "周一", "13893101234", "water_supply"])
    path = tmp_path / "people.xlsx"
    book.save(path)
    (draft,) = importing.read(path)
    assert (draft.username, draft.full_name, draft.phone) == ("hand-91", "周一", "13893101234")
    assert (draft.department, draft.line) == ("water_supply", 3)
