"""What a grid is worth: sizes, and the faults that must not exist."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .cells import Cell
from .mesh import Array

FAULT_M2 = 1.0  # smaller differences are arithmetic, not ground
SUITABLE_M2 = (5_000, 20_000)


def measure(cells: Sequence[Cell], areas: Mapping[Hashable, BaseGeometry]) -> dict[str, Any]:
    """Figures of `build_grid`: metres in, square metres out.

    share_5k_20k: part of the built-up area that lies in cells of 5,000-20,000 m². gaps: pieces of
    the areas without cell; overlaps: pairs of cells on the same ground; crossing: cells that reach
    out of their community; each counted above 1 m². The median is that of all cells.
    """
    shapes = np.array([cell.polygon for cell in cells], dtype=object)
    sizes = shapely.area(shapes) if len(shapes) else np.array([])
    built = sizes[[cell.built_up for cell in cells]] if len(cells) else sizes
    suitable = (built >= SUITABLE_M2[0]) & (built <= SUITABLE_M2[1])
    # Only shapes whose borders do not match their neighbours' can overlap.
    unsound = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes)) if len(shapes) else shapes
    homes = np.array([areas[cell.community] for cell in cells], dtype=object)
    return {
        "cells": len(cells),
        "area_m2": float(sizes.sum()),
        "built_up_m2": float(built.sum()),
        "built_up_cells": len(built),
        "median_area_m2": float(np.median(sizes)) if len(cells) else 0.0,
        "share_5k_20k": float(built[suitable].sum() / built.sum()) if built.sum() else 0.0,
        "gaps": count_gaps(
            shapes, np.array(list(areas.values()), dtype=object), matching=not unsound.any()
        ),
        "overlaps": count_overlaps(shapes[unsound.astype(bool)]),
        "crossing": int((shapely.area(shapely.difference(shapes, homes)) > FAULT_M2).sum()),
    }


def count_gaps(shapes: Array, areas: Array, *, matching: bool = False) -> int:
    """Pieces of the areas above 1 m² that no shape covers; `matching`: the shapes are a coverage,
    which is united much faster."""
    whole = shapely.coverage_union_all(shapes) if matching else shapely.union_all(shapes)
    left = shapely.difference(shapely.union_all(areas), whole)
    return int((shapely.area(shapely.get_parts(left)) > FAULT_M2).sum())


def count_overlaps(shapes: Array) -> int:
    """Pairs of shapes with more than 1 m² in common."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < other
    common = shapely.intersection(shapes[one[pairs]], shapes[other[pairs]])
    return int((shapely.area(common) > FAULT_M2).sum())
