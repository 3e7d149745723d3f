"""HTTP and websocket in one process; in the embedded profile the timers run beside them."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import CookieMiddleware

from citymgmt.lib import handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymgmt.settings")
http = handler.application()

from django.urls import path  # noqa: E402 - the apps must be loaded first

from cases.consumers import LiveConsumer  # noqa: E402
from citymgmt.lib import embedded  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            CookieMiddleware(URLRouter([path("ws/live/", LiveConsumer.as_asgi())]))
        ),
    }
)
embedded.start()
