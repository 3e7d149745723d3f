"""What rooms above this one do with reports of certain sources, and what they do every day.

A call becomes a case through the hotline, a public report through the portal. Who plays the life
of a city (`simulate`) enters reports through `intake` and ends each day with the `chores`, so
that it need not know those rooms; they register themselves when the application starts.
"""

from collections.abc import Callable
from typing import Any

from cases.machine.reports import Report, report

_intakes: dict[str, Callable[..., Any]] = {}
_chores: dict[str, Callable[..., Any]] = {}


def register_intake(source: str, enter: Callable[..., Any]) -> None:
    """`enter(rng=, by=, class_code=, lon=, lat=, source=, within=, ...)` answers the case."""
    _intakes[source] = enter


def register_chore(name: str, do: Callable[..., Any]) -> None:
    """`do(now=, rng=, people=)` does what is due of a kind; raises what its actions raise."""
    _chores[name] = do


def intake(source: str) -> Callable[..., Any]:
    """How a report of this source comes in; without a room of its own, straight as a case."""
    return _intakes.get(source, _report)


def chores() -> list[Callable[..., Any]]:
    return [_chores[name] for name in sorted(_chores)]


def _report(*, rng: Any, by: Any, photos: Any, within: Any, class_code: Any, **said: Any) -> Any:
    told = Report(matter_class=class_code, **said)
    case, _created = report(told, by=by, photos=photos, within=within)
    return case
