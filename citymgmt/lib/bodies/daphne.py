"""The limits inside Daphne, which otherwise keeps a whole body before it hands a request over.

What is too much is thrown away as it comes, all but the texts of a form that somebody known might
send; its sender gets the answer of `bodies.asgi` when all is sent, as a browser reads none before.
Whoever sends on and on is cut off.
"""

import asyncio
import logging
from urllib.parse import unquote

from daphne import http_protocol
from django.conf import settings

from citymgmt.lib.bodies import Count, Known
from citymgmt.lib.bodies.texts import Texts, texts_of

log = logging.getLogger(__name__)
Request = http_protocol.WebRequest


class BoundedRequest(Request):
    """A request of Daphne whose body is counted while it comes."""

    known: Known
    taken = announced = 0
    whole = False
    refused = failed = False
    asking: asyncio.Task | None = None
    texts: Texts | None = None  # of a form that is refused as a whole

    def gotLength(self, length):
        super().gotLength(length)
        self.count = Count(self._scope(), self.known)
        self.announced = length or 0
        self._look(self.announced)

    def handleContentChunk(self, data):
        self.taken += len(data)
        if not self.refused:
            self._look(self.taken)
        if not self.refused:
            super().handleContentChunk(data)
        elif self.taken > settings.BODY_DISCARDED_MOST:
            self.channel.forceAbortClient()
        elif self.texts:
            self.texts.feed(data)

    def process(self):
        self.whole = True
        if self.asking:
            return None  # goes on when it is known who sends this
        if self.refused:
            if self.texts and self.texts.whole:
                self.content.write(self.texts.kept)
                self.content.seek(0)
            # The application answers by the announced length.
            size = max(self.taken, self.count.most.known + 1 if self.failed else 0)
            self.requestHeaders.setRawHeaders(b"content-length", [str(size).encode()])
        return super().process()

    def _look(self, size):
        if self.count.fits_all(size) or self.asking:
            return
        self.channel._networkProducer.pauseProducing()
        self.asking = asyncio.ensure_future(self.count.fits(size))
        self.asking.add_done_callback(self._answered)

    def _answered(self, task):
        self.asking = None
        self.failed = task.cancelled() or task.exception() is not None
        self.refused = self.failed or not task.result()
        if self.failed:
            log.error(
                "Nobody knows who sends a body",
                exc_info=None if task.cancelled() else task.exception(),
            )
        if self.refused:
            self._drop()
        if self.channel is None:  # gone meanwhile
            return
        if self.whole:
            self.process()
        else:
            self.channel._networkProducer.resumeProducing()

    def _drop(self):
        """Nothing of it is kept but what was typed."""
        self.content.seek(0)
        if self.count.is_of_known(self.announced):
            self.texts = texts_of(self._scope()["headers"], self.count.most.stranger)
        if self.texts:
            self.texts.feed(self.content.read())
            self.content.seek(0)
        self.content.truncate()

    def _scope(self):
        headers = self.requestHeaders.getAllRawHeaders()
        path = unquote(self.channel._path.split(b"?")[0].decode("latin-1"))
        pairs = [(name.lower(), value) for name, values in headers for value in values]
        return {"type": "http", "path": path, "headers": pairs}


def install(known: Known) -> None:
    """From now on each connection of this process has its bodies counted."""
    BoundedRequest.known = staticmethod(known)
    http_protocol.WebRequest = BoundedRequest
