"""Daphne hands a body over unread.

Twisted reads forms by itself before anybody asks: the whole body in memory once more, for nothing,
and what it cannot read is refused with an empty answer that is not in the words of the product.
Django reads forms, and says what is wrong with them.
"""

from daphne import http_protocol


def install() -> None:
    """For every connection of this process from now on."""

    class Request(http_protocol.WebRequest):
        def __init__(self, *args, **options):
            super().__init__(*args, **{**options, "parsePOSTFormSubmission": False})

    http_protocol.WebRequest = Request
