"""base: unit grids of the schematic city and of real roads, if they are at hand."""

from pathlib import Path

from citymgmt.bench.measure import peak_memory, result, timed

ROADS = Path(__file__).resolve().parents[3] / "shared" / "data" / "real" / "wuhan_roads.fgb"
SECONDS, MEMORY = 60, 2048
MEDIAN = (8_000, 12_000)


def base():
    from citymgmt.demo.city.schematic import read_divisions, schematic
    from grid.build.store import make_cells

    drawn = schematic(read_divisions(), 1)
    lines = [road.line for road in drawn.roads]
    yield from _grid(
        "schematic", lines, lambda: make_cells(lines, drawn.communities)[1], (2_000, 4_000)
    )
    if ROADS.exists():
        from grid.build.from_files import Plan, build_grid
        from grid.files.layers import read_lines

        lines = read_lines(ROADS).shapes
        plan = Plan(roads=str(ROADS), district="420100", name="Wuhan")
        yield from _grid("wuhan", lines, lambda: build_grid(plan), (25_000, 32_000))


def _grid(name, lines, deed, cells):
    """What `deed` builds, against union and polygonize of the same lines alone.

    Of the roads of a real city everything is measured: reading, stand-in communities, building,
    measuring and storing. Bare faces have their own share in 5,000-20,000 m2 and median.
    """
    import numpy as np

    areas, bare_seconds = timed(_bare, lines)
    bare_memory = peak_memory()
    figures, seconds = timed(deed)
    built_up = areas[areas <= 250_000]
    share = built_up[(built_up >= 5_000) & (built_up <= 20_000)].sum() / built_up.sum()
    median, bare_median = figures["median_area_m2"], float(np.median(built_up))
    least, most = cells
    yield result(f"grid_{name}_seconds", seconds, "s", SECONDS, bare_seconds)
    yield result(f"grid_{name}_peak_memory", peak_memory(), "MB", MEMORY, bare_memory)
    yield result(f"grid_{name}_cells", figures["cells"], "cells", least, len(areas), less=False)
    yield result(f"grid_{name}_cells_most", figures["cells"], "cells", most, len(areas))
    yield result(f"grid_{name}_share", figures["share_5k_20k"], "of area", 0.85, share, less=False)
    yield result(f"grid_{name}_median", median, "m2", MEDIAN[0], bare_median, less=False)
    yield result(f"grid_{name}_median_most", median, "m2", MEDIAN[1], bare_median)
    yield result(
        f"grid_{name}_built_up", figures["built_up_m2"] / 1e6, "km2", 0,
        float(built_up.sum()) / 1e6, less=False,
    )  # fmt: skip
    faults = figures["gaps"] + figures["overlaps"] + figures["crossing"]
    yield result(f"grid_{name}_faults", faults, "faults", 0, None)


def _bare(lines):
    """Areas of the faces between the lines, m2."""
    import numpy as np
    import shapely

    from grid.geometry import to_metres, zone_of

    lines = np.asarray(lines, dtype=object)
    zone = zone_of(float(np.mean(shapely.bounds(lines)[:, [0, 2]])))
    noded = shapely.union_all(to_metres(lines, zone))
    return shapely.area(shapely.get_parts(shapely.polygonize([noded])))
