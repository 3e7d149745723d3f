"""Short messages through the gateway of the installation.

A gateway is a directory beside this file with one function
`send(phone, text, reference) -> str` that answers the gateway's own id, or raises `Failed`.
`settings.SMS_GATEWAY` names it; `outbox` writes to a file and is the default. To add one, copy a
directory. The same `reference` is the same message: a gateway may get it twice.
"""

import logging
from importlib import import_module

from django.conf import settings

log = logging.getLogger(__name__)


class Failed(Exception):
    """The gateway did not take the message.

    `again`: whether trying later makes sense. `ours`: nothing is wrong with the message, the
    gateway is busy or does not know us, so the try is not counted against it. `after`: the
    seconds to wait that the gateway asked for, or None.
    """

    def __init__(self, reason, *, again=True, ours=False, after=None):
        super().__init__(reason)
        self.again = again
        self.ours = ours
        self.after = after


def send(phone: str, text: str, *, reference: str) -> str:
    """Hand over one message; the gateway's id. Whatever goes wrong is `Failed`."""
    gateway = import_module(settings.SMS_GATEWAY)
    try:
        return gateway.send(phone, text, reference)
    except Failed:
        raise
    except Exception as error:
        log.exception("The gateway %s broke down", settings.SMS_GATEWAY)
        raise Failed(f"gateway: {type(error).__name__}: {error}") from error
