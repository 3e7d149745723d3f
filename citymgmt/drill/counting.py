"""From what was acknowledged and what is there to the figures of a drill. Pure.

Every act carries a mark that nothing else has, as a part of its content: the mark of a report is
its description, that of a step its opinion, that of a photo its identifier. So what is there can
be counted without asking the product what it takes for the same.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """`what`: report, photo, or the action of a step; `case`: its number."""

    what: str
    case: str
    mark: str


@dataclass
class Stored:
    """What is there after the drill. `closed`: numbers of the closed cases; `contents`: digests of
    the photos, each of which was sent once; `places`: of the rows of the log in the feed, None
    where one has none; `head`: the newest place that was given; `named`, `files`: paths that rows
    name, and those on the disk."""

    acts: list[Act]
    closed: list[str]
    contents: list[str]
    places: list[int | None]
    head: int
    named: set[str]
    files: set[str]


def faults(acknowledged: Collection[Act], stored: Stored) -> dict[str, list[str]]:
    """{figure: [what is wrong, a line each]} of what the database and the disk can tell."""
    return {
        "missing": missing(acknowledged, stored),
        "doubled": doubled(stored),
        "unclosed": unclosed(acknowledged, stored),
        "gaps": gaps(stored.places, stored.head),
        "orphans": sorted(stored.files - stored.named),
    }


def missing(acknowledged: Collection[Act], stored: Stored) -> list[str]:
    lost = set(acknowledged) - set(stored.acts)
    return sorted(map(str, lost)) + sorted(stored.named - stored.files)


def doubled(stored: Stored) -> list[str]:
    """One line for every time too many."""
    counted = Counter(f"{act.what} {act.mark}" for act in stored.acts)
    counted.update(f"photo of {content}" for content in stored.contents)
    return [mark for mark, times in sorted(counted.items()) for _again in range(times - 1)]


def unclosed(acknowledged: Collection[Act], stored: Stored) -> list[str]:
    """Cases of which those who closed them and the database say different things."""
    told = {act.case for act in acknowledged if act.what == "close"}
    found = set(stored.closed)
    return [f"{case} was closed and is not" for case in sorted(told - found)] + [
        f"{case} is closed, which nobody was told" for case in sorted(found - told)
    ]


def gaps(places: Iterable[int | None], head: int) -> list[str]:
    """Places up to the head that no row has, rows beyond it, rows without a place."""
    counted = Counter(places)
    without = counted.pop(None, 0)
    taken = set(counted)
    whole = set(range(1, head + 1))
    return (
        [f"place {place} is empty" for place in sorted(whole - taken)]
        + [f"place {place} is beyond the head" for place in sorted(taken - whole)]
        + ["a row without a place"] * without
    )
