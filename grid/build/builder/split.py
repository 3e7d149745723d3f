"""Cuts that divide large blocks into equal parts along their own shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .mesh import Array

Vectors = NDArray[np.float64]

# A cut may leave the equal share by this much of a part if it meets less building there.
SHIFTS = (0.0, 0.08, -0.08, 0.16, -0.16, 0.24, -0.24)


def cut_lines(blocks: Array, target: float, buildings: Array | None = None) -> Array:
    """Lines that cut every one of the blocks, at least one, into two or more equal parts of about
    `target` m².

    A block is halved (or cut n/2 : n - n/2) across the long axis of its smallest rotated
    rectangle, and its parts again, until each holds one share. All blocks advance together, one
    level at a time, so that the work is done on arrays. Where buildings are given, a cut is moved
    a little to where it meets least of them.
    """
    share = shapely.area(blocks)
    share = share / np.maximum(2, np.rint(share / target))
    tree = shapely.STRtree(buildings) if buildings is not None and len(buildings) else None
    lines = []
    while len(blocks):
        first, second, across = _halves(blocks, share, tree)
        lines.append(across)
        parts, owner = shapely.get_parts(np.r_[first, second], return_index=True)
        share = np.r_[share, share][owner]
        again = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 1.5 * share)
        blocks, share = parts[again], share[again]
    cuts = shapely.get_parts(np.concatenate(lines))
    return np.asarray(cuts[shapely.get_dimensions(cuts) == 1])


@dataclass(frozen=True)
class Frame:
    """Axes of each block: a corner, unit vectors along and across, extents in both, widened."""

    origin: Vectors
    along: Vectors
    across: Vectors
    low: Vectors
    high: Vectors
    left: Vectors
    right: Vectors

    def corner(self, u: Vectors, v: Vectors) -> Vectors:
        return self.origin + u[:, None] * self.along + v[:, None] * self.across

    def line(self, u: Vectors) -> Array:
        """The line across each block at `u` along it."""
        ends = [self.corner(u, self.left), self.corner(u, self.right)]
        lines: Array = shapely.linestrings(np.stack(ends, axis=1))
        return lines

    def box(self, u0: Vectors, u1: Vectors) -> Array:
        ring = [self.corner(u, v) for u, v in ((u0, self.left), (u1, self.left))]
        ring += [self.corner(u, v) for u, v in ((u1, self.right), (u0, self.right))]
        boxes: Array = shapely.polygons(np.stack([*ring, ring[0]], axis=1))
        return boxes


def _halves(
    blocks: Array, share: Vectors, tree: shapely.STRtree | None
) -> tuple[Array, Array, Array]:
    """The two sides of one cut through each block, and the cut itself."""
    parts = np.maximum(2, np.rint(shapely.area(blocks) / share))
    frame, edges = _measured(blocks)
    wanted = (parts // 2) / parts
    at = _position(blocks, frame, edges, wanted)
    if tree is not None:
        at = _clearest(blocks, frame, edges, wanted, 1 / parts, at, tree)
    return (
        shapely.intersection(blocks, frame.box(frame.low, at)),
        shapely.intersection(blocks, frame.box(at, frame.high)),
        shapely.intersection(blocks, frame.line(at)),
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


Edges = tuple[Vectors, Vectors, Vectors, Vectors, NDArray[np.intp]]


def _measured(blocks: Array) -> tuple[Frame, Edges]:
    """The frame of each block, and all edges in its coordinates: u and v of both ends, owner."""
    origin, along = _axes(blocks)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
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
    frame = Frame(origin, along, across, low - 1, high + 1, left - 1, right + 1)
    return frame, (u[edge], u[edge + 1], v[edge], v[edge + 1], block[edge])


def _position(blocks: Array, frame: Frame, edges: Edges, fraction: Vectors) -> Vectors:
    """Where along the axis the given fraction of the area lies before the cut.

    The area before u = t is the sum over edges of -∫ v du with both ends clipped to t: the cut
    itself adds nothing because du is zero on it.
    """
    u0, u1, v0, v1, owner = edges
    run = u1 - u0
    slope = np.divide(v1 - v0, run, out=np.zeros_like(run), where=run != 0)
    wanted = shapely.area(blocks) * fraction
    below, above = frame.low.copy(), frame.high.copy()
    for _round in range(36):  # a kilometre to less than a micrometre
        t = (below + above) / 2
        c0, c1 = np.minimum(u0, t[owner]), np.minimum(u1, t[owner])
        strip = (c0 - c1) * (2 * v0 + slope * (c0 + c1 - 2 * u0)) / 2
        less = np.bincount(owner, strip, len(blocks)) < wanted
        below, above = np.where(less, t, below), np.where(less, above, t)
    return (below + above) / 2


def _clearest(
    blocks: Array,
    frame: Frame,
    edges: Edges,
    wanted: Vectors,
    share: Vectors,
    at: Vectors,
    tree: shapely.STRtree,
) -> Vectors:
    """Of the cuts at `wanted` and a little beside it, the one with the least building under it.

    share: the part of the area that one cell holds. Equal ones: the earlier of SHIFTS.
    """
    best, least = at, _metres_inside(shapely.intersection(blocks, frame.line(at)), tree)
    for shift in SHIFTS[1:]:
        if not least.any():
            break
        other = _position(blocks, frame, edges, wanted + shift * share)
        metres = _metres_inside(shapely.intersection(blocks, frame.line(other)), tree)
        # A millimetre: which of two equal cuts wins must not hang on the noise of arithmetic.
        better = metres < least - 0.001
        best, least = np.where(better, other, best), np.where(better, metres, least)
    return best


def _metres_inside(lines: Array, tree: shapely.STRtree) -> Vectors:
    """Length of each line that lies in buildings."""
    line, building = tree.query(lines, predicate="intersects")
    inside = shapely.length(shapely.intersection(lines[line], tree.geometries[building]))
    return np.bincount(line, inside, len(lines)).astype(float)
