"""base: unit grids of the schematic city and of real roads, if they are at hand."""

from pathlib import Path

from citymgmt.bench.measure import peak_memory, result, timed

ROADS = Path(__file__).resolve().parents[3] / "shared" / "data" / "real" / "wuhan_roads.fgb"


def base():
    from grid.schematic import read_divisions, schematic

    drawn, _seconds = timed(schematic, read_divisions(), 1)
    lines = [road.line for road in drawn.roads]
    yield from _grid("schematic", lines, drawn.communities, 60)
    if ROADS.exists():
        from grid.building import Plan, _stand_ins
        from grid.sources import read_lines

        lines = read_lines(ROADS).shapes
        plan = Plan(roads=str(ROADS), district="420100", name="Wuhan")
        grounds = {r.code: r.geometry for r in _stand_ins(plan, lines) if len(r.code) == 12}
        yield from _grid("wuhan", lines, grounds, 180)


def _grid(name, lines, communities, target):
    """Cells of these lines, against union and polygonize of the same lines alone."""
    import numpy as np
    import shapely

    from grid.loading import make_cells

    def bare():
        merged = shapely.union_all(np.array([*lines, *_rings(communities)], dtype=object))
        return shapely.get_parts(shapely.polygonize([merged]))

    faces, bare_seconds = timed(bare)
    bare_memory = peak_memory()
    (_cells, figures, _zone), seconds = timed(make_cells, lines, communities)
    areas = shapely.area(shapely.transform(faces, _metres(lines)))
    suitable = areas[(areas >= 5_000) & (areas <= 20_000)].sum() / areas.sum()
    yield result(f"grid_{name}_seconds", seconds, "s", target, bare_seconds)
    yield result(f"grid_{name}_cells", figures["cells"], "cells", 1, len(faces), less=False)
    yield result(
        f"grid_{name}_share", figures["share_5k_20k"], "of area", 0.9, suitable, less=False
    )
    faults = figures["gaps"] + figures["overlaps"] + figures["crossing"]
    yield result(f"grid_{name}_faults", faults, "faults", 0, None)
    yield result(f"grid_{name}_peak_memory", peak_memory(), "MB", 2048, bare_memory)


def _rings(communities):
    return [shape.boundary for shape in communities.values()]


def _metres(lines):
    """Degrees to metres around the middle of the lines, good enough to compare areas."""
    import numpy as np
    import shapely

    _west, south, _east, north = shapely.total_bounds(np.array(lines, dtype=object))
    scale = 111_320 * np.array([np.cos(np.radians((south + north) / 2)), 1])
    return lambda points: points * scale
