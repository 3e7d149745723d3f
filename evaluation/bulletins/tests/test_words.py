"""Figures in a bulletin are fields; author, checker and approver are three people."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from citymgmt.lib.errors import BadInput, NotNow
from evaluation.bulletins import actions, fields
from evaluation.bulletins.hand_figures import fill, named, typed
from evaluation.models import Bulletin, Result
from evaluation.results.actions import evaluate
from evaluation.schemes.actions import save_scheme
from evaluation.scoring.scheme_json import to_json
from evaluation.scoring.shipped import SCHEME_A
from evaluation.sheets import queries as sheets

DAY = date(2026, 3, 2)


@pytest.fixture
def done(town):
    return evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)


@pytest.fixture
def draft(town, done):
    return actions.draft(evaluation=done, by=town.author)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("结案率达98.5%", ["98.5"]),
        ("结案率达９８．５％", ["98.5"]),
        ("共立案 1,234 件", ["1,234"]),
        ("共立案12件，结案10件", ["12", "10"]),
        ("按期率百分之九十八点五", ["百分之九十八点五"]),
        ("上升三个百分点", ["三个百分点"]),
        ("下降近两成", ["两成"]),
        ("共二十三件", ["二十三件"]),
        ("12345件", ["12345"]),
        ("环比上升①个", ["1"]),
        ("closed 98 % of 120 cases", ["98", "120"]),
    ],
)
def test_a_figure_typed_by_hand_is_found(text, found):
    assert typed(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "2026年3月，城市管理平稳有序。",
        "2026年度第3期，3月2日至3月8日",
        "2026-03-02 至 2026-03-08，8:30 起",
        "市政〔2026〕12号文件",
        "12345热线与12319热线反映较多",
        "1、加强巡查\n2、压实责任",
        "（1）总体情况",
        "各单位一起努力，一件件落实，取得成效",
        "结案率{{close_rate}}，较上期{{close_rate.change}}个百分点",
        "{{ source.1.name }}最多",
        "City management bulletin, March 2, 2026 to Nov. 28, 2026",
        "",
    ],
)
def test_words_dates_and_fields_are_free(text):
    assert typed(text) == []


def test_fields_are_named_and_filled():
    text = "结案率{{close_rate}}，{{ street.1.name }}第一，{{unknown}}"
    assert named(text) == ["close_rate", "street.1.name", "unknown"]
    filled = fill(text, {"close_rate": "98.00%", "street.1.name": "培黎街道"})
    assert filled == "结案率98.00%，培黎街道第一，{{unknown}}"


def test_a_draft_holds_fields_and_no_figure(done, draft):
    known = fields.values(sheets.frozen(done.pk))
    assert "{{close_rate}}" in draft.texts["summary"]
    for text in (draft.title, *draft.texts.values()):
        assert typed(text) == []
    shown = fields.filled(draft.texts["summary"], known)
    assert known["close_rate"] == "33.33%"
    assert "33.33%" in shown
    assert "{{" not in shown


@pytest.mark.parametrize(
    ("field", "text"),
    [("summary", "结案率98%"), ("remarks", "{{moon}}"), ("title", "98件通报")],
)
def test_figures_by_hand_and_unknown_fields_are_refused(town, draft, field, text):
    given = {"title": draft.title, "texts": dict(draft.texts)}
    if field == "title":
        given["title"] = text
    else:
        given["texts"][field] = text
    with pytest.raises(BadInput) as refused:
        actions.edit(bulletin=draft, by=town.author, **given)
    assert field in refused.value.fields


def test_a_draft_with_figures_of_before_is_not_checked(town, draft):
    Bulletin.objects.filter(pk=draft.pk).update(texts={"summary": "结案率98%"})
    with pytest.raises(BadInput, match="98"):
        actions.advance(bulletin=draft, to="checked", by=town.evaluator)


def test_the_page_previews_without_saving(client, town, draft):
    client.force_login(town.author)
    url = draft.get_absolute_url()
    page = client.get(url)
    assert "{{close_rate}}" in page.content.decode()  # offered as a field
    given = {"title": "通报", "summary": "结案率 {{close_rate}}。", "preview": "1"}
    page = client.post(url, given)
    assert dict(page.context["texts"])
    assert "结案率 33.33%。" in page.content.decode()
    draft.refresh_from_db()
    assert draft.title != "通报"
    page = client.post(url, {"title": "通报", "summary": "结案率 98%", "preview": "1"})
    assert page.status_code == 422
    assert page.context["form"].errors["summary"]


# --- three people ---------------------------------------------------------------------------
def test_author_checker_and_approver_are_three_people(town, draft):
    with pytest.raises(NotNow, match=r"wrote|撰写"):
        actions.advance(bulletin=draft, to="checked", by=town.author)
    checked = actions.advance(bulletin=draft, to="checked", by=town.evaluator)
    for who in (town.author, town.evaluator):
        who.memberships.create(post=town.leader.memberships.get().post, department=town.center)
        del who.__dict__["current_memberships"], who.__dict__["verbs"]
        with pytest.raises(NotNow):
            actions.advance(bulletin=checked, to="approved", by=who)
    assert actions.advance(bulletin=checked, to="approved", by=town.leader).status == "approved"


def test_who_edits_a_bulletin_becomes_its_author(town, draft):
    actions.edit(bulletin=draft, title="通报", texts={}, by=town.evaluator)
    with pytest.raises(NotNow):
        actions.advance(bulletin=draft, to="checked", by=town.evaluator)
    assert actions.advance(bulletin=draft, to="checked", by=town.author).checked_by == town.author


@pytest.mark.parametrize(
    ("author", "checker", "approver"),
    [("author", "author", "leader"), ("author", "evaluator", "author"),
     ("author", "evaluator", "evaluator")],
)  # fmt: skip
def test_the_database_wants_three_people(town, draft, author, checker, approver):
    given = {"by": author, "checked_by": checker, "approved_by": approver}
    people = {column: getattr(town, name) for column, name in given.items()}
    rows = Bulletin.objects.filter(pk=draft.pk)
    with pytest.raises(IntegrityError, match="bulletin_by_three_people"), transaction.atomic():
        rows.update(status="published", published_by=town.leader, published_at=timezone.now(),
                    **people)  # fmt: skip


def test_the_page_says_who_may_not_check(client, town, draft):
    client.force_login(town.author)
    page = client.get(draft.get_absolute_url())
    assert page.context["same_person"]
    assert page.context["next"] is None
    client.force_login(town.evaluator)
    page = client.get(draft.get_absolute_url())
    assert (page.context["same_person"], page.context["next"]) == ("", "checked")


# --- absurd figures -------------------------------------------------------------------------
def test_a_rate_above_100_is_not_published(town, done):
    row = done.results.get(object_kind="street")
    Result.objects.filter(pk=row.pk)._raw_delete("default")
    row.pk, row._state.adding = None, True
    row.rates = {**row.rates, "close_rate": str(Decimal("100.8"))}
    row.save()
    bulletin = actions.draft(evaluation=done, by=town.author)
    with pytest.raises(NotNow, match=r"100\.80%"):
        actions.advance(bulletin=bulletin, to="checked", by=town.evaluator)


def test_few_cases_are_shown_without_rank_and_named_so(client, town, done):
    client.force_login(town.evaluator)
    page = client.get(f"/scores/{done.pk}/?kind=department")
    (group,) = page.context["table"]["groups"]
    result = group["rows"][0]["result"]
    assert (result.few, result.rank) == (True, None)
    assert page.context["table"]["few"] in page.content.decode()
    assert page.context["chart"] == []
    given = {"scheme": to_json(SCHEME_A), "effective_from": DAY, "by": town.evaluator}
    save_scheme(settings={"fewest": {"department": {"day": 3}}}, **given)
    again = evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    assert again.results.get(object_kind="department").rank == 1
    assert again.results.filter(object_kind="street", rank__isnull=False).count() == 0
