"""Nobody learns more of a place than the cell that is published, however often they ask."""

import math

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from grid.geometry import STORED, distance_m
from hotline.conftest import HERE
from hotline.portal import throttle

pytestmark = pytest.mark.django_db
AROUND, KNOWN = "/public/nearby/", "/public/known/"
QUESTIONS = 20  # in each of two directions
CORNERS = [(-0.00049, -0.00049), (0.00049, 0.00049), (-0.0004, 0.0003), (0.0001, -0.0002)]


@pytest.fixture
def cell():
    """The published place of the case."""
    return round(HERE[0], 3), round(HERE[1], 3)


@pytest.fixture
def case(cast):
    return town.bring(cast, State.TO_DISPATCH, at=timezone.now())


def put(case, cell, by):
    place = (cell[0] + by[0], cell[1] + by[1])
    Case.objects.filter(pk=case.pk).update(point=Point(*place, srid=STORED))
    return place


def far_edge(client, start, step):
    """How far along a direction the case is still told to be near: by halving."""
    low, high = 0.0, 0.02
    for _n in range(QUESTIONS):
        middle = (low + high) / 2
        lon, lat = start[0] + step[0] * middle, start[1] + step[1] * middle
        near = client.get(AROUND, {"lon": lon, "lat": lat}).context["rows"]
        low, high = (middle, high) if near else (low, middle)
    return start[0] + step[0] * low, start[1] + step[1] * low


def found(client, cell):
    """Where the case must be, from the edge in the east and the edge in the north: each is a
    kilometre from it."""
    east, north = far_edge(client, cell, (1, 0)), far_edge(client, cell, (0, 1))
    lon, lat = cell
    for _n in range(20):  # narrows down: each edge says how far the other coordinate may be
        lon = east[0] - _reach(lat - east[1]) / _metres(cell, (cell[0] + 1e-3, cell[1])) * 1e-3
        lat = (
            north[1] - _reach(_across(lon, north)) / _metres(cell, (cell[0], cell[1] + 1e-3)) * 1e-3
        )
    return lon, lat


def _reach(off):
    return math.sqrt(1000**2 - (off * 111_000) ** 2)


def _across(lon, north):
    return (lon - north[0]) * math.cos(math.radians(north[1]))


def _metres(a, b):
    return distance_m(a, b)


@pytest.mark.parametrize("by", CORNERS)
def test_forty_questions_find_the_published_place_and_nothing_nearer(client, case, cell, by):
    exact = put(case, cell, by)
    told = found(client, cell)
    assert distance_m(told, cell) < 3
    assert distance_m(told, exact) > distance_m(cell, exact) - 3


def answers(client, case, cast, places):
    rows = [client.get(AROUND, {"lon": x, "lat": y}).context["rows"] for x, y in places]
    asked = {"matter_class": cast.cover.pk}
    near = [client.get(KNOWN, asked | {"lon": x, "lat": y}).context["rows"] for x, y in places]
    return rows, near


def test_wherever_in_its_cell_a_case_is_all_answers_are_the_same(client, cast, case, cell):
    steps = [n * 0.00037 for n in range(-6, 7)]
    places = [(cell[0] + x, cell[1] + y) for x in steps for y in (0, 0.0009, 0.00178)]
    places += [(cell[0] + 0.0111 + n * 1e-5, cell[1]) for n in range(-60, 60, 6)]
    told = []
    for by in CORNERS:
        put(case, cell, by)
        told.append(answers(client, case, cast, places))
    assert all(one == told[0] for one in told)
    assert any(told[0][0])
    assert any(told[0][1])


def test_two_in_one_cell_stand_in_an_order_that_says_nothing_of_their_places(
    client, cast, case, cell
):
    other = town.bring(cast, State.TO_DISPATCH, cell=2, at=timezone.now())
    Case.objects.filter(pk=other.pk).update(matter_class=cast.litter)
    orders = []
    for first, second in (CORNERS[:2], CORNERS[1::-1]):
        put(case, cell, first)
        put(other, cell, second)
        rows = client.get(AROUND, {"lon": cell[0] - 0.004, "lat": cell[1]}).context["rows"]
        orders.append([row["what"] for row in rows])
    assert orders[0] == orders[1]
    assert len(set(orders[0])) == 2


@pytest.mark.parametrize("page", [AROUND, KNOWN, "/public/place.json"])
def test_questions_about_places_end_at_some_point(client, cast, monkeypatch, page):
    monkeypatch.setitem(throttle.LIMITS, "look", (3, 3600))
    codes = [client.get(page, {"lon": HERE[0], "lat": HERE[1]}).status_code for _n in range(4)]
    assert codes == [200, 200, 200, 429]
