"""What stands on unit grids in the apps above: each registers itself at start.

grid imports none of them; it asks how many stand on cells that are to end, and tells them to move
on the day of the change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from grid.models import GridChange

CountFunction = Callable[[Sequence[int], date], int]
MoveFunction = Callable[[GridChange], int]
OutsideFunction = Callable[[], Sequence[tuple[str, float, float]]]


@dataclass(frozen=True)
class Dependant:
    """name: key in figures; label: a lazy translation.

    count(ids of unit grids, day) answers how many stand on them. move(change) is called once, in
    the transaction that settles the change, on its day or later; it reads `change.ending` and
    `change.beginning` and answers how many moved. None: they keep the cell valid at their time.
    outside() answers (code, lon, lat) of those that lie on no valid cell.
    """

    name: str
    label: str
    count: CountFunction
    move: MoveFunction | None = None
    outside: OutsideFunction | None = None


_dependants: dict[str, Dependant] = {}


def register(name, label, count, move=None, outside=None) -> None:
    """For `AppConfig.ready`."""
    _dependants[name] = Dependant(name, label, count, move, outside)


def registered() -> list[Dependant]:
    return [_dependants[name] for name in sorted(_dependants)]
