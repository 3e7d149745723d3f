"""What four threads ask at once is what one alone is answered, value by value.

The libraries below are C: an object of theirs that two threads use at once gives errors, or a
wrong coordinate without one.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos.prototypes.io import _WKBReader
from django.db import connections

from citymgmt.lib.rows import Prepared
from grid import geometry
from grid.geometry import to_geos
from grid.models import UnitGrid
from grid.tests.town import make_town

THREADS, ROUNDS, CELLS, CORNERS = 4, 25, 40, 400
prepared = Prepared(lambda: UnitGrid.objects.order_by("code").values_list("code", "geometry"))


@pytest.fixture(autouse=True)
def _restless():
    """Threads change places as often as the interpreter lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def differing(ask):
    """The answers of four threads that are not the answer of one."""
    alone, start = ask(), Barrier(THREADS, timeout=30)

    def again():
        start.wait()
        try:
            return [found for _ in range(ROUNDS) if (found := _answer(ask)) != alone]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        threads = [pool.submit(again) for _ in range(THREADS)]
    return [found for thread in threads for found in thread.result()]


def _answer(ask):
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - each is one answer that differs
        return error


@pytest.fixture
def cells(db):
    """Rings of many corners, each of its own size: reading one takes its time."""
    community = make_town().communities[0]
    UnitGrid.objects.bulk_create(
        UnitGrid(
            code=f"{community.code}{number}", community=community, geometry=ring(number), area_m2=1
        )
        for number in range(100, 100 + CELLS)
    )


def ring(number):
    middle = shapely.Point(103.7 + number / 100, 36.1)
    return to_geos(middle.buffer(0.001 + number / 1e6, quad_segs=CORNERS // 4))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("cells")
def test_rows_of_geometry():
    found = differing(lambda: [(code, bytes(shape.wkb)) for code, shape in prepared()])
    assert found == []


@pytest.mark.parametrize(
    "measure",
    [
        lambda xy: geometry.to_metres(xy, 105).tobytes(),
        lambda xy: geometry.to_degrees(geometry.to_metres(xy, 102), 102).tobytes(),
        lambda xy: geometry.to_mercator(xy).tobytes(),
        lambda xy: [geometry.length_m(shapely.LineString(xy)), geometry.GEOD.inv(*xy[0], *xy[1])],
    ],
    ids=["metres", "degrees", "mercator", "lengths"],
)
def test_measures(measure):
    xy = np.random.default_rng(7).uniform((103, 35), (106, 37), (500, 2))
    assert differing(lambda: measure(xy)) == []


@pytest.mark.django_db(transaction=True)
def test_a_reader_of_geometry_serves_one_thread(cells, monkeypatch):
    """The same, without waiting for the unlucky instant."""
    served, read = {}, _WKBReader.read

    def noted(self, *given, **named):
        served.setdefault(self, set()).add(get_ident())
        return read(self, *given, **named)

    monkeypatch.setattr(_WKBReader, "read", noted)
    asked = Prepared(lambda: UnitGrid.objects.order_by("code").values_list("code", "geometry"))
    both = Barrier(2, timeout=30)

    def ask():
        both.wait()
        try:
            return len(asked())
        finally:
            both.wait()  # a thread that has ended gives its number away
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        threads = [pool.submit(ask) for _ in range(2)]
    assert all(thread.result() >= CELLS for thread in threads)
    assert [len(of) for of in served.values()] == [1, 1]
