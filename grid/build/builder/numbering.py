"""The sequence of unit grids inside a community, and their codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

ROW_M = 100.0  # height of a row: the side of a cell of 10,000 m²
MOST = 999  # three digits


class HasPolygon(Protocol):
    @property
    def polygon(self) -> BaseGeometry: ...


C = TypeVar("C", bound=HasPolygon)


def reading_order(
    polygons: Sequence[BaseGeometry] | NDArray[np.object_],
    *,
    first: NDArray[np.intp] | None = None,
    row: float = ROW_M,
) -> list[int]:
    """Indexes in the order of reading a page: rows from north to south, west to east in a row.

    The rule "west → east, north → south" names two directions, not which one leads. Rows lead
    here, as in the sister standard's "left → right, top → bottom"; a row is a band of `row`
    metres counted from the northernmost centroid (of the group `first`, which is kept together).
    """
    centres = shapely.get_coordinates(shapely.centroid(np.asarray(polygons, dtype=object)))
    if not len(centres):
        return []
    x, y = centres.T
    group = np.zeros(len(x), dtype=np.intp) if first is None else first
    top = np.full(group.max() + 1, -np.inf)
    np.maximum.at(top, group, y)
    band = np.floor((top[group] - y) / row)
    return [int(n) for n in np.lexsort((y, x, band, group))]


def number_cells(cells: Sequence[C], community_code: str) -> list[tuple[str, C]]:
    """15-digit codes for the cells of one community: its 12 digits and 001, 002, … in order."""
    if len(community_code) != 12 or not (community_code.isascii() and community_code.isdigit()):
        raise ValueError(f"a community code has 12 digits, not {community_code!r}")
    if len(cells) > MOST:
        raise ValueError(
            f"community {community_code} would have {len(cells)} unit grids; "
            f"three digits can number {MOST}: divide the community or raise the target area"
        )
    order = reading_order([cell.polygon for cell in cells])
    return [(f"{community_code}{n:03d}", cells[i]) for n, i in enumerate(order, start=1)]
