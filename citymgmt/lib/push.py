"""Sending to the channel layer from anywhere: a request, a task, the embedded timer's thread.

The in-process layer belongs to the event loop of the server, so a message from another thread
is handed over to that loop; in a process without a server there is nobody to tell.
"""

import asyncio
import threading
from contextlib import contextmanager

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

_state = threading.local()
_loop: asyncio.AbstractEventLoop | None = None


class Unreachable(Exception):
    """The channel layer did not take the message."""


def serve_from(loop) -> None:
    """Called by a consumer when a client connects: messages go through this loop."""
    global _loop
    _loop = loop


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


def to_group(group: str, message: dict) -> None:
    """Send; raises Unreachable if the broker is gone."""
    layer = get_channel_layer()
    if settings.REDIS_URL:
        try:
            async_to_sync(layer.group_send)(group, message)
        except (RedisError, OSError) as error:
            raise Unreachable(str(error)) from error
    elif _loop is not None and _loop.is_running():
        asyncio.run_coroutine_threadsafe(layer.group_send(group, message), _loop)
