"""Who has a case open: told to those who may see it and have it open too, and soon forgotten."""

import contextlib
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.core.cache import cache
from django.utils import timezone
from guardian.shortcuts import remove_perm

from cases.feed import consumers, presence
from cases.feed.tests.test_live import listening, make
from cases.tests.cast import make_city, report

WAIT = 5
POSTS = {"acceptor": {"zh-hans": "受理员", "en": "Acceptor"}}


@pytest.fixture
def city(transactional_db):
    cache.clear()
    yield make_city()
    cache.clear()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(consumers, "PING_SECONDS", 0.05)


async def told(socket, kind="presence"):
    """The next message of this kind."""
    while (message := await socket.receive_json_from(WAIT))["type"] != kind:
        pass
    return message


async def kinds(socket, count):
    """The kinds of the next messages."""
    return [(await socket.receive_json_from(WAIT))["type"] for _ in range(count)]


@contextlib.asynccontextmanager
async def looking(user, number):
    """A websocket of that person with the case open."""
    socket = (await make(user)).socket
    is_open, _code = await socket.connect(WAIT)
    assert is_open
    await socket.send_json_to({"type": "open", "case": number})
    yield socket
    await socket.disconnect(WAIT)


def names(message):
    return [person["name"] for person in message["people"]]


def test_two_who_have_a_case_open_hear_of_each_other_and_of_who_goes(city):
    number = report(city).number

    async def act():
        async with looking(city.acceptor, number) as first:
            async with looking(city.shift_leader, number) as second:
                heard = await told(second)
                assert (heard["case"], heard["people"]) == (
                    number,
                    [{"name": "Acceptor", "post": POSTS["acceptor"]}],
                )
                assert names(await told(first)) == ["Shift Leader"]
            assert names(await told(first)) == []

    listening(act)


def test_who_goes_on_to_another_case_is_not_at_this_one_any_more(city):
    here, there = report(city).number, report(city, cell=1).number

    async def act():
        async with (
            looking(city.acceptor, here) as first,
            looking(city.shift_leader, here) as second,
        ):
            assert names(await told(first)) == ["Shift Leader"]
            await second.send_json_to({"type": "open", "case": there})
            assert names(await told(first)) == []
            await second.send_json_to({"type": "open", "case": None})
            await second.send_json_to({"type": "open", "case": here})
            assert names(await told(first)) == ["Shift Leader"]

    listening(act)


def test_one_person_in_two_windows_is_nobody_else(city):
    number = report(city).number

    async def act():
        async with (
            looking(city.acceptor, number) as first,
            looking(city.acceptor, number),
            looking(city.leader, number),
            looking(city.leader, number),
        ):
            assert names(await told(first)) == ["Leader"]

    listening(act)


@pytest.mark.parametrize("case", ["20 digits of nothing", {"a": 1}, 7, ["x"], ""])
def test_what_is_no_case_opens_nothing(city, case):
    async def act():
        async with looking(city.acceptor, case) as socket:
            await socket.send_json_to({"type": "hello", "since": None})
            assert (await socket.receive_json_from(WAIT))["type"] == "welcome"

    listening(act)


def test_who_may_not_see_a_case_is_neither_told_nor_shown(city, quick):
    number = report(city).number

    async def act():
        async with looking(city.acceptor, number) as first, looking(city.outsider, number) as other:
            assert await kinds(other, 2) == ["ping", "ping"]
            assert await kinds(first, 2) == ["ping", "ping"]
            assert presence.others(number, city.acceptor.pk, timezone.now()) == []

    listening(act)


def test_a_right_that_is_taken_away_ends_it_with_the_next_pulse(city, quick):
    number = report(city).number

    async def act():
        async with (
            looking(city.acceptor, number) as first,
            looking(city.shift_leader, number),
        ):
            assert names(await told(first)) == ["Shift Leader"]
            await database_sync_to_async(remove_perm)(
                "grid.oversee_area", city.shift_leader, city.district
            )
            assert names(await told(first)) == []

    listening(act)


def test_a_browser_that_vanished_is_forgotten():
    cache.clear()
    now = timezone.now()
    row = {"user": 7, "name": "张三", "post": {}}
    presence.enter("1", "socket", row, now)
    kept = timedelta(seconds=presence.KEPT_SECONDS)
    assert presence.others("1", 8, now) == [{"name": "张三", "post": {}}]
    assert presence.others("1", 8, now + kept) == []
    presence.enter("1", "another", row | {"user": 9, "name": "李四"}, now + kept)
    assert presence.others("1", 8, now + kept) == [{"name": "李四", "post": {}}]
    presence.leave("1", "another", now + kept)
    assert cache.get(presence._key("1")) is None


def test_a_broker_out_of_reach_costs_only_this(city, settings, monkeypatch, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    number = report(city).number

    def gone(*_args):
        raise ConnectionError

    monkeypatch.setattr(presence, "enter", gone)

    async def act():
        async with looking(city.acceptor, number) as socket:
            await socket.send_json_to({"type": "hello", "since": None})
            assert (await told(socket, "welcome"))["type"] == "welcome"

    listening(act)
    assert "out of reach" in caplog.text
