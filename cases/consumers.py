"""The websocket of the live feed: what the person may see, in order, without a gap.

It lives as long as the session it was opened under: told of the end it closes at once, and without
being told it looks again with every ping and when the session's time is up.
"""

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import DatabaseError
from django.utils import timezone

from cases import live
from cases.presence import Presence
from citymgmt.accounts import sessions
from citymgmt.accounts.models import User
from citymgmt.accounts.rules import handled_departments
from citymgmt.lib import push
from grid.models import Area

PING_SECONDS = 10
LONGEST_GAP = 500  # rows sent after a cut; past it the client refetches its pages
SIGNED_OUT, TRY_AGAIN = 4401, 1013

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sight:
    """What one person may hear of; the same rule as `Case.objects.visible_to`."""

    user: int
    areas: frozenset[int]
    departments: frozenset[int]

    def covers(self, envelope) -> bool:
        return (
            not self.areas.isdisjoint(envelope["areas"])
            or envelope["dept"] in self.departments
            or self.user in envelope["people"]
        )


@database_sync_to_async
def sight_of(user_id) -> Sight | None:
    """Read afresh, so that a right taken away ends with the next look. None: signed out."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    areas = Area.objects.overseen_places(user).values_list("id", flat=True)
    return Sight(user.pk, frozenset(areas), handled_departments(user))


@database_sync_to_async
def look(key: str | None) -> tuple[Sight, float] | None:
    """What may be heard under this session, and for how many seconds; None: it is over."""
    found = sessions.person_of(key, timezone.now())
    if found is None:
        return None
    user, left = found
    sight = sight_of.func(user.pk)
    return None if sight is None else (sight, left)


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Client: `{"type": "hello", "since"}`, `{"type": "open", "case": number or null}`.
    Server: welcome, event, notice, reset, ping; presence of others at the open case."""

    seq: int | None = None
    sight: Sight | None = None
    until: float = 0  # on the clock of `monotonic`: the session is not over before
    key: str | None = None
    pulse: asyncio.Task | None = None
    presence: Presence | None = None
    groups_joined: tuple[str, ...] = ()

    async def connect(self):
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(SIGNED_OUT)
            return
        self.user_id = user.pk
        self.presence = Presence(self)
        self.key = self.scope["session"].session_key
        push.serve_from(asyncio.get_running_loop())
        # Joined before the look: whoever ends the session after it tells this socket too.
        await self._join(user.pk)
        if not await self._look():
            await self.close(SIGNED_OUT)
            return
        await self.accept()
        self.pulse = asyncio.create_task(self._beat())

    async def disconnect(self, code):
        self.sight = None
        if self.pulse:
            self.pulse.cancel()
        if self.presence:
            await self.presence.leave()
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def _join(self, person_id):
        person = sessions.group_of_person(person_id)
        self.groups_joined = (live.GROUP, person, sessions.group_of_session(self.key))
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)

    async def _look(self) -> bool:
        """Whether the session goes on; what may be heard is known anew."""
        found = await look(self.key)
        self.sight, left = found or (None, 0.0)
        self.until = monotonic() + left
        return self.sight is not None

    async def session_over(self, message):
        """From the channel layer: signed out, or somebody else signed in on this browser."""
        await self._end(SIGNED_OUT)

    async def session_recheck(self, message):
        """From the channel layer: rights, password or account of this person changed."""
        await self._stay()

    async def _stay(self) -> bool:
        """Look again; close where the session is over, or where that cannot be known."""
        try:
            if await self._look():
                return True
        except DatabaseError:
            log.exception("The session of a listener could not be read")
            await self._end(TRY_AGAIN)
            return False
        await self._end(SIGNED_OUT)
        return False

    async def _end(self, code):
        """Closed at once; nobody sees the person at a case any more."""
        self.sight = None
        if self.presence:
            await self.presence.leave()
        await self.close(code)

    async def receive_json(self, content, **kwargs):
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "open" and isinstance(content.get("case") or "", str):
            await self.presence.open(content.get("case") or "")
        elif kind == "hello":
            await self._hello(content)

    async def case_presence(self, message):
        """From the channel layer: somebody came to the open case, or left it."""
        await self.presence.tell()

    async def _hello(self, content):
        head = await database_sync_to_async(live.head)()
        since = content.get("since")
        known = isinstance(since, int) and 0 <= since <= head
        self.seq = since if known else head
        await self.send_json({"type": "welcome", "seq": self.seq, "now": _now()})
        if (since is not None and not known) or head - self.seq > LONGEST_GAP:
            self.seq = head
            await self.send_json({"type": "reset", "seq": head})
        else:
            await self._catch_up()

    async def case_event(self, message):
        """From the channel layer. A gap in the numbers means something was lost on the way."""
        if self.seq is None:
            return
        envelope = message["envelope"]
        seq = envelope["told"]["seq"]
        if seq == self.seq + 1:
            await self._tell(envelope)
        elif seq > self.seq:
            await self._catch_up()

    async def case_notice(self, message):
        """From the channel layer: somebody was told something; what, the page asks for."""
        if self.sight and self.sight.user in message["people"] and await self._in_time():
            await self.send_json({"type": "notice"})

    async def _catch_up(self):
        for envelope in await database_sync_to_async(live.since)(self.seq, LONGEST_GAP):
            if envelope["told"]["seq"] > self.seq:
                await self._tell(envelope)

    async def _tell(self, envelope):
        self.seq = envelope["told"]["seq"]
        if self.sight and self.sight.covers(envelope) and await self._in_time():
            await self.send_json(envelope["told"])

    async def _in_time(self) -> bool:
        """The session's time is not up, or was prolonged by use."""
        return monotonic() < self.until or await self._stay()

    async def _beat(self):
        """Ping and read session and rights again; without a database the client tries again."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            if not await self._stay():
                return
            await self.send_json({"type": "ping", "seq": self.seq, "now": _now()})
            await self.presence.renew()


def _now() -> str:
    return timezone.now().isoformat()
