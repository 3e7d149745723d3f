"""Every search field finds what people mean, however they write it."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from cases.finding.queries import Filter
from cases.models import Case
from cases.standards.search import find_classes
from cases.states import State
from cases.tests.cast import bring
from inventory.models import MatterClass

pytestmark = pytest.mark.django_db


def matter(cast, code, name, *, kind="component", major="部件"):
    return MatterClass.objects.create(
        edition=cast.cover.edition, kind=kind, major=code[:2], code=code,
        name_zh=name, name_en=f"Class {code}", major_zh=major, major_en=major,
    )  # fmt: skip


@pytest.fixture
def lamps(cast):
    """路灯井盖 before 路灯 by code, as in the national table."""
    return {
        name: matter(cast, code, name)
        for code, name in (("0188", "路灯井盖"), ("0189", "破损路灯"), ("0190", "路灯"))
    }


def test_a_class_search_ranks_exact_then_prefix_then_the_rest(lamps):
    assert [row.name_zh for row in find_classes("路灯")] == ["路灯", "路灯井盖", "破损路灯"]
    assert find_classes("0190") == [lamps["路灯"]]


def test_equals_are_ranked_by_how_often_they_are_reported(cast, lamps):
    other = matter(cast, "0191", "垃圾桶")
    often = matter(cast, "0299", "垃圾堆积", kind="event", major="事件")
    case = bring(cast, State.REGISTERED)
    Case.objects.filter(pk=case.pk).update(matter_class=often, reported_at=timezone.now())
    cache.clear()
    assert find_classes("垃圾") == [often, other]


@pytest.mark.parametrize("typed", ["０１９０", "路灯\u200b", " 路灯　", "\ufeff0190"])
def test_a_class_is_found_however_it_is_typed(lamps, typed):
    assert find_classes(typed)[0] == lamps["路灯"]


def test_the_hotline_and_the_phone_take_the_exact_name_first(cast, lamps):
    for who, path in ((cast.acceptor, "/hotline/classes.json?q=路灯"),
                      (cast.collector, "/field/classes.json?q=路灯")):  # fmt: skip
        client = Client()
        client.force_login(who)
        assert client.get(path).json()["results"][0]["code"] == "0190"


@pytest.mark.parametrize(
    "typed",
    [
        "{number}", "{dashed}", "{wide}", "{number}\u200b", "{tail}", "１２号", "12号",
        "（东段）", "(东段)", " 建宁路　12号 ", "建宁路\u202a",
    ],
)  # fmt: skip
def test_a_case_is_found_however_it_is_typed(cast, typed):
    case = bring(cast, State.REGISTERED)
    Case.objects.filter(pk=case.pk).update(address="建宁路（东段）１２号")
    number = case.number
    asked = typed.format(
        number=number,
        dashed=f"{number[:6]}-{number[6:14]}-{number[14:]}",
        wide=number.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}),
        tail=f"{number[10:14]}-{number[14:]}",
    )
    assert list(Case.objects.filter(Filter(q=asked).condition(cast.now))) == [case]


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("acceptor", "/cases/"), ("acceptor", "/components/"), ("acceptor", "/hotline/calls/"),
        ("acceptor", "/hotline/places.json"), ("acceptor", "/hotline/classes.json"),
        ("acceptor", "/map/search.json"), ("acceptor", "/standards/"),
        ("sysadmin", "/accounts/people/"), ("evaluator", "/overview/"),
        ("sysadmin", "/grid/responsibilities/"), ("collector", "/field/classes.json"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("q", ["%00", "a%00b", "%0B%1F", "%EF%BF%BF", "%F0%9F%9A%A7", "'%25_\\"])
def test_no_character_breaks_a_search(cast, who, path, q):
    client = Client()
    client.force_login(getattr(cast, who))
    assert client.get(f"{path}?q={q}").status_code == 200


@pytest.mark.parametrize("path", ["/cases/%00/", "/components/%00/", "/%00", "/public/%0B/"])
def test_a_path_with_a_control_character_names_nothing(cast, path):
    client = Client()
    client.force_login(cast.acceptor)
    assert client.get(path).status_code == 404
