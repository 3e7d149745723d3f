"""Requests on a fixed number of lasting threads, each with a database connection that it keeps.

All middleware and views of this project are synchronous. Django's own ASGI handler makes a thread
for every request: each opens a connection and dies with it, so a server has as many sessions as
there are requests at one moment, and more until the dead are collected. Here a request waits its
turn for one of `HTTP_THREADS` threads and is done there from the first signal to the last: what it
answers is whole when the thread is free, so neither a slow client nor a slow line holds a thread
or a connection.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from citymgmt.lib.postgis import limits


class ThreadedHandler(ASGIHandler):
    """ASGI on the outside, a synchronous server of `HTTP_THREADS` threads inside."""

    def __init__(self) -> None:
        super().__init__()
        self.threads = ThreadPoolExecutor(settings.HTTP_THREADS, thread_name_prefix="http")

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This answers HTTP, not {scope['type']}.")
        await self.handle(scope, receive, send)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        turn = threading.Lock()  # who has it has the request: the thread, or who gives it up
        answer = sync_to_async(self._answer, thread_sensitive=False, executor=self.threads)
        work = asyncio.create_task(answer(turn, scope, body))
        left = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await self.send_response(work.result(), send)
        except asyncio.CancelledError:
            # The server stops: what has begun may still need the loop, to tell of what it did.
            if turn.locked():
                await asyncio.wait({work})
            raise
        finally:
            work.cancel()
            left.cancel()
            if turn.acquire(blocking=False):
                body.close()

    def _answer(self, turn: threading.Lock, scope: Any, body: IO[bytes]) -> HttpResponseBase | None:
        """The whole of a request, on the thread that it got; None where it was given up."""
        if not turn.acquire(blocking=False):
            return None
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, response = self.create_request(scope, body)
        if request is None:
            body.close()
        else:
            response = self.get_response(request)
        response._handler_class = self.__class__
        try:
            return _whole(response)
        finally:
            response.close()  # files and the body; then the signal that the request is finished


def _whole(response: Any) -> HttpResponseBase:
    """The same response; what it would read while it is sent, it has read."""
    if response.streaming:
        if isinstance(response, FileResponse):
            response.block_size = ThreadedHandler.chunk_size
        with ExitStack() as until_kept:
            memory = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
            kept = until_kept.enter_context(SpooledTemporaryFile(memory))
            for part in response:
                kept.write(part)
            kept.seek(0)
            until_kept.pop_all()
        response.streaming_content = _pieces(kept)
    return response


async def _pieces(kept: IO[bytes]) -> AsyncIterator[bytes]:
    with kept:
        while piece := kept.read(ThreadedHandler.chunk_size):
            yield piece
            await asyncio.sleep(0)  # others get a turn on the loop


async def _left(receive: Any) -> None:
    """Wait until the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def application() -> ThreadedHandler:
    django.setup(set_prefix=False)
    limits.hurry()
    return ThreadedHandler()
