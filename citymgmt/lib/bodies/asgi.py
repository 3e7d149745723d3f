"""An ASGI application behind the limits: what announces or brings too much is answered with 413."""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from citymgmt.lib.bodies import Count, Known, length_of
from citymgmt.lib.own import HEADER

STATUS = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


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
        if over:
            lets_in = count.most.stranger < over <= count.most.known
            await _refuse(scope, send, self.signed_out if lets_in else None)


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


async def _refuse(scope, send, signed_out):
    answer = _answer(scope, signed_out)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


def _answer(scope, signed_out) -> HttpResponse:
    """JSON for programs, a page for people, in their language."""
    request = ASGIRequest({**scope, "headers": _without_length(scope)}, BytesIO())
    with translation.override(translation.get_language_from_request(request)):
        script = request.path.startswith("/api/") or not request.accepts("text/html")
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


def _without_length(scope):
    return [pair for pair in scope["headers"] if pair[0] != b"content-length"]
