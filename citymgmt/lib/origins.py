"""Websockets are opened by pages of this site alone: the same scheme, host and port.

A browser sends cookies to every port of a host, so a page that another program serves on the same
machine could listen in with the session of whoever looks at it.
"""

from io import BytesIO

from channels.security.websocket import WebsocketDenier
from django.core.handlers.asgi import ASGIRequest
from django.middleware.csrf import CsrfViewMiddleware

SCHEMES = {"ws": "http", "wss": "https"}


class OwnOrigin:
    """ASGI: a websocket from elsewhere, or without an Origin, is refused.

    The rule is that of forms: the address that was asked, or one of `CSRF_TRUSTED_ORIGINS`.
    """

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        application = self.application if is_own(scope) else WebsocketDenier()
        return await application(scope, receive, send)


def is_own(scope) -> bool:
    scheme = SCHEMES[scope.get("scheme", "ws")]
    request = ASGIRequest({**scope, "method": "GET", "scheme": scheme}, BytesIO())
    # Made anew: it keeps the trusted origins of the settings that it saw first.
    forms = CsrfViewMiddleware(lambda request: None)
    return "HTTP_ORIGIN" in request.META and forms._origin_verified(request)
