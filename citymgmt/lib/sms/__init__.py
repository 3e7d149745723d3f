"""Short messages through the gateway of the installation.

A gateway is a directory beside this file with one function
`send(phone, text, reference) -> str` that answers the gateway's own id, or raises `Failed`.
`settings.SMS_GATEWAY` names it; `outbox` writes to a file and is the default. To add one, copy a
directory. The same `reference` is the same message: a gateway may get it twice.
"""

from importlib import import_module

from django.conf import settings


class Failed(Exception):
    """The gateway did not take the message; `again`: whether trying later makes sense."""

    def __init__(self, reason, again=True):
        super().__init__(reason)
        self.again = again


def send(phone: str, text: str, *, reference: str) -> str:
    """Hand over one message; the gateway's id."""
    return import_module(settings.SMS_GATEWAY).send(phone, text, reference)
