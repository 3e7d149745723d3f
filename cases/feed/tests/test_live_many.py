"""Many listeners of one web process: each hears all once, in order, and waits for no other."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from cases import tasks
from cases.feed import consumers, sight
from cases.feed import log as live
from cases.feed import process as feed
from cases.feed.presence import Presence
from cases.feed.tests.test_live import WAIT, closing, deed, listening, make
from cases.models import CaseEvent, Sequence
from cases.states import State
from cases.tests.cast import bring, make_city, report
from citymgmt.lib import push
from citymgmt.lib.tests.broker import Broker

MANY = 50


@pytest.fixture
def city(transactional_db, monkeypatch):
    monkeypatch.setattr(consumers, "PING_SECONDS", 600)  # what is counted here is not pings
    return make_city()


def counting(monkeypatch, module, name):
    """Calls of a function, by their arguments."""
    calls, function = [], getattr(module, name)

    def counted(*args):
        calls.append(args)
        return function(*args)

    monkeypatch.setattr(module, name, counted)
    return calls


async def open_all(users, **words):
    listeners = [await make(user) for user in users]
    await asyncio.gather(*(one.hello(**words) for one in listeners))
    return listeners


async def hear(listener, number):
    """The places of the next messages."""
    return [(await listener.hear())["seq"] for _ in range(number)]


async def leave(listeners):
    await asyncio.gather(*(one.leave() for one in listeners))


def test_each_of_many_hears_each_message_once_and_in_order(city, monkeypatch):
    writer = SimpleNamespace(dumps=json.dumps)
    written = counting(monkeypatch, writer, "dumps")
    monkeypatch.setattr(feed, "json", writer)
    people = [city.leader, city.acceptor, city.shift_leader, city.outsider, city.dispatcher]

    async def script():
        listeners = await open_all(people[n % 5] for n in range(MANY))
        await deed(lambda: bring(city, State.CLOSED))
        for n, listener in enumerate(listeners):
            if people[n % 5] != city.outsider:
                assert await hear(listener, 11) == list(range(1, 12))
        assert all(await asyncio.gather(*(one.nothing() for one in listeners)))
        await leave(listeners)

    listening(script)
    assert len(written) == 11  # once for all


def test_what_the_channel_lost_is_read_once_for_all(city, monkeypatch):
    async def script():
        listeners = await open_all([city.leader, city.acceptor] * 10)
        with monkeypatch.context() as lost:
            lost.setattr(push, "to_group", lambda *_: None)
            await deed(lambda: bring(city, State.TO_DISPATCH))
        read = counting(monkeypatch, live, "since")
        await deed(lambda: report(city))
        for listener in listeners:
            assert await hear(listener, 4) == [1, 2, 3, 4]
        # One by the publisher, and one or two by the process that listens.
        assert len([args for args in read if args[0] != 3]) <= 2
        await leave(listeners)

    listening(script)


def test_what_no_message_told_is_found_in_the_log(city, monkeypatch):
    """Nothing comes after it that could show the gap."""
    monkeypatch.setattr(feed, "LOOK_SECONDS", 0.05)

    async def script():
        (listener,) = await open_all([city.leader])
        with monkeypatch.context() as lost:
            lost.setattr(push, "to_group", lambda *_: None)
            await deed(lambda: report(city))
        assert await hear(listener, 1) == [1]
        await leave([listener])

    listening(script)


def test_those_who_come_back_at_one_instant_are_told_by_one_reading(city, monkeypatch):
    bring(city, State.TO_DISPATCH)
    read = counting(monkeypatch, live, "since")

    async def script():
        listeners = [await make(city.leader) for _ in range(MANY)]
        await asyncio.gather(*(one.hello(since=1) for one in listeners))
        for listener in listeners:
            assert await hear(listener, 2) == [2, 3]
        await leave(listeners)

    listening(script)
    assert len(read) < MANY / 5


def test_all_who_open_at_one_instant_are_welcome_and_few_looks_serve_them(city, monkeypatch):
    looks = counting(monkeypatch, sight, "sight_of")

    async def script():
        people = (city.leader, city.acceptor, city.shift_leader, city.dispatcher)
        listeners = [await make(people[n % 4]) for n in range(100)]
        welcomes = await asyncio.gather(*(one.hello() for one in listeners))
        assert [one["type"] for one in welcomes] == ["welcome"] * 100
        await leave(listeners)

    listening(script)
    assert len(looks) < 50


@pytest.fixture
def slow(city, monkeypatch):
    """The acceptor's socket takes no event until this is set."""
    gate = {}
    send = consumers.LiveConsumer.send

    async def stuck(self, text_data=None, **rest):
        if self.user_id == city.acceptor.pk and '"event"' in text_data:
            await gate.setdefault("open", asyncio.Event()).wait()
        await send(self, text_data=text_data, **rest)

    monkeypatch.setattr(consumers.LiveConsumer, "send", stuck)
    return gate


def test_a_slow_listener_holds_up_nobody_and_catches_up(city, slow, monkeypatch):
    monkeypatch.setattr(feed, "KEPT", 3)

    async def script():
        stuck, quick = await open_all([city.acceptor, city.leader])
        await deed(lambda: bring(city, State.CLOSED))
        assert await hear(quick, 11) == list(range(1, 12))
        assert await stuck.nothing()
        assert len(feed.feed().rows) == 3
        slow["open"].set()
        assert await hear(stuck, 11) == list(range(1, 12))
        assert await stuck.nothing()
        await leave([stuck, quick])

    listening(script)


def test_a_listener_too_slow_for_the_log_is_told_to_begin_anew(city, slow, monkeypatch):
    monkeypatch.setattr(feed, "KEPT", 2)
    monkeypatch.setattr(feed, "LONGEST_GAP", 4)

    async def script():
        stuck, quick = await open_all([city.acceptor, city.leader])
        await deed(lambda: bring(city, State.CLOSED))
        assert await hear(quick, 11) == list(range(1, 12))
        slow["open"].set()
        assert (await stuck.hear())["seq"] == 1
        assert await stuck.hear() == {"type": "reset", "seq": 11}
        await deed(lambda: report(city))
        assert await hear(stuck, 1) == [12]
        await leave([stuck, quick])

    listening(script)


def test_a_failed_goodbye_leaves_nobody_in_a_group(city, monkeypatch):
    async def broken(self):
        raise RuntimeError("gone")

    monkeypatch.setattr(Presence, "leave", broken)

    async def script():
        listener, other = await open_all([city.acceptor, city.leader])
        exchange = push.exchange()
        with pytest.raises(RuntimeError):
            await listener.leave()
        monkeypatch.undo()
        assert len(feed.feed().listeners) == 1
        await deed(lambda: report(city))
        assert await hear(other, 1) == [1]
        await other.leave()
        assert (exchange.groups, feed.feed().listeners) == ({}, set())

    listening(script)


def test_a_socket_that_vanishes_without_a_goodbye_leaves_nobody(city):
    async def script():
        listener, other = await open_all([city.acceptor, city.leader])
        listener.socket.future.cancel()
        while len(feed.feed().listeners) > 1:
            await asyncio.sleep(0.01)
        await other.leave()
        assert push.exchange().groups == {}

    listening(script)


def test_a_log_restored_from_before_is_begun_anew(city, monkeypatch):
    monkeypatch.setattr(feed, "LOOK_SECONDS", 0.05)
    bring(city, State.TO_DISPATCH)

    async def script():
        (listener,) = await open_all([city.leader])
        await deed(lambda: CaseEvent.objects.filter(feed=3).update(feed=None))
        await deed(lambda: Sequence.objects.filter(name="feed").update(value=2))
        assert await listener.hear() == {"type": "reset", "seq": 2}
        assert await deed(tasks.publish_pending) == 1
        assert await hear(listener, 1) == [3]
        await leave([listener])

    listening(script)


def test_a_log_that_cannot_be_read_sends_the_client_to_try_again(city, monkeypatch):
    async def script():
        listener = await make(city.leader)
        await listener.socket.connect(WAIT)

        def gone():
            raise OperationalError("gone")

        monkeypatch.setattr(live, "head", gone)
        await listener.socket.send_json_to({"type": "hello"})
        assert await closing(listener) == ([], consumers.TRY_AGAIN)

    listening(script)


def test_nothing_is_lost_while_the_broker_is_away(city, settings, monkeypatch, caplog):
    monkeypatch.setattr(push, "PAUSE", 0.05)
    monkeypatch.setattr(push, "_deaf_until", 0.0)

    async def script():
        listeners = await open_all([city.leader, city.acceptor])
        await deed(lambda: report(city))
        await asyncio.to_thread(broker.go)
        await deed(lambda: bring(city, State.TO_FILE))
        await asyncio.to_thread(broker.come)
        for listener in listeners:
            heard = [message for _n in range(8) if (message := await listener.hear())]
            places = [one["seq"] for one in heard if one["type"] == "event"][:3]
            assert places == [1, 2, 3], json.dumps(heard)
        await leave(listeners)

    monkeypatch.setattr(consumers, "PING_SECONDS", 0.3)
    with Broker() as broker:
        settings.LIVE_URL = broker.url
        listening(script)
    assert "out of reach" in caplog.text
