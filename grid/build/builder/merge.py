"""Slivers join the neighbour they share most border with."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .mesh import Mesh

Links = list[dict[int, float]]
OFTEN = 500  # slivers between two words of progress


def links_of(mesh: Mesh, community: NDArray[np.intp]) -> Links:
    """Per face its neighbours in the same community and the metres shared with each."""
    links: Links = [defaultdict(float) for _ in community]
    inner = mesh.right >= 0
    left, right, length = mesh.left[inner], mesh.right[inner], mesh.lengths[inner]
    same = (community[left] == community[right]) & (left != right)
    for a, b, metres in zip(
        left[same].tolist(), right[same].tolist(), length[same].tolist(), strict=True
    ):
        links[a][b] += metres
        links[b][a] += metres
    return links


def merge_slivers(
    areas: NDArray[np.float64],
    links: Links,
    is_open: NDArray[np.bool_],
    *,
    stays: NDArray[np.bool_],
    minimum: float,
    ceiling: float = float("inf"),
    tell: Callable[[int, int], None],
) -> NDArray[np.intp]:
    """Group number of every face after the smallest, one by one, joined a neighbour.

    A built-up neighbour goes before open land, one that stays below `ceiling` before one that
    does not, then the longest shared edge decides. A face without neighbour stays alone, and so
    does one marked in `stays`, which others may join. `tell` hears (slivers looked at, found).
    """
    size, group = areas.tolist(), list(range(len(areas)))
    queue = [(area, n) for n, area in enumerate(size) if area < minimum and not stays[n]]
    heapq.heapify(queue)
    done, total = 0, len(queue)
    while queue:
        if done % OFTEN == 0:
            tell(done, total)
        area, face = heapq.heappop(queue)
        done += 1
        if group[face] != face or size[face] != area or not links[face]:
            continue
        host = max(
            links[face].items(),
            key=lambda link: (
                not is_open[link[0]],
                size[link[0]] + area <= ceiling,
                link[1],
                -link[0],
            ),
        )[0]
        _absorb(host, face, links)
        group[face], size[host] = host, size[host] + area
        if size[host] < minimum and not stays[host]:
            heapq.heappush(queue, (size[host], host))
            total += 1
    tell(done, total)
    return _roots(group)


def _absorb(host: int, face: int, links: Links) -> None:
    for other, metres in links[face].items():
        del links[other][face]
        if other != host:
            links[host][other] += metres
            links[other][host] += metres
    links[face] = {}


def _roots(group: list[int]) -> NDArray[np.intp]:
    roots = np.asarray(group, dtype=np.intp)
    while True:
        further = roots[roots]
        if np.array_equal(further, roots):
            return roots
        roots = further
