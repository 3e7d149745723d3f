"""Deeds that collide in the database are tried again; nobody sees the collision itself."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from citymgmt.lib.errors import NotNow

P, R = ParamSpec("P"), TypeVar("R")
COLLISIONS = {"40P01", "40001"}  # deadlock detected, serialization failure (PostgreSQL)


def collided(error: OperationalError) -> bool:
    """Whether the database gave this transaction up in favour of another one."""
    return getattr(error.__cause__, "sqlstate", "") in COLLISIONS


def retried(deed: Callable[P, R]) -> Callable[P, R]:
    """Decorator of a deed that is one transaction: once more after a collision, then NotNow.

    Inside another transaction it is left to whoever began that one, for all of it was undone.
    Locks are taken in one order (docs/adr/0028), so this is for what nobody thought of.
    """

    @wraps(deed)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return deed(*args, **kwargs)
        try:
            return deed(*args, **kwargs)
        except OperationalError as error:
            if not collided(error):
                raise
        try:
            return deed(*args, **kwargs)
        except OperationalError as error:
            if not collided(error):
                raise
            detail = _("Others are changing the same things at this moment. Try again.")
            raise NotNow(detail, "busy") from error

    return tried
