"""How many bytes a request may bring: by its path, and by whether somebody known sends it.

What is too much is refused before it is on disk: `asgi` counts for any server, `daphne` before
that server keeps a body (it hands over none that is not complete).
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from django.conf import settings

Scope = dict[str, Any]
Known = Callable[[Scope], Awaitable[bool]]


class Most(NamedTuple):
    """Bytes that a stranger, and somebody signed in, may send to an address."""

    stranger: int
    known: int


def most_of(path: str) -> Most:
    """The first row of `settings.BODY_LIMITS` whose beginning the path has."""
    return next(
        Most(stranger, known)
        for beginning, stranger, known in settings.BODY_LIMITS
        if path.startswith(beginning)
    )


def length_of(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Bytes that the request announces; 0 where it does not, or not as a number."""
    said = next((value for name, value in headers if name == b"content-length"), b"")
    return int(said) if said.isdigit() and len(said) < 20 else 0


class Count:
    """The bytes of one request, announced or received, against what it may bring.

    Who sends it is asked for once, and only when a stranger might not send so much.
    """

    def __init__(self, scope: Scope, known: Known) -> None:
        self._scope, self._known = scope, known
        self.most = most_of(scope["path"])
        self._limit: int | None = None

    def fits_all(self, size: int) -> bool:
        return size <= (self.most.stranger if self._limit is None else self._limit)

    def is_of_known(self, size: int) -> bool:
        """Whether so much is taken from somebody known and from nobody else."""
        return self.most.stranger < size <= self.most.known

    async def fits(self, size: int) -> bool:
        """Whether so many bytes are taken from this sender."""
        if not self.fits_all(size) and self._limit is None:
            known = size <= self.most.known and await self._known(self._scope)
            self._limit = self.most.known if known else self.most.stranger
        return self.fits_all(size)
