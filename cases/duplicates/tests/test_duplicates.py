"""Likely duplicates: their order, the reach of a class, who sees them, the pages that show them."""

import random
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.duplicates import likeness as duplicates
from cases.duplicates.likeness import Kin, Likeness, kin_of, ranked, reach_of
from cases.models.duplicates import DuplicateReach
from cases.states import Action, State
from cases.tests.cast import MORNING, SOUTH, STEP, WEST, act, bring, report

HERE = (WEST + STEP / 2, SOUTH + STEP / 2)  # the middle of the first cell
DAY = timedelta(days=1)


def client(user):
    browser = Client()
    browser.force_login(user)
    return browser


def like(kin=Kin.NEAR, still_open=True, away=10.0, days=1):
    return Likeness(kin, still_open, away, days * DAY)


# --- pure -----------------------------------------------------------------------------------
ORDER = [
    like(Kin.COMPONENT, False, 40),
    like(Kin.SAME_CLASS, True, 5),
    like(Kin.SAME_CLASS, True, 5, days=9),
    like(Kin.SAME_CLASS, True, 6),
    like(Kin.SAME_CLASS, False, 1),
    like(Kin.MAJOR, True, 1),
    like(Kin.NEAR, True, 0),
]


@pytest.mark.parametrize("seed", range(5))
def test_most_in_common_first_then_open_near_and_new(seed):
    pairs = [(likeness, number) for number, likeness in enumerate(ORDER)]
    random.Random(seed).shuffle(pairs)

    assert ranked(pairs) == list(range(len(ORDER)))


def test_kin():
    def of(kind, code, major, component_id=None):
        matter = SimpleNamespace(kind=kind, code=code, major=major)
        return SimpleNamespace(matter_class=matter, component_id=component_id)

    lamp, part = SimpleNamespace(kind="component", code="0105", major="01"), SimpleNamespace(pk=7)
    assert kin_of(of("component", "0105", "01", 7), lamp, part) == Kin.COMPONENT
    assert kin_of(of("component", "0105", "01"), lamp, part) == Kin.SAME_CLASS
    assert kin_of(of("component", "0101", "01"), lamp, None) == Kin.MAJOR
    assert kin_of(of("event", "0105", "01"), lamp, None) == Kin.NEAR
    assert kin_of(of("event", "0105", "01"), None, None) == Kin.NEAR


# --- reach ----------------------------------------------------------------------------------
def test_the_row_of_the_class_goes_before_the_kind_and_the_default(cast):
    DuplicateReach.objects.all().delete()
    assert reach_of(cast.cover) == duplicates.Reach()
    DuplicateReach.objects.create(radius_m=70, days=7)
    assert reach_of(cast.cover).radius_m == 70
    DuplicateReach.objects.create(kind="component", radius_m=60, days=7)
    assert reach_of(cast.cover).radius_m == 60
    DuplicateReach.objects.create(matter_class=cast.cover, radius_m=50, days=7)
    assert reach_of(cast.cover).radius_m == 50
    assert reach_of(cast.litter).radius_m == 70


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "component", "radius_m": 50},
        {"radius_m": 50},
        {"kind": "event", "radius_m": 4},
        {"kind": "event", "radius_m": 1001},
        {"kind": "event", "radius_m": 50, "days": 367},
    ],
)
def test_rows_that_make_no_sense_are_refused(cast, values):
    DuplicateReach.objects.all().delete()
    DuplicateReach.objects.create(radius_m=100, days=30)
    DuplicateReach.objects.create(kind="component", radius_m=30, days=30)
    with pytest.raises(IntegrityError), transaction.atomic():
        DuplicateReach.objects.create(**{"days": 30, **values})


# --- query ----------------------------------------------------------------------------------
def found(cast, user="acceptor", now=MORNING, **rest):
    rows = duplicates.nearby(getattr(cast, user), *HERE, now, **rest)
    return [(row.case, row.likeness.kin) for row in rows]


def test_open_and_recently_closed_cases_in_reach(cast):
    DuplicateReach.objects.all().delete()
    DuplicateReach.objects.create(radius_m=60, days=10)
    still_open = report(cast)
    closed = bring(cast, State.CLOSED)
    report(cast, cell=3)  # about 140 m away
    later = closed.closed_at + 10 * DAY

    assert {case for case, _kin in found(cast, now=later)} == {still_open, closed}
    assert [case for case, _kin in found(cast, now=later + DAY)] == [still_open]


def test_void_reports_and_the_case_itself_are_left_out(cast):
    case, void = report(cast), report(cast)
    act(cast, void, Action.REJECT, "acceptor", reject_reason="invalid", opinion="重复")
    assert duplicates.of_case(cast.acceptor, case, MORNING) == []


def test_same_component_first(cast):
    same_class, other = report(cast), report(cast, class_code=cast.litter)
    same_part = report(cast, component=cast.component)
    kin = dict(found(cast, matter_class=cast.cover, component=cast.component))

    assert list(kin) == [same_part, same_class, other]
    assert kin == {same_part: Kin.COMPONENT, same_class: Kin.SAME_CLASS, other: Kin.NEAR}


def test_the_outsider_sees_none(cast):
    report(cast)
    assert found(cast, "outsider") == []
    assert len(found(cast, "acceptor")) == 1


def test_the_number_of_queries_does_not_grow(cast):
    def count(cases):
        cast.acceptor = type(cast.acceptor).objects.get(pk=cast.acceptor.pk)
        with CaptureQueriesContext(connection) as queries:
            assert len(found(cast, matter_class=cast.cover)) == cases
        return len(queries)

    report(cast)
    one = count(1)
    for _n in range(2):
        report(cast)
    assert count(3) == one


# --- pages ----------------------------------------------------------------------------------
def test_the_new_report_form_shows_them_before_anything_is_saved(cast):
    case = report(cast)
    url = "/desk/new/near/?lon={}&lat={}&matter=component:0101".format(*HERE)
    page = client(cast.acceptor).get(url).content.decode()

    assert case.number[6:14] in page
    assert "/thumb/" in page
    assert 'data-duplicate="1"' in page
    assert "is-likely" in page
    assert "is-likely" not in client(cast.acceptor).get(url.split("&matter")[0]).content.decode()


def test_the_case_page_shows_them_while_it_is_registered(cast):
    first, second = report(cast), report(cast)
    page = client(cast.acceptor).get(second.get_absolute_url()).content.decode()
    assert f'href="{first.get_absolute_url()}" target="_blank" rel="noopener" data-dup' in page

    bring(cast, State.TO_FILE, case=second)
    assert (
        "data-duplicate"
        not in client(cast.acceptor).get(second.get_absolute_url()).content.decode()
    )


def test_the_interface_answers_likewise(cast):
    case = report(cast)
    url = "/api/v1/cases/nearby/?lon={}&lat={}".format(*HERE)
    (row,) = client(cast.acceptor).get(f"{url}&class_code=0101&kind=component").json()["results"]

    assert (row["number"], row["kin"], row["likely"]) == (case.number, "same_class", True)
    assert row["away_m"] == 0
    picture = client(cast.acceptor).get(row["photo"])
    assert b"".join(picture.streaming_content).startswith(b"\xff\xd8")
    assert client(cast.outsider).get(url).json()["results"] == []
    assert client(cast.acceptor).get("/api/v1/cases/nearby/?lon=x&lat=1").status_code == 400
    assert client(cast.acceptor).get(f"{url}&class_code=0101").status_code == 400
    assert Client().get(url).status_code in (401, 403)


def test_one_key_merges_into_an_open_one(cast):
    first, second = report(cast), report(cast)
    acceptor = client(cast.acceptor)
    page = acceptor.get(second.get_absolute_url()).content.decode()
    form = acceptor.get(f"{second.get_absolute_url()}do/merge/?main_case={first.number}")

    assert f"/do/merge/?main_case={first.number}" in page
    assert f'value="{first.number}"' in form.content.decode()
    answer = acceptor.post(
        f"{second.get_absolute_url()}do/merge/", {"main_case": first.number, "opinion": "重复"}
    )
    second.refresh_from_db()
    assert (answer.status_code, second.merged_into) == (302, first)
