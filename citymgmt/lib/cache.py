"""The cache that all processes share, and what each does by itself while it is away.

What is computed is computed again. Limits go on being counted, by each process for itself: a
limit is then higher than it says, and nobody is refused for a fault of ours.
"""

import logging
import time

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

AWAY_SECONDS = 5  # between two looks for a cache that is away: each may take its whole limit
SAY_SECONDS = 60
OWN_ENTRIES = 10_000
OPERATIONS = (
    "add", "clear", "decr", "delete", "delete_many", "get", "get_many", "has_key", "incr", "set",
    "set_many", "touch",
)  # fmt: skip

log = logging.getLogger(__name__)


class Absence:
    """When a cache is looked for again, known to all threads of this process."""

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.until = self.said = float("-inf")

    def lasts(self) -> bool:
        return self.clock() < self.until

    def begins(self, error) -> None:
        now = self.clock()
        self.until = now + AWAY_SECONDS
        if now - self.said >= SAY_SECONDS:
            self.said = now
            log.warning("The cache is out of reach; this process counts by itself: %s", error)


_absences: dict[str, Absence] = {}


class SharedCache(BaseCache):
    """Redis; while it is away, the memory of this process."""

    def __init__(self, location, params):
        super().__init__(params)
        self.shared = RedisCache(location, params)
        self.own = LocMemCache(location, {**params, "OPTIONS": {"MAX_ENTRIES": OWN_ENTRIES}})
        self.absence = _absences.setdefault(location, Absence())

    def _ask(self, operation, *args, **kwargs):
        if not self.absence.lasts():
            try:
                return getattr(self.shared, operation)(*args, **kwargs)
            except (RedisError, OSError) as error:
                self.absence.begins(error)
        return getattr(self.own, operation)(*args, **kwargs)


def _asking(operation):
    def ask(self, *args, **kwargs):
        return self._ask(operation, *args, **kwargs)

    ask.__name__ = operation
    return ask


for _operation in OPERATIONS:
    setattr(SharedCache, _operation, _asking(_operation))
