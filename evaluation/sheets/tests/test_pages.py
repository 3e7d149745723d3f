"""The pages: who sees them, what every number opens, exports, bulletins, query counts."""

import csv
import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case
from cases.states import State
from cases.tests.cast import bring
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from evaluation.bulletins import actions as bulletins
from evaluation.models import Bulletin, Evaluation, Kind, Result
from evaluation.results.actions import evaluate
from evaluation.results.figures import numbers
from evaluation.results.sums import check_sums
from evaluation.sheets import drill
from evaluation.sheets import queries as sheets

DAY = date(2026, 3, 2)
WEIGHTED = {  # their numbers are amounts, not cases
    "rework_times", "extended_times", "extended_hours", "overdue_multiple",
    "satisfaction_points", "satisfaction_answers", "satisfaction_called", "satisfaction_rated",
    "satisfied",
}  # fmt: skip


@pytest.fixture
def done(town):
    return evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)


@pytest.fixture
def as_evaluator(client, town):
    client.force_login(town.evaluator)
    return client


def pages(done):
    ref = str(done.pk)
    return [
        "/scores/", "/scores/schemes/", f"/scores/schemes/{done.scheme_id}/", "/scores/live/",
        *(f"/scores/{ref}/?kind={kind}" for kind in Kind.values),
        f"/scores/{ref}/cases/?count=filed", f"/scores/{ref}/department.csv",
    ]  # fmt: skip


def test_every_page_opens_for_the_evaluator(as_evaluator, done):
    for page in pages(done):
        assert as_evaluator.get(page).status_code == 200, page


@pytest.mark.parametrize("who", ["collector", "handler", "dispatcher", "sysadmin"])
def test_others_see_no_scores(client, town, done, who):
    client.force_login(getattr(town, who))
    for page in pages(done):
        assert client.get(page).status_code == 403, page
    assert client.post("/scores/compute/", {"preset": "this_month"}).status_code == 403


def test_strangers_are_asked_to_sign_in(client, done):
    assert client.get("/scores/").status_code == 302


def test_who_sees_scores_may_not_compute(client, town, done):
    client.force_login(town.shift_leader)
    assert client.get(f"/scores/{done.pk}/").status_code == 200
    assert (
        client.post("/scores/compute/", {"scheme": "A", "preset": "last_week"}).status_code == 403
    )
    assert client.post(f"/scores/{done.pk}/bulletin/").status_code == 403


@pytest.mark.parametrize(
    "page",
    ["99999/", "moon/", "{pk}/?kind=moon", "{pk}/cases/?count=moon", "{pk}/street/0/",
     "{pk}/cases/?count=filed&kind=moon", "{pk}/cases/?count=filed&kind=handler&of=1",
     "{pk}/street.pdf", "bulletins/99999/", "schemes/99999/"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(as_evaluator, done, page):
    assert as_evaluator.get("/scores/" + page.format(pk=done.pk)).status_code == 404


def test_the_evaluator_computes_a_period(as_evaluator, town):
    given = {"scheme": "A", "start": "2026-03-02", "end": "2026-03-08"}
    response = as_evaluator.post("/scores/compute/", given, follow=True)
    row = Evaluation.objects.get()
    assert response.redirect_chain[-1][0] == f"/scores/{row.pk}/"
    assert (row.by, row.figures["totals"]["reported"]) == (town.evaluator, 4)
    bad = {"scheme": "A", "start": "2026-03-08", "end": "2026-03-02"}
    assert as_evaluator.post("/scores/compute/", bad).status_code == 422
    assert as_evaluator.post("/scores/compute/", {"scheme": "A"}).status_code == 422
    assert Evaluation.objects.count() == 1


def test_every_number_opens_as_many_cases(done):
    sheet = sheets.frozen(done.pk)
    seen = 0
    for count, number in sheet.totals.items():
        if count not in WEIGHTED:
            assert len(sheet.members(count)) == number, count
    for row in sheet.results:
        for count, number in numbers(row.counts).items():
            found = sheet.members(count, row.object_kind, row.object_id)
            wanted = bool(number) if count in WEIGHTED else number
            assert len(found) == wanted, (row, count)
            seen += bool(number)
    for kind, counts in sheet.summary["unassigned"].items():
        for count, number in numbers(counts).items():
            if count not in WEIGHTED:
                assert len(sheet.members(count, kind, None)) == number, (kind, count)
    assert seen > 100


def test_the_list_behind_a_number_holds_only_what_one_may_know(client, town, done):
    url = f"/scores/{done.pk}/cases/?count=filed&kind=department&of={town.water.pk}"
    for who, listed in ((town.evaluator, 0), (town.leader, 3)):
        client.force_login(who)
        page = client.get(url)
        assert len(page.context["rows"]) == page.context["visible"] == listed
        assert page.context["number"] == 3
        assert (town.closed.number in page.content.decode()) == bool(listed)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["closed", "late", "waiting"]),
        ("&state=closed", ["closed"]),
        ("&sort=closed", ["closed", "late", "waiting"]),
        ("&sort=reported", ["waiting", "late", "closed"]),
        ("&q=nothing-like-this", []),
        ("&state=moon&sort=moon", ["closed", "late", "waiting"]),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(client, town, done, asked, found):
    client.force_login(town.leader)
    page = client.get(f"/scores/{done.pk}/cases/?count=filed{asked}")
    numbers = [row.number for row in page.context["rows"]]
    assert sorted(numbers) == sorted(getattr(town, name).number for name in found)
    if "sort=reported" not in asked:
        assert numbers == [getattr(town, name).number for name in found]


def test_a_case_is_found_by_its_number(client, town, done):
    client.force_login(town.leader)
    url = f"/scores/{done.pk}/cases/?count=filed&q={town.late.number}"
    assert [row.pk for row in client.get(url).context["rows"]] == [town.late.pk]


def test_many_keys_are_not_handed_to_the_database(monkeypatch, town, done):
    monkeypatch.setattr(drill, "MOST_KEYS", 1)
    ids = [town.closed.pk, town.late.pk]
    keys, visible = drill.behind(town.leader, ids, drill.Narrow(), done.cutoff)
    assert (keys, visible) == (ids, 2)


def test_the_first_page_shows_the_month_so_far(as_evaluator, town):
    page = as_evaluator.get("/scores/")
    assert page.context["strip"][0]["value"] is not None
    assert page.context["month"].ref == "live"
    assert 'href="/scores/live/' in page.content.decode()


def test_sums_come_out(done):
    assert check_sums(done) == []


def test_sums_that_do_not_come_out_are_told(town, done):
    street = done.results.get(object_kind="street")
    wrong = {**street.counts, "filed": 7}
    Result.objects.filter(pk=street.pk)._raw_delete("default")
    street.pk, street._state.adding, street.counts = None, True, wrong
    street.save()
    gaps = check_sums(done)
    assert [(gap.count, gap.expected, gap.found) for gap in gaps] == [
        ("filed", 3, 7),
        ("filed", 7, 3),
    ]
    bulletin = bulletins.draft(evaluation=done, by=town.author)
    with pytest.raises(NotNow, match=r"7"):
        bulletins.advance(bulletin=bulletin, to="checked", by=town.evaluator)


def test_change_on_the_period_before(as_evaluator, town, done):
    next_day = DAY + timedelta(days=1)
    later = evaluate(scheme="A", start=next_day, end=next_day, by=town.evaluator)
    sheet = sheets.frozen(later.pk)
    assert sheets.previous(sheet) == done
    assert sheets.previous(sheets.frozen(done.pk)) is None
    (group,) = sheets.table(sheet, "department", done)["groups"]
    old, new = (e.results.get(object_kind="department").score for e in (done, later))
    assert group["rows"][0]["change"] == sheets.signed(new - old)


def test_figures_frozen_before_a_count_was_kept_have_a_dash(as_evaluator, town, done):
    row = done.results.get(object_kind="handler")
    Result.objects.filter(pk=row.pk)._raw_delete("default")
    row.pk, row._state.adding = None, True
    del row.counts["should_close"]
    row.save()
    page = as_evaluator.get(f"/scores/{done.pk}/?kind=handler")
    (group,) = page.context["table"]["groups"]
    assert group["rows"][0]["cells"][0] == {"number": "–", "url": ""}


# --- exports --------------------------------------------------------------------------------
def test_exports_hold_the_figures_and_are_on_record(as_evaluator, town, done):
    text = as_evaluator.get(f"/scores/{done.pk}/department.csv").content.decode("utf-8-sig")
    head, line = list(csv.reader(io.StringIO(text)))
    body = as_evaluator.get(f"/scores/{done.pk}/department.xlsx").content
    rows = list(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
    assert len(rows[-2]) == len(head) == len(line)
    assert rows[-2] == tuple(head)
    assert line[0] == rows[-1][0] == "water_supply"
    records = AuditEvent.objects.filter(verb="export_scores", by=town.evaluator)
    assert [record.data["format"] for record in records] == ["csv", "xlsx"]


def test_a_name_is_no_formula(as_evaluator, town):
    town.water.name_zh = "=1+1"
    town.water.save()
    done = evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    assert b",'=1+1," in as_evaluator.get(f"/scores/{done.pk}/department.csv").content


# --- bulletins ------------------------------------------------------------------------------
def test_the_way_of_a_bulletin(town, done):
    bulletin = bulletins.draft(evaluation=done, by=town.author)
    assert "{{reported}}" in bulletin.texts["summary"]
    bulletins.edit(bulletin=bulletin, title="通报", texts={"remarks": "完"}, by=town.author)
    for to, who in (("checked", "evaluator"), ("approved", "leader"), ("published", "evaluator")):
        bulletin = bulletins.advance(bulletin=bulletin, to=to, by=getattr(town, who))
    assert (bulletin.status, bulletin.approved_by) == ("published", town.leader)
    for deed in (bulletin.save, bulletin.delete):
        with pytest.raises(NotNow):
            deed()
    with pytest.raises(NotNow):
        bulletins.edit(bulletin=bulletin, title="x", texts={}, by=town.evaluator)
    new = bulletins.correct(bulletin=bulletin, evaluation=done, by=town.evaluator)
    assert (new.version, new.corrects, new.status) == (2, bulletin, "draft")
    with pytest.raises(NotNow):
        bulletins.correct(bulletin=bulletin, evaluation=done, by=town.evaluator)


@pytest.mark.parametrize(
    ("start", "to", "who", "error"),
    [
        ("draft", "checked", "leader", NotYours),
        ("draft", "approved", "leader", NotNow),
        ("draft", "published", "evaluator", NotNow),
        ("checked", "approved", "evaluator", NotYours),
        ("draft", "moon", "evaluator", BadInput),
    ],
)
def test_steps_of_a_bulletin_that_are_refused(town, done, start, to, who, error):
    bulletin = bulletins.draft(evaluation=done, by=town.author)
    Bulletin.objects.filter(pk=bulletin.pk).update(status=start)
    with pytest.raises(error):
        bulletins.advance(bulletin=bulletin, to=to, by=getattr(town, who))


def test_the_bulletin_pages(as_evaluator, town, done):
    response = as_evaluator.post(f"/scores/{done.pk}/bulletin/", follow=True)
    bulletin = Bulletin.objects.get()
    assert bulletin.title in response.content.decode()
    url = reverse("evaluation:bulletin", args=[bulletin.pk])
    as_evaluator.post(url, {"title": "新标题", "summary": "总述"})
    bulletin.refresh_from_db()
    assert (bulletin.title, bulletin.texts["summary"]) == ("新标题", "总述")
    as_evaluator.post(f"{url}status/", {"to": "checked"})
    bulletin.refresh_from_db()
    assert bulletin.status == "draft"  # the evaluator wrote it: another checks it
    as_evaluator.force_login(town.author)
    as_evaluator.post(f"{url}status/", {"to": "checked"})
    as_evaluator.force_login(town.leader)
    as_evaluator.post(f"{url}status/", {"to": "draft"})
    bulletin.refresh_from_db()
    assert bulletin.status == "checked"  # the leader approves; the evaluator takes back
    as_evaluator.post(f"{url}status/", {"to": "approved"})
    as_evaluator.force_login(town.evaluator)
    as_evaluator.post(f"{url}status/", {"to": "published"})
    as_evaluator.post(f"{url}correct/")
    assert Bulletin.objects.get(corrects=bulletin).version == 2
    assert as_evaluator.get(url).status_code == 200


# --- query counts ---------------------------------------------------------------------------
def queries(client, url):
    cache.delete("evaluation-live")
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize(
    "page",
    [
        "{pk}/?kind=department",
        "{pk}/cases/?count=filed",
        "{pk}/cases/?count=filed&kind=street&of={street}",
        "",
    ],
)
def test_as_many_queries_for_more_rows(as_evaluator, town, done, page):
    page = f"/scores/{page}"
    few = queries(as_evaluator, page.format(pk=done.pk, street=town.street.pk))
    for _n in range(2):
        bring(town, State.TO_DISPOSE, department=town.street_office)
    again = evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    assert again.cases == Case.objects.count() == 6
    assert queries(as_evaluator, page.format(pk=again.pk, street=town.street.pk)) == few
