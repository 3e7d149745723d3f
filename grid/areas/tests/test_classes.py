"""Area classes change from a day on; the street takes its communities along."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.above.actions import build_above
from grid.areas import classes
from grid.models import Area, AreaClass, EvaluationGrid
from grid.tasks import settle
from grid.tests.town import TODAY, make_town, worker

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=10)


@pytest.fixture
def town():
    return make_town()


def change(area, letter, on=TODAY, by=None):
    return classes.set_class(area=area, area_class=letter, on=on, by=by, today=TODAY)


def letter(area):
    return Area.objects.get(pk=area.pk).area_class


def test_a_community_changes_today(town):
    home = town.communities[0]
    assert change(home, "B") == 1
    assert letter(home) == "B"
    assert letter(town.communities[1]) == "A"
    rows = AreaClass.objects.filter(area=home).order_by("id")
    assert [(r.area_class, r.valid_from, r.valid_to) for r in rows] == [
        ("A", None, TODAY), ("B", TODAY, None)
    ]  # fmt: skip


def test_a_street_takes_its_communities_along(town):
    change(town.communities[0], "B")
    assert change(town.street, "B") == 2  # the street, and the community that was A
    assert {letter(area) for area in (town.street, *town.communities)} == {"B"}
    assert letter(town.areas["620105002"]) == "A"


def test_a_planned_class_comes_into_force_on_its_day(town):
    home = town.communities[0]
    change(home, "C", on=LATER)
    assert letter(home) == "A"
    assert classes.settle(LATER - timedelta(days=1)) == 0
    assert letter(home) == "A"
    assert classes.settle(LATER) == 1
    assert letter(home) == "C"
    assert settle()["areas"] in (0, 1)


def test_the_evaluation_grids_follow(town):
    build_above()
    change(town.communities[0], "C")
    letters = dict(EvaluationGrid.objects.values_list("community__code", "letter"))
    assert letters[town.communities[0].code] == "C"
    assert letters[town.communities[1].code] == "A"


def test_a_second_change_on_one_day_replaces_the_first(town):
    home = town.communities[0]
    change(home, "B")
    change(home, "C")
    assert letter(home) == "C"
    assert AreaClass.objects.filter(area=home).count() == 2


def test_a_planned_change_stands_in_the_way(town):
    change(town.communities[0], "B", on=LATER)
    with pytest.raises(NotNow):
        change(town.communities[0], "C")
    with pytest.raises(NotNow):
        change(town.street, "C")
    assert letter(town.street) == "A"


@pytest.mark.parametrize(
    ("code", "value", "days", "field"),
    [
        ("620105", "B", 0, "area"),
        ("620105001001", "D", 0, "area_class"),
        ("620105001001", "", 0, "area_class"),
        ("620105001001", "B", -1, "on"),
    ],
)
def test_what_is_refused(town, code, value, days, field):
    with pytest.raises(BadInput) as refusal:
        change(town.areas[code], value, on=TODAY + timedelta(days=days))
    assert field in refusal.value.fields


@pytest.mark.parametrize("post", POSTS)
def test_only_who_manages_the_grid_may(town, post):
    by = worker(post, post)
    if post == "sysadmin":
        assert change(town.street, "B", by=by) == 3
        event = AuditEvent.objects.get()
        assert (event.verb, event.by, event.data["class"]) == ("set_area_class", by, "B")
        return
    with pytest.raises(NotYours):
        change(town.street, "B", by=by)


def test_the_same_class_changes_nothing(town):
    assert change(town.communities[0], "A") == 0
    assert not AuditEvent.objects.exists()


def test_one_open_class_per_area(town):
    AreaClass.objects.create(area=town.street, area_class="A")
    with pytest.raises(IntegrityError), transaction.atomic():
        AreaClass.objects.create(area=town.street, area_class="B", valid_from=TODAY)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"area_class": "D"}, "area_class_letter"),
        ({"area_class": "A", "valid_from": TODAY, "valid_to": TODAY}, "area_class_ends"),
    ],
)
def test_constraints_of_rows(town, values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AreaClass.objects.create(area=town.street, **values)
