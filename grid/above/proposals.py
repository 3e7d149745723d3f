"""Management and evaluation grids proposed from what lies below them. Pure: metres in, keys out.

Rules (codes §2.6): 1–5 adjacent unit grids of one community make a management grid; adjacent
management grids of one community make an evaluation grid. Two pieces are adjacent when they share
a border, not only a corner.
"""

from collections import defaultdict
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

MOST = 5  # unit grids in a management grid
GOOD = 4  # aimed at, which leaves room for what would stand alone
EVALUATION_MOST, EVALUATION_GOOD = 12, 10  # management grids in an evaluation grid (ours)
TOUCH_M = 0.5  # a shorter common border is a corner

Neighbours = dict[Hashable, dict[Hashable, float]]
Group = list[Hashable]


@dataclass(frozen=True)
class Piece:
    """A unit or management grid: its key (order decides between equals), community, ground."""

    key: Hashable
    community: Hashable
    shape: BaseGeometry  # metres


@dataclass(frozen=True)
class Fault:
    """`kind`: count, community, apart, missing (a piece in no group) or several."""

    kind: str
    group: Hashable
    keys: tuple[Hashable, ...] = ()


def neighbours(pieces: Sequence[Piece]) -> Neighbours:
    """Common border in metres, by piece and neighbour."""
    found: Neighbours = {piece.key: {} for piece in pieces}
    shapes = np.array([piece.shape for piece in pieces], dtype=object)
    if not len(shapes):
        return found
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.length(shapely.intersection(shapes[first], shapes[second]))
    for a, b, metres in zip(first.tolist(), second.tolist(), shared.tolist(), strict=True):
        if metres >= TOUCH_M:
            found[pieces[a].key][pieces[b].key] = metres
            found[pieces[b].key][pieces[a].key] = metres
    return found


def propose(
    pieces: Iterable[Piece], most: int = MOST, good: int = GOOD
) -> dict[Hashable, list[Group]]:
    """Groups of keys by community, the same for the same pieces in any order.

    Each begins at the free piece with the fewest free neighbours, so that none is left behind,
    and grows along the longest common border.
    """
    by_community: dict[Hashable, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_community[piece.community].append(piece)
    found = {}
    for community in sorted(by_community, key=str):
        members = sorted(by_community[community], key=lambda piece: str(piece.key))
        near = neighbours(members)
        groups = _grow([piece.key for piece in members], near, good)
        found[community] = sorted(_join_small(groups, near, most), key=lambda g: str(g[0]))
    return found


def _grow(order: Group, near: Neighbours, good: int) -> list[Group]:
    free = dict.fromkeys(order)
    groups = []
    while free:
        seed = min(free, key=lambda key: sum(other in free for other in near[key]))
        group = [seed]
        del free[seed]
        while len(group) < good:
            borders = _borders(group, near, free)
            if not borders:
                break
            best = max(borders, key=lambda key: (borders[key], -order.index(key)))
            group.append(best)
            del free[best]
        groups.append(sorted(group, key=str))
    return groups


def _borders(group: Group, near: Neighbours, wanted: Container[Hashable]) -> dict[Hashable, float]:
    """How long the border of each wanted piece with the group is."""
    found: dict[Hashable, float] = {}
    for key in group:
        for other, metres in near[key].items():
            if other in wanted:
                found[other] = found.get(other, 0.0) + metres
    return found


def _join_small(groups: list[Group], near: Neighbours, most: int) -> list[Group]:
    """A group of one or two goes to the smallest neighbour that has room."""
    groups = [list(group) for group in groups]
    for group in sorted(groups, key=lambda g: (len(g), str(g[0]))):
        if not 0 < len(group) <= 2:
            continue
        touching = _borders(group, near, {k for g in groups if g is not group for k in g})
        able = [
            other for other in groups
            if other is not group and len(other) + len(group) <= most
            and any(key in touching for key in other)
        ]  # fmt: skip
        if able:
            best = min(able, key=lambda g: (len(g), str(g[0])))
            best[:] = sorted([*best, *group], key=str)
            group.clear()
    return [group for group in groups if group]


def faults(
    groups: Mapping[Hashable, Sequence[Hashable]], pieces: Sequence[Piece], most: int = MOST
) -> list[Fault]:
    """What is wrong with groups of keys: too many, two communities, apart, missing, twice."""
    known = {piece.key: piece for piece in pieces}
    near = neighbours(pieces)
    found, held = [], defaultdict(list)
    for code in sorted(groups, key=str):
        keys = tuple(groups[code])
        present = [key for key in keys if key in known]
        for key in present:
            held[key].append(code)
        if not 1 <= len(keys) <= most or len(present) != len(keys):
            found.append(Fault("count", code, keys))
        if len({known[key].community for key in present}) > 1:
            found.append(Fault("community", code, keys))
        if present and not _connected(present, near):
            found.append(Fault("apart", code, keys))
    for key in sorted(known, key=str):
        if not held[key]:
            found.append(Fault("missing", None, (key,)))
        elif len(held[key]) > 1:
            found.append(Fault("several", held[key][0], (key,)))
    return found


def _connected(keys: Sequence[Hashable], near: Neighbours) -> bool:
    seen: set[Hashable] = set()
    waiting = [keys[0]]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += [other for other in near[key] if other in keys]
    return len(seen) == len(set(keys))
