"""One thread per request from the first middleware to the last.

All middleware and views of this project are synchronous. Django's own ASGI handler runs the
innermost step on the event loop whatever surrounds it: every request then waits in a thread for
the loop, and a server told to stop while requests run never ends, because the loop is gone
before they have come back. Here the loop hands a request to its thread once and takes the answer.
"""

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http.response import HttpResponseBase

from citymgmt.lib.postgis import limits


class ThreadedHandler(ASGIHandler):
    """ASGI on the outside, the middleware chain of a synchronous server inside."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: ASGIRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def application() -> ThreadedHandler:
    django.setup(set_prefix=False)
    limits.hurry()
    return ThreadedHandler()
