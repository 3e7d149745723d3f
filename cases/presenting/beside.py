"""What apps above show on the page of a case: blocks beside its facts, and lines in its log."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Block(NamedTuple):
    """`read(user, case)` gives what the template shows as `block`, or None for nothing."""

    template: str
    read: Callable[[Any, Any], dict | None]


_blocks: list[Block] = []
_lines: list[Callable[[Any, Any], list[dict]]] = []


def block(template: str, read) -> None:
    """For `AppConfig.ready` of an app above; the same again changes nothing."""
    if (new := Block(template, read)) not in _blocks:
        _blocks.append(new)


def lines(read) -> None:
    """`read(user, case)` gives steps as `parts/timeline.html` draws them."""
    if read not in _lines:
        _lines.append(read)


def blocks_of(user, case) -> list[dict]:
    found = [(one.template, one.read(user, case)) for one in _blocks]
    return [{"template": template} | shown for template, shown in found if shown is not None]


def with_lines(user, case, steps: list[dict]) -> list[dict]:
    """The steps of the log with those of the apps above among them, by time."""
    more = [step for read in _lines for step in read(user, case)]
    return sorted([*steps, *more], key=lambda step: step["at"]) if more else steps
