"""The full profile as it is installed: web, worker and beat are processes of their own, on
PostgreSQL and Redis. `CITY_URL` is the address of its web process (see .ci/run)."""

import os
import time
import uuid

import pytest

from citymgmt.tests.client import Visitor, photo, wait_for

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def address():
    assert os.environ.get("CITY_URL"), "CITY_URL names the running city; .ci/run starts one"
    return os.environ["CITY_URL"]


@pytest.fixture(scope="module")
def collector(address):
    return Visitor(address, "collector")


@pytest.fixture(scope="module")
def acceptor(address):
    return Visitor(address, "acceptor")


def report(visitor, **changes):
    """A patrol report at the place of a case that is there already."""
    _status, page = visitor.call("GET", "cases/")
    known = page["results"][0]
    body = {
        "kind": known["kind"], "class_code": known["class_code"], "lon": known["lon"],
        "lat": known["lat"], "description": "路面破损", "source": "patrol",
        "client_uuid": str(uuid.uuid4()), "photos": photo(),
    } | changes  # fmt: skip
    return body, visitor.call("POST", "cases/", **body)


def test_a_report_is_pushed_to_another_desk_through_redis(collector, acceptor):
    with acceptor.feed() as socket:
        before = time.monotonic()
        _body, (status, case) = report(collector)
        assert status == 201, case
        event = wait_for(socket, case["number"], "report")
    assert event["state"] == "registered"
    assert time.monotonic() - before < 5


def test_the_same_report_twice_is_one_case(collector):
    body, (status, case) = report(collector)
    again, same = collector.call("POST", "cases/", **body)
    assert (status, again) == (201, 200)
    assert same["number"] == case["number"]


def test_what_was_missed_is_told_by_its_number(collector, acceptor):
    with acceptor.feed() as socket:
        _body, (_status, case) = report(collector)
        seen = wait_for(socket, case["number"], "report")["seq"]
    acceptor.call("POST", f"cases/{case['number']}/actions/accept/")
    with acceptor.feed(since=seen) as socket:
        assert wait_for(socket, case["number"], "accept")["seq"] > seen


def test_the_outsider_and_the_wrong_post_are_refused(address, collector, acceptor):
    _body, (_status, case) = report(collector)
    stranger = Visitor(address, "liaison")
    path = f"cases/{case['number']}/"
    assert stranger.call("GET", path)[0] == 404
    assert acceptor.call("POST", path + "actions/dispatch/", department="x")[0] == 409
    assert collector.call("POST", path + "actions/accept/")[0] == 403
    assert acceptor.call("POST", path + "actions/accept/")[0] == 200
    assert acceptor.call("POST", path + "actions/accept/")[0] == 409


@pytest.mark.django_db
def test_worker_and_beat_mark_what_is_late(collector, acceptor):
    """The acceptance limit is made one second long for this case, in the city's own database."""
    import psycopg2

    _body, (_status, case) = report(collector)
    with acceptor.feed() as socket:
        connection = psycopg2.connect(
            os.environ["DATABASE_URL"].replace("postgis://", "postgresql://")
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE cases_case SET next_at = now(), clocks = jsonb_set(clocks, "
                '\'{accept,limit}\', \'{"value": "0.01", "unit": "minutes"}\') '
                "WHERE number = %s",
                [case["number"]],
            )
        connection.close()
        event = wait_for(socket, case["number"], "overdue", seconds=40)
    assert event["overdue"] is True
