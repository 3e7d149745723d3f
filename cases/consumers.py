"""The websocket of the live feed: what the person may see, in order, without a gap."""

import asyncio
import logging
from dataclasses import dataclass

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.utils import timezone

from cases import live
from cases.presence import Presence
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
    """Read afresh, so that a right taken away ends with the next ping. None: signed out."""
    user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    areas = Area.objects.overseen_places(user).values_list("id", flat=True)
    return Sight(user.pk, frozenset(areas), handled_departments(user))


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Client: `{"type": "hello", "topics", "since"}`, `{"type": "open", "case": number or null}`.
    Server: welcome, event, reset, ping; presence of others at the open case."""

    seq: int | None = None
    sight: Sight | None = None
    pulse: asyncio.Task | None = None
    presence: Presence | None = None

    async def connect(self):
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(SIGNED_OUT)
            return
        self.user_id = user.pk
        self.sight = await sight_of(user.pk)
        self.presence = Presence(self)
        push.serve_from(asyncio.get_running_loop())
        await self.channel_layer.group_add(live.GROUP, self.channel_name)
        await self.accept()
        self.pulse = asyncio.create_task(self._beat())

    async def disconnect(self, code):
        if self.pulse:
            self.pulse.cancel()
        if self.presence:
            await self.presence.leave()
        await self.channel_layer.group_discard(live.GROUP, self.channel_name)

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
        if self.sight and self.sight.user in message["people"]:
            await self.send_json({"type": "notice"})

    async def _catch_up(self):
        for envelope in await database_sync_to_async(live.since)(self.seq, LONGEST_GAP):
            if envelope["told"]["seq"] > self.seq:
                await self._tell(envelope)

    async def _tell(self, envelope):
        self.seq = envelope["told"]["seq"]
        if self.sight and self.sight.covers(envelope):
            await self.send_json(envelope["told"])

    async def _beat(self):
        """Ping and read the rights again; without a database the client is sent to try again."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            try:
                self.sight = await sight_of(self.user_id)
            except DatabaseError:
                log.exception("The rights of a listener could not be read")
                await self.close(TRY_AGAIN)
                return
            if self.sight is None:
                await self.close(SIGNED_OUT)
                return
            await self.send_json({"type": "ping", "seq": self.seq, "now": _now()})
            await self.presence.renew()


def _now() -> str:
    return timezone.now().isoformat()
