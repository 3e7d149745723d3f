"""How far from the case something was done on site, and whether the person can have been there."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.devices.made import Made
from cases.devices.onsite import FASTEST_M_S, LATELY_S, VAGUE_M, OnSite, Told, on_site
from cases.finding import queries
from cases.machine import actions
from cases.models import ProcessSwitch
from cases.states import State
from cases.tests.cast import MORNING, SOUTH, WEST, bring, photo, report
from grid.geometry import STORED
from grid.models import Position

PLACE = (103.7005, 36.1005)
DEGREE_M = 110_955  # of latitude, here


def north(metres, of=PLACE):
    return of[0], of[1] + metres / DEGREE_M


def event(place=None, action="check", at=MORNING):
    lon, lat = place or (None, None)
    return SimpleNamespace(action=action, made_at=at, made_lon=lon, made_lat=lat)


def told(place, before=0):
    return Told(MORNING - timedelta(seconds=before), *place)


@pytest.mark.parametrize(
    ("metres", "far"), [(0, False), (35, False), (199, False), (201, True), (5_000, True)]
)
def test_how_far_from_the_case(metres, far):
    site = on_site(event(north(metres)), PLACE, None, 200)
    assert site.away == pytest.approx(metres, abs=1)
    assert (site.far, site.doubtful, site.apart) == (far, far, None)


@pytest.mark.parametrize("action", ["verify", "check", "dispose", "hand_over_site"])
def test_an_act_on_site_without_a_place_is_marked(action):
    assert on_site(event(action=action), PLACE, None, 200) == OnSite(None)
    assert OnSite(None).doubtful


def test_what_needs_no_place_is_not_marked():
    assert on_site(event(action="accept"), PLACE, None, 200) is None
    assert on_site(event(action="report"), PLACE, None, 200) is None
    assert not on_site(event(north(900), action="report"), PLACE, None, 200).far
    assert on_site(event(north(9), at=None), PLACE, None, 200) is None


@pytest.mark.parametrize(
    ("metres", "seconds", "marked"),
    [
        (0, 0, False),
        (VAGUE_M - 1, 0, False),
        (VAGUE_M + 2, 0, True),
        (VAGUE_M + 60 * FASTEST_M_S - 5, 60, False),
        (VAGUE_M + 60 * FASTEST_M_S + 5, 60, True),
        (900_000, LATELY_S + 1, False),
    ],
)
def test_nobody_is_in_two_places(metres, seconds, marked):
    here = told(north(metres), seconds)
    site = on_site(event(PLACE), PLACE, here, 200)
    assert site.doubtful == marked
    assert (site.apart is not None) == marked
    if marked:
        assert site.apart == pytest.approx(metres, rel=0.01)
        assert site.seconds == seconds


# --- in the record --------------------------------------------------------------------------
def checked(cast, claim):
    case = bring(cast, State.CHECKING)
    at = case.state_since + timedelta(minutes=20)
    actions.perform(
        case, "check", by=cast.collector, given={"check_result": "pass"}, photos=[photo()], at=at,
        made=Made(at - timedelta(minutes=5), *claim),
    )  # fmt: skip
    return case, at - timedelta(minutes=5)


def record(client, cast, case):
    client.force_login(cast.shift_leader)
    return client.get(f"/cases/{case.number}/").content.decode()


@pytest.mark.parametrize(
    ("claim", "words", "marked"),
    [
        (north(35), "距案件 35 米", False),
        (north(900), "距案件 900 米", True),
        ((), "在现场办理，但位置未知", True),
    ],
)
def test_the_record_says_how_far_it_was(cast, client, claim, words, marked):
    case, _made = checked(cast, claim)
    assert (case.point.x, case.point.y) == pytest.approx(PLACE)
    page = record(client, cast, case)
    assert words in page
    line = page.split('class="step-note step-site"')[1].split("</span>")[0]
    assert ("light-yellow" in line) == marked


def test_how_near_is_near_is_a_setting(cast, client):
    ProcessSwitch.objects.create(key="on_site_m", value=1_000)
    case, _made = checked(cast, north(900))
    line = record(client, cast, case).split('class="step-note step-site"')[1]
    assert "light-yellow" not in line.split("</span>")[0]


def test_a_place_that_does_not_fit_what_was_told_before_is_marked(cast, client):
    case, made = checked(cast, PLACE)
    far = Point(*north(40_000), srid=STORED)
    vague = {"user": cast.collector, "point": far, "accuracy_m": 5_000}
    Position.objects.create(at=made - timedelta(seconds=10), **vague)
    assert "距本人" not in record(client, cast, case)
    Position.objects.create(user=cast.collector, point=far, at=made - timedelta(seconds=60))
    Position.objects.create(user=cast.collector2, point=far, at=made)
    assert "light-red" in record(client, cast, case).split('class="step-note step-site"')[1]
    near = Point(*PLACE, srid=STORED)
    Position.objects.create(user=cast.collector, point=near, at=made - timedelta(seconds=30))
    assert "距本人" not in record(client, cast, case)


def test_a_report_says_how_far_its_phone_was_without_a_mark(cast, client):
    case = report(cast, made=Made(MORNING - timedelta(minutes=9), WEST, SOUTH))
    page = record(client, cast, case)
    assert "距案件 " in page
    assert "light-yellow" not in page.split('class="step-note step-site"')[1].split("</span>")[0]


def test_queries_do_not_grow_with_the_acts(cast):
    case = report(cast, made=Made(MORNING, *PLACE))
    at = case.state_since + timedelta(minutes=1)
    settings = actions.context(at).process

    def count():
        log = queries.log_of(case)
        with CaptureQueriesContext(connection) as found:
            queries.on_site_of(case, log, settings)
        return len(found)

    one = count()
    acts = (
        ("send_verify", cast.acceptor, {"collector": cast.collector.username}, []),
        ("verify", cast.collector, {"verify_result": "exists"}, [photo()]),
        ("accept", cast.acceptor, {}, []),
    )
    for action, by, given, photos in acts:
        claim = Made(at, *PLACE)
        actions.perform(case, action, by=by, given=given, photos=photos, at=at, made=claim)
        case.refresh_from_db()
    assert len(queries.on_site_of(case, queries.log_of(case), settings)) == 4
    assert count() == one <= 2
