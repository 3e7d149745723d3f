"""HTTP and websocket in one process; in the embedded profile the timers run beside them."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from citymgmt.lib import handler, unread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymgmt.settings")
http = handler.application()
unread.install()

from django.urls import path  # noqa: E402 - the apps must be loaded first

from cases.consumers import LiveConsumer  # noqa: E402
from citymgmt.lib import embedded  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter([path("ws/live/", LiveConsumer.as_asgi())]))
        ),
    }
)
embedded.start()
