"""Up to which day figures are final: whoever freezes them registers here at start."""

from collections.abc import Callable
from datetime import date

_sources: list[Callable[[], date | None]] = []


def register(last_closed: Callable[[], date | None]) -> None:
    """For `AppConfig.ready`. `last_closed()` answers the last day of the latest closed month."""
    if last_closed not in _sources:
        _sources.append(last_closed)


def last_closed_day() -> date | None:
    days = [day for source in _sources if (day := source()) is not None]
    return max(days, default=None)
