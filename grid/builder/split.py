"""Cuts that divide large blocks into equal parts along their own shape."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from .mesh import Array

Vectors = NDArray[np.float64]


def cut_lines(blocks: Array, target: float) -> Array:
    """Lines that cut every block into equal parts of about `target` m², at least two.

    A block is halved (or cut n/2 : n - n/2) across the long axis of its smallest rotated
    rectangle, and its parts again, until each holds one share. All blocks advance together, one
    level at a time, so that the work is done on arrays.
    """
    share = shapely.area(blocks)
    share = share / np.maximum(2, np.rint(share / target))
    lines = []
    while len(blocks):
        first, second, across = _halves(blocks, share)
        lines.append(across)
        parts, owner = shapely.get_parts(np.r_[first, second], return_index=True)
        share = np.r_[share, share][owner]
        again = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 1.5 * share)
        blocks, share = parts[again], share[again]
    if not lines:
        return np.array([], dtype=object)
    cuts = shapely.get_parts(np.concatenate(lines))
    return np.asarray(cuts[shapely.get_dimensions(cuts) == 1])


def _halves(blocks: Array, share: Vectors) -> tuple[Array, Array, Array]:
    """The two sides of one cut through each block, and the cut itself."""
    origin, along = _axes(blocks)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    parts = np.maximum(2, np.rint(shapely.area(blocks) / share))
    at, low, high, left, right = _position(blocks, origin, along, across, (parts // 2) / parts)

    def corner(u: Vectors, v: Vectors) -> Vectors:
        return origin + u[:, None] * along + v[:, None] * across

    def box(u0: Vectors, u1: Vectors) -> Array:
        ring = [corner(u0, left), corner(u1, left), corner(u1, right), corner(u0, right)]
        boxes: Array = shapely.polygons(np.stack([*ring, ring[0]], axis=1))
        return boxes

    line = shapely.linestrings(np.stack([corner(at, left), corner(at, right)], axis=1))
    return (
        shapely.intersection(blocks, box(low, at)),
        shapely.intersection(blocks, box(at, high)),
        shapely.intersection(blocks, line),
    )


def _axes(blocks: Array) -> tuple[Vectors, Vectors]:
    """A corner and the unit vector of the long side of each smallest rotated rectangle."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(blocks)).reshape(-1, 5, 2)
    sides = corners[:, 1:3] - corners[:, 0:2]
    length = np.hypot(sides[..., 0], sides[..., 1])
    pick = np.arange(len(blocks)), np.argmax(length, axis=1)
    along = sides[pick] / length[pick][:, None]
    # One of the two directions of an axis, whatever corner the rectangle began with.
    backward = (along[:, 0] < 0) | ((along[:, 0] == 0) & (along[:, 1] < 0))
    return corners[:, 0], np.where(backward[:, None], -along, along)


def _position(
    blocks: Array, origin: Vectors, along: Vectors, across: Vectors, fraction: Vectors
) -> tuple[Vectors, Vectors, Vectors, Vectors, Vectors]:
    """Where along the axis the given fraction of the area lies before the cut.

    The area before u = t is the sum over edges of -∫ v du with both ends clipped to t: the cut
    itself adds nothing because du is zero on it. Returns (t, and the extent in u and v, widened).
    """
    rings, ring_block = shapely.get_rings(shapely.orient_polygons(blocks), return_index=True)
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    block = ring_block[ring]
    local = coords - origin[block]
    u, v = (local * along[block]).sum(axis=1), (local * across[block]).sum(axis=1)
    low, left = np.full((2, len(blocks)), np.inf)
    high, right = np.full((2, len(blocks)), -np.inf)
    for value, least, most in ((u, low, high), (v, left, right)):
        np.minimum.at(least, block, value)
        np.maximum.at(most, block, value)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    u0, u1, v0, v1, owner = u[edge], u[edge + 1], v[edge], v[edge + 1], block[edge]
    run = u1 - u0
    slope = np.divide(v1 - v0, run, out=np.zeros_like(run), where=run != 0)
    wanted = shapely.area(blocks) * fraction
    below, above = low.copy(), high.copy()
    for _round in range(36):  # a kilometre to less than a micrometre
        t = (below + above) / 2
        c0, c1 = np.minimum(u0, t[owner]), np.minimum(u1, t[owner])
        strip = (c0 - c1) * (2 * v0 + slope * (c0 + c1 - 2 * u0)) / 2
        less = np.bincount(owner, strip, len(blocks)) < wanted
        below, above = np.where(less, t, below), np.where(less, above, t)
    return (below + above) / 2, low - 1, high + 1, left - 1, right + 1
