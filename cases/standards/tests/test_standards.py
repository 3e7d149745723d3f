"""The standards page: classes in use with their conditions, filtered and searched."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import AreaLimit, FilingCondition
from cases.standards.loading import load_standards
from citymgmt.accounts.models import Department
from grid.tests.people import person
from inventory.classes.loading import load_classes

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    load_classes()
    load_standards()
    client.force_login(person("reader", "see_map"))
    return client


def show(client, **asked):
    return client.get(reverse("cases:standards"), asked)


def codes(answer):
    return [row.code for row in answer.context["page"]]


def total(answer):
    return answer.context["page"].paginator.count


def test_classes_in_use_are_shown_with_conditions(reader):
    Department.objects.create(code="water_supply", name_zh="供水公司", kind="utility")
    answer = show(reader)
    assert total(answer) == 132 + 58
    page = answer.content.decode()
    for text in ("上水井盖", "井盖缺失、移位或开裂", "已恢复", "供水公司", "yuncheng-2024"):
        assert text in page


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"kind": "component"}, 66 + 26),
        ({"kind": "event"}, 66 + 32),
        ({"kind": "component", "major": "component:03"}, 10),
        ({"edition": "CJ/T 214-2007"}, 139),
        ({"edition": "none"}, 0),
        ({"q": "0137", "kind": "component"}, 1),
        ({"q": "street lamp"}, 2),
        ({"q": "跳动发响"}, 10),
        ({"q": "nothing of the kind"}, 0),
    ],
)
def test_filters(reader, asked, number):
    assert total(show(reader, **asked)) == number


def test_pages_follow_each_other(reader):
    first, second = codes(show(reader)), codes(show(reader, page=2))
    assert len(first) == 25
    assert not set(first) & set(second)
    assert codes(show(reader, page="x")) == first


def test_a_limit_by_area_class_is_told(reader):
    condition = FilingCondition.objects.get(
        matter_class__code="0101", matter_class__kind="component", number=1
    )
    AreaLimit.objects.create(
        condition=condition, area_class="C", limit_value=9, limit_unit="urgent_hours"
    )
    assert "C: 9" in show(reader, q="0101").content.decode()


def test_queries_do_not_grow_with_rows(reader):
    def queries(**asked):
        with CaptureQueriesContext(connection) as seen:
            assert total(show(reader, **asked))
        return len(seen)

    assert queries(q="0137") == queries(kind="component")


def test_the_page_needs_a_verb(client):
    address = reverse("cases:standards")
    assert client.get(address).status_code == 302
    client.force_login(person("stranger", "publish"))
    assert client.get(address).status_code == 403
    client.force_login(person("manager", "manage_standards"))
    assert client.get(address).status_code == 200
