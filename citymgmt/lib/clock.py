"""How long this machine has been running, which nobody can set; and whether to act by the clock.

The clock of the day can be set to anything, by hand or by a wrong time server. What acts by it of
itself (`by_the_clock`) asks first whoever watches it (`watched_by`).
"""

import time
import uuid
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

P, R = ParamSpec("P"), TypeVar("R")
BOOT = Path("/proc/sys/kernel/random/boot_id")
_watchers: list[Callable[[], bool]] = []


@cache
def machine() -> str:
    """Whose running time `running` tells: this start of this machine, else this process."""
    return BOOT.read_text().strip() if BOOT.exists() else str(uuid.uuid4())


def running() -> float:
    """Seconds that pass whatever the clock is set to; those of sleep count where that is known."""
    if BOOT.exists():
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def watched_by(watcher: Callable[[], bool]) -> None:
    """For `AppConfig.ready`: `watcher()` says whether the clock is believed."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def by_the_clock(deed: Callable[P, R]) -> Callable[P, R | None]:
    """Decorator of what a timer does because of the day or the hour: not by a clock that is
    doubted; None then. It finds what is due when the clock is right again."""

    @wraps(deed)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R | None:
        return deed(*args, **kwargs) if all(watcher() for watcher in _watchers) else None

    return asked
