"""The public league: only what the last published bulletin says, without an account."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.tests.cast import MORNING
from evaluation.models import Bulletin, Evaluation, Kind, Result, SchemeRow

pytestmark = pytest.mark.django_db
DAY = timezone.localdate(MORNING)
URL = "/public/league/"


@pytest.fixture
def publish(cast):
    """publish(days_later, status, scores): a bulletin about departments with these marks."""
    scheme = SchemeRow.objects.create(code="T", version=1, effective_from=DAY, scheme={})

    def make(later=0, status="published", scores=(("供水单位", "91.25"),), **rest):
        day = DAY + timedelta(days=later)
        done = Evaluation.objects.create(
            scheme=scheme, start=day, end=day, cutoff=MORNING, computed_at=MORNING, cases=1,
            figures={},
        )  # fmt: skip
        for n, (name, score) in enumerate(scores, start=1):
            ranked = {"rank": n, "grade": "A", "score": Decimal(score)} if score else {}
            Result.objects.create(
                evaluation=done, object_kind=Kind.DEPARTMENT, object_id=n, code=str(n),
                name_zh=name, group="utility", counts={"filed": 777}, rates={}, **ranked,
            )  # fmt: skip
        who = {"published_at": timezone.now(), "published_by": cast.evaluator,
               "approved_by": cast.leader} if status == "published" else {}  # fmt: skip
        return Bulletin.objects.create(
            evaluation=done, title="通报", status=status, texts={"remarks": "内部"}, **who, **rest
        )

    return make


def rows(client):
    return [row for group in client.get(URL).context["groups"] for row in group["rows"]]


@pytest.mark.parametrize("status", ["draft", "checked", "approved"])
def test_nothing_is_public_before_it_is_published(client, publish, status):
    publish(status=status)
    answer = client.get(URL)
    assert answer.status_code == 200
    assert answer.context["groups"] == []
    assert "供水单位" not in answer.content.decode()


def test_the_ranking_of_the_last_published_period(client, publish):
    publish(7, scores=(("供水单位", "91.25"), ("燃气单位", "60"), ("未评单位", "")))
    publish(0, scores=(("旧单位", "99"),))
    publish(14, status="approved", scores=(("未公布单位", "99"),))
    assert [(row["rank"], row["name"]) for row in rows(client)] == [
        (1, "供水单位"), (2, "燃气单位"),
    ]  # fmt: skip
    page = client.get(URL).content.decode()
    for internal in ("777", "内部", "未评单位", "旧单位", "未公布单位"):
        assert internal not in page


def test_a_correction_replaces_it_once_published(client, publish):
    first = publish(scores=(("甲", "80"),))
    publish(status="draft", scores=(("乙", "90"),), corrects=first, version=2)
    assert [row["name"] for row in rows(client)] == ["甲"]
    Bulletin.objects.filter(version=2).delete()
    publish(scores=(("丙", "90"),), corrects=first, version=2)
    assert [row["name"] for row in rows(client)] == ["丙"]


def test_results_of_people_and_streets_stay_away(client, publish):
    bulletin = publish()
    Result.objects.create(
        evaluation=bulletin.evaluation, object_kind=Kind.COLLECTOR, object_id=1, code="c",
        name_zh="张三", counts={}, rates={}, rank=1, grade="A", score=Decimal(99),
    )  # fmt: skip
    assert "张三" not in client.get(URL).content.decode()


def test_as_many_queries_for_three_as_for_one(client, publish):
    asked = []
    for later, scores in ((0, [("甲", "80")]), (1, [("甲", "80"), ("乙", "70"), ("丙", "60")])):
        publish(later, scores=scores)
        with CaptureQueriesContext(connection) as seen:
            client.get(URL)
        asked.append(len(seen))
    assert asked == [2, 2]


def test_the_public_site_leads_there(client, cast):
    for url in ("/public/", "/public/track/", "/public/nearby/", URL):
        tabs = client.get(url).context["public_nav"]
        assert [tab["url"] for tab in tabs][-1] == URL
        assert [tab["url"] for tab in tabs if tab["active"]] == [url]
    assert client.post(URL).status_code == 405


def test_those_of_no_group_come_last(client, publish):
    bulletin = publish()
    Result.objects.create(
        evaluation=bulletin.evaluation, object_kind=Kind.DEPARTMENT, object_id=9, code="0",
        name_zh="政府", counts={}, rates={}, rank=1, grade="A", score=Decimal(99),
    )  # fmt: skip
    assert [row["name"] for row in rows(client)] == ["供水单位", "政府"]
