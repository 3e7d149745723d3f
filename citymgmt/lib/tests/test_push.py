"""Live messages between processes: heard once by each process, found again after a break."""

import asyncio

import pytest

from citymgmt.lib import push
from citymgmt.lib.tests.broker import Broker


@pytest.fixture
def broker(settings, monkeypatch):
    monkeypatch.setattr(push, "PAUSE", 0.05)
    monkeypatch.setattr(push, "_deaf_until", 0.0)
    with Broker() as running:
        settings.LIVE_URL = running.url
        yield running


class Ear:
    def __init__(self):
        self.heard = asyncio.Queue()

    def told(self, message):
        self.heard.put_nowait(message)

    async def next(self):
        return await asyncio.wait_for(self.heard.get(), 10)


async def at_a_distance(function, *args):
    """In a thread: the broker's own loop must not wait for this one."""
    return await asyncio.to_thread(function, *args)


def test_a_process_subscribes_once_for_all_its_members(broker):
    async def script():
        exchange, ears = push.exchange(), [Ear() for _ in range(5)]
        for ear in ears:
            exchange.join("cases", ear)
        assert [await ear.next() for ear in ears] == [push.RESTORED] * 5
        assert len(broker.listening) == 1
        await push.send("others", {"type": "a"})
        await push.send("cases", {"type": "b", "words": ["张"]})
        assert [await ear.next() for ear in ears] == [{"type": "b", "words": ["张"]}] * 5
        for ear in ears:
            exchange.leave("cases", ear)
        assert (exchange.groups, exchange._hearing) == ({}, None)

    asyncio.run(script())


def test_a_broker_that_comes_back_is_heard_again(broker):
    async def script():
        ear = Ear()
        push.exchange().join("cases", ear)
        assert await ear.next() == push.RESTORED
        await at_a_distance(broker.go)
        with pytest.raises(push.Unreachable):
            await push.send("cases", {"type": "lost"})
        await at_a_distance(broker.come)
        assert await ear.next() == push.RESTORED
        await asyncio.sleep(2 * push.PAUSE)  # a sender gives the broker a rest
        await push.send("cases", {"type": "heard"})
        assert await ear.next() == {"type": "heard"}
        push.exchange().leave("cases", ear)

    asyncio.run(script())


def test_who_has_just_waited_in_vain_does_not_wait_again(broker, monkeypatch):
    monkeypatch.setattr(push, "PAUSE", 60)
    broker.go()
    for words in ("refused|reset|closed", "a moment ago"):
        with pytest.raises(push.Unreachable, match=words):
            push.to_group("cases", {"type": "a"})
    broker.come()


def test_a_broker_without_a_sign_of_life_is_left(broker, monkeypatch):
    monkeypatch.setattr(push, "QUIET", 0.1)
    monkeypatch.setattr(broker, "_answer", lambda writer, name, words: None)

    async def script():
        ear = Ear()
        push.exchange().join("cases", ear)
        while len(broker.writers) < 2:
            await asyncio.sleep(0.05)
        push.exchange().leave("cases", ear)

    asyncio.run(asyncio.wait_for(script(), 30))


def test_a_member_that_fails_does_not_keep_it_from_the_others(caplog):
    class Deaf:
        def told(self, message):
            raise RuntimeError("deaf")

    async def script():
        exchange, ear = push.exchange(), Ear()
        for member in (Deaf(), ear, Deaf()):
            exchange.join("cases", member)
        exchange.deliver("cases", {"type": "a"})
        assert await ear.next() == {"type": "a"}

    asyncio.run(script())
    assert caplog.text.count("RuntimeError: deaf") == 2


def test_topics_of_two_numbered_databases_differ(settings):
    settings.LIVE_URL = "redis://one:6379/0"
    first = push.topic()
    settings.LIVE_URL = "redis://one:6379/1"
    assert push.topic() != first
