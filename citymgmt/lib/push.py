"""Live messages to the open pages of every web process, sent from anywhere.

    to_group("cases", {"type": "case.event", ...})      a request, a task, a timer's thread
    exchange().join("cases", member)                    a websocket; `member.told(message)`

A web process hears every message once, whoever and however many listen in it, and hands it to the
members of the group by plain calls. Between processes messages go through one topic of Redis
(`settings.LIVE_URL`); without it there is one web process, and a message goes to its event loop.
Nothing is kept: after a break every member is told `live.restored` and looks what it missed.
"""

import asyncio
import json
import logging
import threading
import time
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.conf import settings
from redis import BlockingConnectionPool, Redis
from redis import asyncio as async_redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE = 1.0  # seconds that a sender waits for the broker
PAUSE = 1.0  # seconds between two tries, of a sender and of a listener
QUIET = 10.0  # seconds of silence after which the broker is asked whether it is still there
RESTORED = {"type": "live.restored"}

log = logging.getLogger(__name__)
_state = threading.local()
_exchange: "Exchange | None" = None
_deaf_until = 0.0  # on the monotonic clock: the broker was out of reach a moment ago


class Unreachable(Exception):
    """The broker did not take the message."""


class Member(Protocol):
    """Whoever is told; it must return at once."""

    def told(self, message: dict[str, Any]) -> None: ...


@contextmanager
def silence():
    """No live messages from this thread: the past is being written, not the present."""
    before = silent()
    _state.silent = True
    try:
        yield
    finally:
        _state.silent = before


def silent() -> bool:
    return getattr(_state, "silent", False)


# --- sending --------------------------------------------------------------------------------
def to_group(group: str, message: dict[str, Any]) -> None:
    """Send; raises Unreachable if the broker is gone. Nobody to hear it is no fault."""
    if settings.LIVE_URL:
        _publish(json.dumps([group, message]))
    elif _exchange is not None and _exchange.loop.is_running():
        _exchange.loop.call_soon_threadsafe(_exchange.deliver, group, message)


send = sync_to_async(to_group, thread_sensitive=False)


def _publish(text: str) -> None:
    """One that waited in vain a moment ago does not wait again: a request hangs on it."""
    global _deaf_until
    if time.monotonic() < _deaf_until:
        raise Unreachable("the broker was out of reach a moment ago")
    try:
        _client(settings.LIVE_URL, settings.REDIS_CONNECTIONS).publish(topic(), text)
    except (RedisError, OSError) as error:
        _deaf_until = time.monotonic() + PAUSE
        raise Unreachable(str(error)) from error


@cache
def _client(url, connections) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=PATIENCE, socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 1),
    )  # fmt: skip
    return Redis(connection_pool=pool)


def topic() -> str:
    """Topics belong to the server, not to one of its numbered databases."""
    return f"citymgmt.{parse_url(settings.LIVE_URL).get('db', 0)}.live"


# --- hearing --------------------------------------------------------------------------------
def exchange() -> "Exchange":
    """The exchange of the event loop that runs."""
    global _exchange
    loop = asyncio.get_running_loop()
    if _exchange is None or _exchange.loop is not loop:
        _exchange = Exchange(loop)
    return _exchange


class Exchange:
    """Who listens in this process; it hears of the others as long as there is anybody.

    Used in the event loop only.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.groups: dict[str, set[Member]] = {}
        self._hearing: asyncio.Task[None] | None = None

    def join(self, group: str, member: Member) -> None:
        self.groups.setdefault(group, set()).add(member)
        if settings.LIVE_URL and self._hearing is None:
            self._hearing = self.loop.create_task(self._hear())

    def leave(self, group: str, member: Member) -> None:
        members = self.groups.get(group, set())
        members.discard(member)
        if not members:
            self.groups.pop(group, None)
        if not self.groups and self._hearing:
            self._hearing.cancel()
            self._hearing = None

    def deliver(self, group: str, message: dict[str, Any]) -> None:
        """Tell every member; one that fails is no reason for the others not to hear."""
        self._tell(list(self.groups.get(group, ())), message)

    def _tell(self, members: list[Member], message: dict[str, Any]) -> None:
        for member in members:
            try:
                member.told(message)
            except Exception:
                log.exception("A live message of the type %s was not taken", message.get("type"))

    async def _hear(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (RedisError, OSError) as error:
                log.warning("The live channel is out of reach: %s", error)
            except Exception:
                log.exception("The live channel broke")
            await asyncio.sleep(PAUSE)

    async def _subscribe(self) -> None:
        """Deliver until the connection breaks; a silent one is asked for a sign of life."""
        client = async_redis.Redis.from_url(
            settings.LIVE_URL, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        async with client, client.pubsub() as heard:
            await heard.subscribe(topic())
            asked = False
            while True:
                message = await heard.get_message(timeout=QUIET)
                if message is None:
                    if asked:
                        raise ConnectionError("no sign of life")
                    await heard.ping()
                elif message["type"] == "subscribe":
                    everybody = {one for members in self.groups.values() for one in members}
                    self._tell(list(everybody), RESTORED)
                elif message["type"] == "message":
                    self.deliver(*json.loads(message["data"]))
                asked = message is None
