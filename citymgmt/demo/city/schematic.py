"""A schematic (示意) district for the demonstration: real names and codes, invented geography.

The register of divisions says what the streets and communities are called, not where they lie.
So the ground is drawn here: a long district north of the Yellow River, a built-up strip of
about 25 km² between the bank and the hills, communities bounded by roads. Nothing in it is a
survey. Pure and deterministic: the same divisions and seed give the same district.

Drawn in two plane coordinates, s along the river from west to east and t from the bank to the
north, laid on a lattice of columns and bands whose edges are shared by everything that touches
them; then bent along the river into metres of the local zone, then turned into stored degrees.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import split

from citymgmt.demo.city import names
from grid import geometry

DIVISIONS = Path(__file__).parent / "data" / "anning_divisions.csv"
CENTRE = (103.72, 36.10)
COLUMN_M = 750
TILT = math.radians(-14)  # the valley runs from west-north-west to east-south-east
# Bank, riverside road, two main roads, the road at the foot of the hills, the ridge.
LEVELS_M = (0, 90, 530, 985, 1430, 4700)
BANK, RIVERSIDE, FOOT, RIDGE = 0, 1, 4, 5
BUILT_BANDS = 3  # between the riverside road and the foot of the hills
RIVER_M = 260
PARK_M2 = (22_000, 60_000)


class Division(NamedTuple):
    code: str
    name: str
    level: str
    parent: str


class Road(NamedTuple):
    name: str
    kind: str  # main, secondary, lane
    line: LineString


@dataclass(frozen=True)
class Schematic:
    """All in stored degrees; communities tile the streets, the streets tile the district."""

    district: Polygon
    streets: dict[str, Polygon]
    communities: dict[str, Polygon]
    roads: list[Road]
    river: Polygon
    parks: list[tuple[str, Polygon]]
    blocks: list[Polygon]


class Placement(NamedTuple):
    """A spot beside a road, in stored degrees; `road` is the index, `side` left or right."""

    point: Point
    road: int
    side: str
    station_m: float


def read_divisions(path: Path = DIVISIONS) -> list[Division]:
    """The register: code, name, level (district, street, community), code of the parent."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Division(**row) for row in csv.DictReader(file)]


def schematic(
    divisions: Sequence[Division | tuple[str, str, str, str]], seed: int = 1
) -> Schematic:
    """Draw the district of these divisions."""
    rng = np.random.default_rng(seed)
    plan = _plan([Division(*row) for row in divisions], rng)
    lattice = Lattice(len(plan), rng)
    grounds = {
        (column, band): lattice.ground(column, band)
        for column in range(len(plan))
        for band in range(RIDGE)
    }
    communities = _communities(plan, grounds)
    roads, blocks = _streets_and_blocks(lattice, grounds, rng)
    parks = _parks(blocks, grounds, rng)
    return _in_degrees(plan, communities, roads, blocks, parks, lattice.river())


# --- who lies where ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Column:
    """One column of the lattice: its street, and per built band the code of the community."""

    street: str
    bands: tuple[str, ...]


def _plan(divisions: list[Division], rng: np.random.Generator) -> list[Column]:
    streets = [d.code for d in divisions if d.level == "street"]
    known = {code: place for place, code in enumerate(names.STREETS_WEST_TO_EAST)}
    streets.sort(key=lambda code: (known.get(code, len(known)), code))
    columns = []
    for street in streets:
        codes = [d.code for d in divisions if d.level == "community" and d.parent == street]
        if not codes:
            raise ValueError(f"street {street} has no community")
        columns += [Column(street, bands) for bands in _bands(sorted(codes), rng)]
    if not columns:
        raise ValueError("a district needs at least one street")
    return columns


def _bands(codes: list[str], rng: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Spread the communities of a street over columns of three bands, one to three in each."""
    columns = math.ceil(len(codes) / BUILT_BANDS)
    rest = iter(codes)
    for n in range(columns):
        count = len(codes) * (n + 1) // columns - len(codes) * n // columns
        own = [next(rest) for _ in range(count)][::-1]  # numbered from the north
        if count == 2:
            own.insert(1, own[int(rng.integers(2))])
        yield tuple(own * BUILT_BANDS if count == 1 else own)


# --- the lattice ------------------------------------------------------------------------------
def bend(s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """From (s, t), s = 0 in the middle, to metres around the centre; roads wind with the river."""
    wind = 260 * np.sin(2 * np.pi * s / 9_500 + 0.27) + 90 * np.sin(2 * np.pi * s / 3_700 + 2.7)
    breadth = 1 + 0.16 * np.sin(2 * np.pi * s / 12_000 + 3.5)
    x, y = s, wind + t * breadth - LEVELS_M[FOOT] / 2
    return np.stack(
        [x * math.cos(TILT) - y * math.sin(TILT), x * math.sin(TILT) + y * math.cos(TILT)], axis=-1
    )


@dataclass
class Lattice:
    """Nodes in (s, t) and the curved edges between neighbours, each drawn once and shared."""

    columns: int
    rng: np.random.Generator
    edges: dict[tuple[tuple[int, int], tuple[int, int]], np.ndarray] = field(default_factory=dict)

    @property
    def length(self) -> float:
        return COLUMN_M * self.columns

    @cached_property
    def nodes(self) -> np.ndarray:
        """(columns + 1, levels, 2) of s and t, unevenly spaced."""
        widths = self.rng.uniform(0.8, 1.2, self.columns)
        s = np.r_[0, np.cumsum(widths)] / widths.sum() * self.length - self.length / 2
        nodes = np.stack(np.meshgrid(s, np.array(LEVELS_M, float), indexing="ij"), axis=-1)
        nodes[1:-1, RIVERSIDE:, 0] += self.rng.uniform(-70, 70, nodes[1:-1, RIVERSIDE:, 0].shape)
        nodes[:, 2:FOOT, 1] += self.rng.uniform(-45, 45, nodes[:, 2:FOOT, 1].shape)
        nodes[:, FOOT, 1] += self.rng.uniform(-110, 110, len(s))
        nodes[:, BANK, 0] = nodes[:, RIVERSIDE, 0]
        ridge = nodes[:, RIDGE, 0]
        nodes[:, RIDGE, 1] += 330 * np.sin(ridge / 1_450 + 6.2) + 180 * np.sin(ridge / 620 + 2.9)
        return nodes

    def edge(self, a: tuple[int, int], b: tuple[int, int]) -> np.ndarray:
        """Vertices from node a to node b, both included, in metres."""
        if a > b:
            return self.edge(b, a)[::-1]
        if (a, b) not in self.edges:
            start, end = self.nodes[a], self.nodes[b]
            length = float(np.hypot(*(end - start)))
            at = np.linspace(0, 1, max(3, round(length / 90)))[:, None]
            normal = np.array([start[1] - end[1], end[0] - start[0]]) / length
            reach = min(14, length / 30) if length < 1_500 else 60
            bulge = np.clip(self.rng.normal(0, reach), -150, 150) * np.sin(np.pi * at)
            st = start + at * (end - start) + bulge * normal
            st[0], st[-1] = start, end  # to the last bit: edges meet in their nodes
            self.edges[a, b] = bend(st[:, 0], st[:, 1])
        return self.edges[a, b]

    def path(self, nodes: Sequence[tuple[int, int]]) -> LineString:
        pieces = [self.edge(a, b) for a, b in pairwise(nodes)]
        return LineString(np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])]))

    def ground(self, column: int, band: int) -> Polygon:
        ring = [(column, band), (column + 1, band), (column + 1, band + 1), (column, band + 1)]
        return Polygon(self.path([*ring, ring[0]]))

    def river(self) -> Polygon:
        bank = self.path([(column, BANK) for column in range(self.columns + 1)])
        s = np.linspace(self.length, -self.length, 160) / 2
        far = bend(s, -RIVER_M - 45 * np.sin(s / 1_300) - 25 * np.sin(s / 410))
        return Polygon([*bank.coords, *far])


def _communities(plan: list[Column], grounds: dict[tuple[int, int], Polygon]) -> dict[str, Polygon]:
    """The bank goes to the southernmost community of a column, the hills to the northernmost."""
    pieces: dict[str, list[Polygon]] = {}
    for number, column in enumerate(plan):
        for band, code in enumerate((column.bands[0], *column.bands, column.bands[-1])):
            pieces.setdefault(code, []).append(grounds[number, band])
    return {code: shapely.coverage_union_all(pieces[code]) for code in sorted(pieces)}


# --- roads, blocks, parks ---------------------------------------------------------------------
def _streets_and_blocks(
    lattice: Lattice, grounds: dict[tuple[int, int], Polygon], rng: np.random.Generator
) -> tuple[list[Road], list[Polygon]]:
    roads = [*_main_roads(lattice), *_cross_roads(lattice), *_valley_roads(lattice, rng)]
    blocks: list[Polygon] = []
    for number, (column, band) in enumerate(key for key in grounds if RIVERSIDE <= key[1] < FOOT):
        first = _diagonal(lattice, column, band)
        cuts, parts = _subdivide(grounds[column, band], rng, first)
        roads += _named(cuts, number, diagonal=first is not None)
        blocks += parts
    return roads, blocks


def _main_roads(lattice: Lattice) -> Iterator[Road]:
    middle = lattice.columns // 2
    for level, (west, east) in enumerate(names.MAIN, start=RIVERSIDE):
        for name, columns in (
            (west, range(middle + 1)),
            (east, range(middle, lattice.columns + 1)),
        ):
            nodes = [(column, level) for column in columns]
            if len(nodes) > 1:
                yield Road(name, "main", lattice.path(nodes))


def _cross_roads(lattice: Lattice) -> Iterator[Road]:
    for column in range(1, lattice.columns):
        name = names.CROSS[(column - 1) % len(names.CROSS)]
        line = lattice.path([(column, level) for level in range(RIVERSIDE, FOOT + 1)])
        yield Road(name, "main" if column % 4 == 0 else "secondary", line)


def _valley_roads(lattice: Lattice, rng: np.random.Generator) -> Iterator[Road]:
    """Dead ends that climb into the hills; they bound no block."""
    for number, name in enumerate(names.VALLEYS):
        column = 1 + (number * 5 + 2) % max(1, lattice.columns - 1)
        s, t = lattice.nodes[min(column, lattice.columns - 1), FOOT]
        climb = np.linspace(0, rng.uniform(900, 2_000), 24)
        sway = 90 * np.sin(climb / 260) * (climb / climb[-1]) + 60 * climb / climb[-1]
        yield Road(name, "secondary", LineString(bend(s + 60 * (climb > 0) + sway, t + climb)))


def _diagonal(lattice: Lattice, column: int, band: int) -> LineString | None:
    """In a few places a road runs askew through two blocks, from one main road to the next."""
    if (column - band) % 7 != 3 or band == RIVERSIDE:
        return None
    a, b = lattice.nodes[column, band], lattice.nodes[column + 1, band + 1]
    st = a + np.linspace(0, 1, 9)[:, None] * (b - a)
    return LineString(bend(st[:, 0], st[:, 1]))


def _subdivide(
    ground: Polygon, rng: np.random.Generator, first: LineString | None
) -> tuple[list[LineString], list[Polygon]]:
    """Cut until blocks have the size of a compound; every cut is a street, most end in a T."""
    cuts, blocks = [], []
    waiting = [(ground, first)]
    while waiting:
        piece, line = waiting.pop(0)
        limit = rng.uniform(20_000, 55_000) if rng.random() < 0.10 else rng.uniform(11_000, 19_000)
        if line is None and piece.area <= limit:
            blocks.append(piece)
            continue
        line = line or _cut(piece, rng)
        inner = shapely.get_parts(line.intersection(piece))
        cuts += [part for part in inner if part.geom_type == "LineString" and part.length > 5]
        parts = list(split(piece, line).geoms)
        if len(parts) == 1:
            blocks.append(piece)
        else:
            waiting += [(part, None) for part in parts]
    return cuts, blocks


def _cut(piece: Polygon, rng: np.random.Generator) -> LineString:
    """A slightly bent line across the long axis, near the middle."""
    corners = np.array(piece.minimum_rotated_rectangle.exterior.coords)
    sides = np.diff(corners[:3], axis=0)
    along = sides[np.argmax(np.hypot(*sides.T))]
    centre = corners[:4].mean(axis=0) + along * rng.uniform(-0.1, 0.1)
    angle = math.atan2(along[1], along[0]) + math.pi / 2 + rng.normal(0, 0.07)
    reach = np.array([math.cos(angle), math.sin(angle)]) * np.hypot(*along)
    kink = along / np.hypot(*along) * rng.normal(0, 4)
    return LineString([centre - reach, centre + kink, centre + reach])


def _named(cuts: list[LineString], number: int, *, diagonal: bool) -> Iterator[Road]:
    for order, line in enumerate(cuts):
        name = names.inner_street(number, order, diagonal=diagonal)
        yield Road(name, "secondary" if order < 2 else "lane", line)


def _parks(
    blocks: list[Polygon], grounds: dict[tuple[int, int], Polygon], rng: np.random.Generator
) -> list[tuple[str, Polygon]]:
    """Some of the larger blocks, stretches of the bank, and a hill."""
    fit = [block for block in blocks if PARK_M2[0] <= block.area <= PARK_M2[1]]
    chosen = rng.permutation(len(fit))[: len(names.PARKS)]
    parks = [
        (name, fit[n].buffer(-9, join_style="mitre"))
        for name, n in zip(names.PARKS, sorted(chosen), strict=False)
    ]
    columns = max(column for column, _band in grounds) + 1
    for number, name in enumerate(names.BANK_PARKS):
        column = (2 + number * 6) % columns
        parks.append((name, grounds[column, BANK].buffer(-8, join_style="mitre")))
    hill = grounds[columns // 2, FOOT].buffer(-40).buffer(-220).buffer(220, quad_segs=12)
    parks.append((names.HILL_PARK, hill.intersection(hill.centroid.buffer(450))))
    return [(name, shape) for name, shape in parks if shape.geom_type == "Polygon"]


# --- to the globe -----------------------------------------------------------------------------
def _in_degrees(
    plan: list[Column],
    communities: dict[str, Polygon],
    roads: list[Road],
    blocks: list[Polygon],
    parks: list[tuple[str, Polygon]],
    river: Polygon,
) -> Schematic:
    zone = geometry.zone_of(CENTRE[0])
    origin = geometry.to_metres(np.array(CENTRE), zone)

    def globe(shape: shapely.Geometry) -> shapely.Geometry:
        placed = shapely.transform(shape, lambda xy: xy + origin)
        return geometry.to_degrees(placed, zone)

    placed = {code: globe(shape) for code, shape in communities.items()}
    members: dict[str, set[str]] = {}
    for column in plan:
        members.setdefault(column.street, set()).update(column.bands)
    streets = {
        street: shapely.coverage_union_all([placed[code] for code in sorted(codes)])
        for street, codes in members.items()
    }
    return Schematic(
        district=shapely.coverage_union_all(list(streets.values())),
        streets=streets,
        communities=placed,
        roads=[Road(name, kind, globe(line)) for name, kind, line in roads],
        river=globe(river),
        parks=[(name, globe(shape)) for name, shape in parks],
        blocks=[globe(shape) for shape in blocks],
    )


# --- what stands beside the roads -------------------------------------------------------------
def along_roads(
    roads: Iterable[Road],
    spacing: float,
    offset: float,
    seed: int = 1,
    *,
    kinds: Sequence[str] = ("main", "secondary", "lane"),
) -> Iterator[Placement]:
    """Spots on both sides of the roads of these kinds, about `spacing` metres apart.

    offset: metres from the centre line, varied a little. Ends are kept clear so that nothing
    stands in a crossing. The same arguments give the same spots.
    """
    rng = np.random.default_rng(seed)
    for number, road in enumerate(roads):
        if road.kind not in kinds:
            continue
        zone = geometry.zone_of(road.line.coords[0][0])
        line = geometry.to_metres(road.line, zone)
        for side, sign in (("left", 1), ("right", -1)):
            stations = np.arange(rng.uniform(0.3, 1) * spacing, line.length - offset, spacing)
            stations = stations[stations > offset]
            stations = stations + rng.uniform(-0.15, 0.15, len(stations)) * min(spacing, offset)
            spots = beside(line, stations, sign * offset * rng.uniform(0.85, 1.15, len(stations)))
            for spot, station in zip(geometry.to_degrees(spots, zone), stations, strict=True):
                yield Placement(Point(spot), number, side, float(station))


def beside(line: LineString, stations: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """(n, 2) points at these distances along a line in metres, offset to its left (+)."""
    at = shapely.get_coordinates(shapely.line_interpolate_point(line, stations))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, stations + 0.5))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(line, stations - 0.5))
    run = ahead - behind
    length = np.hypot(run[:, 0], run[:, 1])
    normal = np.stack([-run[:, 1], run[:, 0]], axis=1) / length[:, None]
    return np.asarray(at + normal * np.asarray(offsets)[:, None])
