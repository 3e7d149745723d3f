"""The live feed as one web process hears it: read once, told to all its listeners.

The messages of the publishers come in the order of the feed or are put into it: whatever is
missing between the last place and a new one is read from the log, once for the process. A
listener keeps nothing but the place it has reached, and takes what follows from the rows kept
here; one that is too slow for them reads the log, with all who do so at that moment.
"""

import asyncio
import json
import logging
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from channels.db import database_sync_to_async

from cases.feed import log as live
from cases.feed import sight
from citymgmt.lib import push
from citymgmt.lib.together import Together

KEPT = 200  # rows that a slow listener may be behind before it reads the log
LONGEST_GAP = 500  # rows told after a cut; past it the client refetches its pages
LOOK_SECONDS = 2.0  # between two looks at the log for what no message told

log = logging.getLogger(__name__)
_feed: "Feed | None" = None


class Row:
    """One place of the feed: written out once for all, asked for once per scope of rights."""

    def __init__(self, envelope: dict[str, Any]) -> None:
        self.envelope = envelope
        self.seq: int = envelope["told"]["seq"]
        self._heard_in: dict[sight.Scope, bool] = {}

    @cached_property
    def text(self) -> str:
        return json.dumps(self.envelope["told"])

    def is_heard_by(self, who: sight.Sight) -> bool:
        if who.scope not in self._heard_in:
            self._heard_in[who.scope] = who.scope.covers(self.envelope)
        return self._heard_in[who.scope] or who.user in self.envelope["people"]


def read(places: Iterable[int]) -> dict[int, tuple[int, list[Row]]]:
    """For each place the newest one, and the rows after it; none where they are too many."""
    places = set(places)
    head = live.head()
    behind = [place for place in places if 0 <= head - place <= LONGEST_GAP and place >= 0]
    oldest = min(behind, default=head)
    rows = [Row(one) for one in live.since(oldest, head - oldest)] if oldest < head else []
    return {
        place: (head, [row for row in rows if row.seq > place] if place in behind else [])
        for place in places
    }


def feed() -> "Feed":
    """The feed of the event loop that runs."""
    global _feed
    exchange = push.exchange()
    if _feed is None or _feed.exchange is not exchange:
        _feed = Feed(exchange)
    return _feed


class Feed:
    """Member of the group of all cases, for the listeners. Used in the event loop only."""

    def __init__(self, exchange: push.Exchange) -> None:
        self.exchange = exchange
        self.listeners: set[Any] = set()
        self.seq: int | None = None
        self.rows: dict[int, Row] = {}
        self.log = Together(database_sync_to_async(read))
        self.sights = Together(sight.look, sight.MOST)
        self.holders = Together(sight.look_for_holders)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def join(self, listener) -> None:
        """`listener.told(message)` is called with what is new; it must return at once."""
        if not self.listeners:
            self.exchange.join(live.GROUP, self)
            self._start("watch", self._watch)
        self.listeners.add(listener)

    def leave(self, listener) -> None:
        self.listeners.discard(listener)
        if not self.listeners:
            self.exchange.leave(live.GROUP, self)
            for task in self._tasks.values():
                task.cancel()
            self._tasks, self.seq, self.rows = {}, None, {}

    def told(self, message: dict[str, Any]) -> None:
        """From the exchange."""
        if message["type"] == "case.event":
            self._take(message["envelope"])
        elif message["type"] == "case.notice":
            self._tell(message, [one for one in self.listeners if one.user_id in message["people"]])
        elif message == push.RESTORED:
            self._start("look", self._look_again)
            self._tell({"type": "case.notice"})  # there may have been one

    def _take(self, envelope) -> None:
        seq = envelope["told"]["seq"]
        if self.seq is None or seq > self.seq + 1:
            self._start("look", self._look_again)
        elif seq == self.seq + 1:
            self._add(Row(envelope))
            self._tell({"type": "case.event"})

    def _add(self, row: Row) -> None:
        self.seq = row.seq
        self.rows[row.seq] = row
        self.rows.pop(row.seq - KEPT, None)

    def _tell(self, message, listeners=None) -> None:
        for listener in self.listeners if listeners is None else listeners:
            listener.told(message)

    async def look(self) -> None:
        """Put in place what the log has beyond the last place known here."""
        before = self.seq
        head, rows = await self.log.ask(-1 if before is None else before)
        if before is None or head < before or head - before > LONGEST_GAP:
            # A start, another log than before, or too much: each listener sees to itself.
            self.seq, self.rows = head, {}
        for row in rows:
            if row.seq == self.seq + 1:
                self._add(row)
        if before is not None and head < before:
            self._tell({"type": "case.reset"})
        elif self.seq != before:
            self._tell({"type": "case.event"})

    async def _watch(self) -> None:
        while True:
            await self._look_again()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_again(self) -> None:
        try:
            await self.look()
        except Exception:
            log.exception("The log could not be read for the live feed; the next look will try")

    def _start(self, name, work) -> None:
        """One of each is enough: it reads whatever there is."""
        if name not in self._tasks or self._tasks[name].done():
            self._tasks[name] = asyncio.get_running_loop().create_task(work())
