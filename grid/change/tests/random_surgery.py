"""Random wishes for cells, for property tests: mostly possible, sometimes not."""

import numpy as np
import shapely

KINDS = ("split", "merge", "redraw", "renumber", "retire", "reimport")


def jittered(columns, rows, seed, *, side=100.0, origin=(0.0, 0.0)):
    """Polygons of a lattice with moved corners, row by row from the south-west; the outline is
    straight. Metres on the precision grid."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
    inner = np.zeros((rows + 1, columns + 1))
    inner[1:-1, 1:-1] = 0.3
    x, y = (v + inner * rng.uniform(-1, 1, inner.shape) for v in (x, y))
    x, y = np.round(origin[0] + x * side, 4), np.round(origin[1] + y * side, 4)
    corner = np.stack([x, y], axis=-1)
    return [
        shapely.Polygon([corner[j, i], corner[j, i + 1], corner[j + 1, i + 1], corner[j + 1, i]])
        for j in range(rows)
        for i in range(columns)
    ]


def wish(rng, cells):
    """(kind, codes, shapes) for a mapping of codes to polygons of one community, in metres."""
    kind = str(rng.choice(KINDS, p=[0.35, 0.25, 0.25, 0.05, 0.05, 0.05]))
    codes = sorted(cells)
    one = codes[rng.integers(len(codes))]
    if kind == "split":
        return kind, [one], [_line(rng, cells[one])]
    if kind == "merge":
        near = [c for c in codes if c != one and cells[c].distance(cells[one]) < 0.01]
        return kind, [one, *rng.permutation(near)[: rng.integers(1, 3)].tolist()], []
    if kind == "redraw":
        return kind, [one], [_moved(rng, cells[one])]
    if kind == "reimport":
        return kind, [], _anew(rng, cells)
    return kind, [one] if kind == "retire" else [], []


def _line(rng, polygon):
    """A bent line through the middle, from well outside to well outside."""
    middle = np.array(polygon.representative_point().coords[0])
    angle, bend = rng.uniform(0, np.pi), rng.uniform(-0.6, 0.6)
    far = 2 * np.hypot(*np.subtract(polygon.bounds[2:], polygon.bounds[:2]))
    ways = np.array([[np.cos(a), np.sin(a)] for a in (angle, angle + np.pi + bend)])
    return shapely.LineString([middle + far * ways[0], middle, middle + far * ways[1]])


def _moved(rng, polygon):
    """The polygon with one vertex pulled, or grown or shrunk as a whole."""
    if rng.random() < 0.3:
        return shapely.buffer(polygon, rng.uniform(-20, 20), join_style="mitre").simplify(0.1)
    ring = np.array(polygon.exterior.coords)[:-1]
    ring[rng.integers(len(ring))] += rng.uniform(-30, 30, 2)
    return shapely.Polygon(ring, polygon.interiors)


def _anew(rng, cells):
    """The ground of all cells cut into new cells by cells around random points."""
    ground = shapely.union_all(list(cells.values()), grid_size=0.0001)
    west, south, east, north = ground.bounds
    points = rng.uniform((west, south), (east, north), (int(rng.integers(2, 6)), 2))
    faces = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=ground)
    parts = shapely.get_parts(shapely.intersection(shapely.get_parts(faces), ground))
    return [part for part in parts if part.geom_type == "Polygon" and part.area > 1]
