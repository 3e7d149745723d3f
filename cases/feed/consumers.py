"""The websocket of the live feed: what the person may see, in order, without a gap.

It lives as long as the session it was opened under: told of the end it closes at once, and without
being told it looks again with every ping and when the session's time is up.

Whatever comes (from the client, from the feed of this process, from the clock) is noted by name
and done by one task per socket, in one order; so a slow socket holds up nobody, what comes twice
meanwhile is done once, and nothing piles up.
"""

import asyncio
import json
import logging
import uuid
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from cases.feed import process as feeds
from cases.feed.presence import Presence
from cases.feed.sight import Sight
from citymgmt.accounts import sessions
from citymgmt.lib import push

PING_SECONDS = 10
SIGNED_OUT, TRY_AGAIN = 4401, 1013

log = logging.getLogger(__name__)


async def look(key: str) -> tuple[Sight, float] | None:
    """What may be heard under a session, and its seconds; None where it is over."""
    return await feeds.feed().sights.ask(key)


class Over(Exception):
    """The socket is to be closed with this code."""


class LiveConsumer(AsyncWebsocketConsumer):
    """Client: `{"type": "hello", "since"}`, `{"type": "open", "case": number or null}`.
    Server: welcome, event, notice, reset, ping; presence of others at the open case."""

    channel_layer_alias = None  # one subscription for the process, not one for each socket
    seq: int | None = None
    sight: Sight | None = None
    until: float = 0  # on the clock of `monotonic`: the session is not over before
    key: str | None = None
    user_id: int | None = None

    async def __call__(self, scope, receive, send):
        self.name = uuid.uuid4().hex
        self.joined: list[str] = []
        self.tasks: list[asyncio.Task] = []
        self.noted: dict[str, Any] = {}
        self.woken = asyncio.Event()
        self.exchange, self.feed = push.exchange(), feeds.feed()
        self.presence = Presence(self)
        try:
            return await super().__call__(scope, receive, send)
        finally:
            self._leave()  # also where no goodbye came, or it failed

    # --- the life of the socket -----------------------------------------------------------------
    async def connect(self):
        self.key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME)
        if not self.key:
            await self.close(SIGNED_OUT)
            return
        self.join(sessions.group_of_session(self.key))
        # Accepted before the session is read, which waits its turn where many open at once:
        # nobody's handshake runs out of time, and until then nothing is told.
        await self.accept()
        loop = asyncio.get_running_loop()
        self.tasks = [loop.create_task(self._work()), loop.create_task(self._beat())]

    async def _enter(self):
        """Joined before the look: whoever ends the session after it tells this socket too."""
        self.user_id = await self.feed.holders.ask(self.key)
        if self.user_id is None:
            raise Over(SIGNED_OUT)
        self.join(sessions.group_of_person(self.user_id))
        self.feed.join(self)
        await self._stay()

    async def disconnect(self, code):
        """Every step is tried, whatever fails before it."""
        self.sight = None
        async with AsyncExitStack() as goodbye:
            goodbye.push_async_callback(self.presence.leave)
            goodbye.push_async_callback(asyncio.gather, *self.tasks, return_exceptions=True)
            goodbye.callback(self._leave)

    def join(self, group):
        self.joined.append(group)
        self.exchange.join(group, self)

    def leave(self, group):
        if group in self.joined:
            self.joined.remove(group)
            self.exchange.leave(group, self)

    def _leave(self):
        self.sight = None
        for task in self.tasks:
            task.cancel()
        for group in list(self.joined):
            self.leave(group)
        self.feed.leave(self)

    # --- what comes -----------------------------------------------------------------------------
    def told(self, message):
        """From the exchange or the feed."""
        self.note(message["type"])

    def note(self, kind, content=None):
        self.noted[kind] = content
        self.woken.set()

    async def receive(self, text_data=None, bytes_data=None):
        try:
            content = json.loads(text_data or bytes_data or "null")
        except ValueError:
            return
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "open" and isinstance(content.get("case") or "", str):
            self.note("open", content.get("case") or "")
        elif kind == "hello":
            self.note("hello", content.get("since"))

    async def _beat(self):
        while True:
            await asyncio.sleep(PING_SECONDS)
            self.note("pulse")

    # --- what is done ---------------------------------------------------------------------------
    async def _work(self):
        try:
            await self._enter()
            while True:
                await self.woken.wait()
                self.woken.clear()
                noted, self.noted = self.noted, {}
                for kind, act in ACTS.items():
                    if kind in noted:
                        await act(self, noted[kind])
        except Over as over:
            await self._end(*over.args)
        except DatabaseError:
            log.exception("The log could not be read for a listener")
            await self._end(TRY_AGAIN)
        except Exception:
            log.exception("A listener broke")
            await self._end(TRY_AGAIN)

    async def _end(self, code):
        """Closed at once; nobody sees the person at a case any more."""
        self.sight = None
        async with AsyncExitStack() as goodbye:
            goodbye.push_async_callback(self.close, code)
            goodbye.push_async_callback(self.presence.leave)

    async def _session_over(self, _content):
        """Signed out, or somebody else signed in on this browser."""
        raise Over(SIGNED_OUT)

    async def _stay(self, _content=None):
        """Look again; Over where the session is over, or where that cannot be known."""
        try:
            found = await look(self.key)
        except DatabaseError:
            log.exception("The session of a listener could not be read")
            raise Over(TRY_AGAIN) from None
        if found is None or found[0].user != self.user_id:
            raise Over(SIGNED_OUT)
        self.sight, left = found
        self.until = monotonic() + left

    async def _in_time(self):
        """The session's time is not up, or was prolonged by use; else Over."""
        if "session.over" in self.noted:
            raise Over(SIGNED_OUT)
        if monotonic() >= self.until:
            await self._stay()

    async def _hello(self, since):
        place = since if isinstance(since, int) else -1
        head, rows = await self.feed.log.ask(place)
        known = 0 <= place <= head
        self.seq = place if known else head
        await self._say({"type": "welcome", "seq": self.seq, "now": _now()})
        if since is not None and not known:
            await self._reset(head)
        else:
            await self._catch_up(head, rows)
        await self._event()

    async def _event(self, _content=None):
        """Tell what the feed has beyond the last place told."""
        while self.seq is not None and self.seq < (self.feed.seq or 0):
            row = self.feed.rows.get(self.seq + 1)
            if row:
                await self._tell(row)
                continue
            before = self.seq
            await self._catch_up(*await self.feed.log.ask(before))
            if self.seq == before:
                return

    async def _catch_up(self, head, rows):
        if head - self.seq > feeds.LONGEST_GAP:
            await self._reset(head)
        for row in rows:
            if row.seq > self.seq:
                await self._tell(row)

    async def _reset(self, head):
        self.seq = head
        await self._say({"type": "reset", "seq": head})

    async def _another_log(self, _content):
        """The log is shorter than it was: restored from before."""
        if self.seq is not None and self.feed.seq is not None:
            await self._reset(self.feed.seq)

    async def _tell(self, row):
        self.seq = row.seq
        if self._hears(row):
            await self._in_time()
            if self._hears(row):  # rights may have been read anew
                await self.send(text_data=row.text)

    def _hears(self, row) -> bool:
        return self.sight is not None and row.is_heard_by(self.sight)

    async def _notice(self, _content):
        """Somebody was told something; what, the page asks for."""
        await self._in_time()
        await self._say({"type": "notice"})

    async def _pulse(self, _content):
        """Ping and read session and rights again; without a database the client tries again."""
        await self._stay()
        await self._say({"type": "ping", "seq": self.seq, "now": _now()})
        await self.presence.renew()

    async def _open(self, number):
        await self.presence.open(number)

    async def _presence(self, _content):
        """Somebody came to the open case, or left it."""
        await self.presence.tell()

    async def _say(self, message):
        await self.send(text_data=json.dumps(message))

    send_json = _say


ACTS = {
    "session.over": LiveConsumer._session_over,
    "session.recheck": LiveConsumer._stay,
    "live.restored": LiveConsumer._stay,
    "hello": LiveConsumer._hello,
    "case.reset": LiveConsumer._another_log,
    "case.event": LiveConsumer._event,
    "case.notice": LiveConsumer._notice,
    "open": LiveConsumer._open,
    "case.presence": LiveConsumer._presence,
    "pulse": LiveConsumer._pulse,
}  # in this order: rights before whatever they let through


def _now() -> str:
    return timezone.now().isoformat()
