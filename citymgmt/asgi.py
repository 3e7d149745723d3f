"""HTTP and websocket in one process; in the embedded profile the timers run beside them."""

import os
from functools import partial

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware

from citymgmt.lib import handler, unread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymgmt.settings")
http = handler.application()
unread.install()

from django.urls import path  # noqa: E402 - the apps must be loaded first

from cases.feed.consumers import LiveConsumer  # noqa: E402
from citymgmt.accounts import ended  # noqa: E402
from citymgmt.accounts.claims import is_known  # noqa: E402
from citymgmt.lib import embedded  # noqa: E402
from citymgmt.lib.bodies import asgi, daphne  # noqa: E402
from citymgmt.lib.origins import OwnOrigin  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": asgi.Bounded(http, is_known, partial(ended.refuse, 401, ended.SIGNED_OUT)),
        "websocket": OwnOrigin(
            CookieMiddleware(URLRouter([path("ws/live/", LiveConsumer.as_asgi())]))
        ),
    }
)
daphne.install(is_known)
embedded.start()
