"""How long this process waits for its database.

Programs that people wait for are in a hurry (`hurry()`, called where the web process starts):
a statement, a lock and the server's silence have an end there. Commands and workers import,
build and evaluate for as long as it takes; only their connecting has an end.

A server that is frozen keeps no limit of its own, and its machine goes on answering for it: the
end of that wait is on this side.
"""

import select

import psycopg2
from django.conf import settings
from psycopg2 import extensions

GRACE = 2  # seconds for the server's own word that a statement took too long
_hurried = False


class Frozen(psycopg2.OperationalError):
    """The server said nothing for too long."""


class Connection(extensions.connection):
    """`patience`: seconds to wait for the server's next word; at first for the connection."""

    @property
    def patience(self):
        return getattr(self, "_patience", settings.DATABASE_LIMITS["connect"])

    @patience.setter
    def patience(self, seconds):
        self._patience = seconds


def hurry() -> None:
    """This process answers people: its waits for PostgreSQL end, from its next connection on."""
    global _hurried
    _hurried = True
    extensions.set_wait_callback(wait)


def hurried() -> bool:
    return _hurried


def options() -> str:
    """What the server itself is told, as an option of the connection."""
    limits = settings.DATABASE_LIMITS
    told = {
        "statement_timeout": limits["statement"],
        "lock_timeout": limits["lock"],
        "idle_in_transaction_session_timeout": limits["idle"],
    }
    return " ".join(f"-c {name}={round(1000 * seconds)}" for name, seconds in told.items())


def silence() -> float | None:
    """Seconds of silence after which a server is given up; None where a statement has no limit."""
    seconds = settings.DATABASE_LIMITS["statement"]
    return seconds + GRACE if seconds else None


def wait(connection) -> None:
    """psycopg2's callback: come back when the answer is there; Frozen when it does not come."""
    patience = getattr(connection, "patience", None)
    most = None if patience is None else 1000 * patience
    while (state := connection.poll()) != extensions.POLL_OK:
        poll = select.poll()
        reads = state == extensions.POLL_READ
        poll.register(connection.fileno(), select.POLLIN if reads else select.POLLOUT)
        if not poll.poll(most):
            raise Frozen(f"the database said nothing for {patience} seconds")
