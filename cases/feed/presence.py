"""Who has a case open at a desk: told to the others who have it open, and to nobody else.

What is known stands in the cache for a moment and is renewed by the pulse of the websocket; a
browser that vanished is forgotten by itself, a tab that was closed at once. Two that write in the
same instant may lose one row until its next pulse.
"""

import logging
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from cases.models import Case
from citymgmt.accounts.models import User
from citymgmt.lib import push

KEPT_SECONDS = 30  # three pulses

log = logging.getLogger(__name__)
Row = dict[str, Any]  # user (key), name, post (its name by language), until (seconds since 1970)


def _key(number):
    return f"case-open-{number}"


def _rows(number, now) -> dict[str, Row]:
    found = cache.get(_key(number)) or {}
    return {socket: row for socket, row in found.items() if row["until"] > now.timestamp()}


def enter(number, socket, row, now) -> None:
    """This socket has the case open, for KEPT_SECONDS from now."""
    until = now.timestamp() + KEPT_SECONDS
    rows = _rows(number, now) | {socket: row | {"until": until}}
    cache.set(_key(number), rows, KEPT_SECONDS)


def leave(number, socket, now) -> None:
    rows = _rows(number, now)
    rows.pop(socket, None)
    if rows:
        cache.set(_key(number), rows, KEPT_SECONDS)
    else:
        cache.delete(_key(number))


def others(number, user, now) -> list[dict]:
    """{name, post} of everybody else who has the case open, each once, by name."""
    rows = _rows(number, now).values()
    found = {row["user"]: row for row in rows if row["user"] != user}
    people = [{"name": row["name"], "post": row["post"]} for row in found.values()]
    return sorted(people, key=lambda person: person["name"])


@database_sync_to_async
def row_of(user_id, number) -> Row | None:
    """The person as others read of them; None where the case is not theirs to know."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not Case.objects.visible_to(user).filter(number=number).exists():
        return None
    post = next((membership.post for membership in user.current_memberships), None)
    names = {"zh-hans": post.name_zh, "en": post.name_en} if post else {}
    return {"user": user.pk, "name": str(user), "post": names}


class Presence:
    """The open case of one websocket. `consumer` is told by the message `case.presence`."""

    def __init__(self, consumer):
        self.consumer = consumer
        self.number = ""
        self.told: list[dict] = []

    @property
    def group(self):
        return f"case-open-{self.number}"

    async def open(self, number) -> None:
        """Another case, or none ("") is in view now."""
        await self.leave()
        row = await row_of(self.consumer.user_id, number) if number else None
        if row is None:
            return
        self.number, self.told = number, []
        self.consumer.join(self.group)
        await self._kept(enter, self.number, self.consumer.name, row)
        await self._changed()

    async def leave(self) -> None:
        if not self.number:
            return
        try:
            self.consumer.leave(self.group)
            await self._kept(leave, self.number, self.consumer.name)
            await self._changed()
        finally:
            self.number = ""

    async def renew(self) -> None:
        """With every pulse: still here, unless the right was taken away; who is not any more?"""
        if not self.number:
            return
        row = await row_of(self.consumer.user_id, self.number)
        if row is None:
            await self.leave()
            return
        await self._kept(enter, self.number, self.consumer.name, row)
        await self.tell()

    async def tell(self) -> None:
        """Say who else is there, where that changed."""
        if not self.number or await row_of(self.consumer.user_id, self.number) is None:
            return
        people = await self._kept(others, self.number, self.consumer.user_id)
        if people is None or people == self.told:
            return
        self.told = people
        message = {"type": "presence", "case": self.number, "people": people}
        await self.consumer.send_json(message)

    async def _kept(self, function, *args):
        """Call a function of the cache. Without the broker nobody is known to be there."""
        call = sync_to_async(partial(function, *args, timezone.now()), thread_sensitive=False)
        return await self._reached(call())

    async def _changed(self):
        await self._reached(push.send(self.group, {"type": "case.presence"}))

    async def _reached(self, waiting):
        try:
            return await waiting
        except (RedisError, OSError, push.Unreachable):
            if not settings.REDIS_URL:
                raise
            log.warning("Who has which case open is not known: the broker is out of reach.")
            return None
