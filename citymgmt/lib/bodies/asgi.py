"""An ASGI application behind the limits: what announces or brings too much is answered with 413.

A form of a page whose session is over is the exception: it goes on without the contents of its
files, so that the answer can hold what was typed.
"""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from citymgmt.lib.bodies import Count, Known, length_of
from citymgmt.lib.bodies.texts import texts_of
from citymgmt.lib.own import HEADER

STATUS = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
ONLY_TEXTS = "city.only_texts"  # in a scope: its files were left out for want of a session


class Bounded:
    """`known` says whether a session or token of somebody comes with a scope. `signed_out` makes
    the answer to a script whose body would be taken from somebody known."""

    def __init__(self, application, known: Known, signed_out: Callable[[], HttpResponse]) -> None:
        self.application, self.known, self.signed_out = application, known, signed_out

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        count = Count(scope, self.known)
        over = length_of(scope["headers"])
        if await count.fits(over):
            counted = _Counted(receive, count)
            await self.application(scope, counted, send)
            over = counted.over
        elif form := await _texts(scope, receive, count, over):
            await self.application(_of_texts(scope, form), _once(form, receive), send)
            return
        if over:
            await _refuse(scope, send, self.signed_out if count.is_of_known(over) else None)


class _Counted:
    """`receive` that ends as if the sender had gone when more comes than is taken: whoever reads
    throws away what it has, and answers nothing. `over`: how much had come by then, else 0."""

    def __init__(self, receive, count):
        self.receive, self.count = receive, count
        self.taken = self.over = 0

    async def __call__(self):
        message = await self.receive()
        self.taken += len(message.get("body", b""))
        if not await self.count.fits(self.taken):
            self.over = self.taken
            return {"type": "http.disconnect"}
        return message


async def _texts(scope, receive, count, size) -> bytes | None:
    """The form of a page without its files, or None where there is none to keep."""
    if not count.is_of_known(size) or _is_script(_request(scope)):
        return None
    texts = texts_of(scope["headers"], count.most.stranger)
    taken, more = 0, texts is not None
    while more and taken <= settings.BODY_DISCARDED_MOST:
        message = await receive()
        taken += len(message.get("body", b""))
        texts.feed(message.get("body", b""))
        more = message.get("more_body", False)
    return bytes(texts.kept) if texts and texts.whole else None


def _of_texts(scope, form):
    length = (b"content-length", str(len(form)).encode())
    return {**scope, "headers": [*_without_length(scope), length], ONLY_TEXTS: True}


def _once(form, receive):
    """`receive` of a body that is here; what comes after it is of the connection."""
    waiting = [{"type": "http.request", "body": form, "more_body": False}]

    async def first_of_it():
        return waiting.pop() if waiting else await receive()

    return first_of_it


async def _refuse(scope, send, signed_out):
    answer = _answer(scope, signed_out)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


def _answer(scope, signed_out) -> HttpResponse:
    """JSON for programs, a page for people, in their language."""
    request = _request(scope)
    with translation.override(translation.get_language_from_request(request)):
        script = _is_script(request)
        if script and signed_out:
            answer: HttpResponse = signed_out()
        elif script:
            detail = _("The request is too large.")
            said = {"detail": detail, "code": "too_large", "fields": {}}
            answer = JsonResponse(said, status=STATUS)
        else:
            answer = HttpResponse(render_to_string("413.html"), status=STATUS)
    answer.headers[HEADER] = "1"
    answer.headers["Connection"] = "close"
    return answer


def _request(scope) -> ASGIRequest:
    """Without a body: what can be told by the headers."""
    return ASGIRequest({**scope, "headers": _without_length(scope)}, BytesIO())


def _is_script(request) -> bool:
    return request.path.startswith("/api/") or not request.accepts("text/html")


def _without_length(scope):
    return [pair for pair in scope["headers"] if pair[0] != b"content-length"]
