"""Management and evaluation grids into the database, community by community.

Nothing refers to them, so those of a community are replaced together; `checked` says where what
is stored does not hold any more, after unit grids have changed for example.
"""

from collections import defaultdict

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import NotYours
from grid import above
from grid.duty import union
from grid.geometry import from_geos, to_metres, zone_of
from grid.models import Area, EvaluationGrid, ManagementCell, ManagementGrid, UnitGrid

BATCH = 1_000
FAULTS = {
    "count": _("holds no, too many or ended grids"),
    "community": _("crosses the border of a community"),
    "apart": _("its parts are not adjacent"),
    "missing": _("is in no grid above it"),
    "several": _("is in several grids"),
    "letter": _("its type is not the class of the area"),
}


def build_above(*, communities=None, by: User | None = None, request=None) -> dict[str, int]:
    """Propose and store the grids above the unit grids, in place of those that are there.

    `communities` (areas) narrows it; without it every community with valid unit grids. Counts.
    """
    if by is not None and not holds(by, MANAGE_GRID):
        raise NotYours(str(_("This is not yours to do.")), code="not_yours")
    cells = _cells(communities)
    pieces = _pieces([(cell.code, cell.community_id, cell.geometry) for cell in cells.values()])
    with transaction.atomic():
        _clear({piece.community for piece in pieces}, communities)
        made = _store_management(above.propose(pieces), cells)
        upper = _pieces([(g.code, g.community_id, g.geometry) for g in made.values()])
        groups = above.propose(upper, above.EVALUATION_MOST, above.EVALUATION_GOOD)
        evaluation = _store_evaluation(groups, made)
        figures = {"cells": len(cells), "management": len(made), "evaluation": evaluation}
        record(verb="build_above", by=by, data=figures, request=request)
    return figures


def checked(communities=None) -> list[above.Fault]:
    """Where management grids break their rules, and evaluation grids theirs."""
    pieces = _pieces(_cells(communities, fields=("code", "community_id", "geometry")))
    rows = ManagementGrid.objects.all()
    upper = EvaluationGrid.objects.select_related("community").defer("community__geometry")
    if communities is not None:
        rows, upper = (
            rows.filter(community__in=communities),
            upper.filter(community__in=communities),
        )
    groups = defaultdict(list)
    for code, cell in rows.values_list("code", "members__unit_grid__code"):
        groups[code] += [cell] if cell else []
    found = above.faults(groups, pieces)
    held = defaultdict(list)
    for code, evaluation in rows.values_list("code", "evaluation_grid__code"):
        held[evaluation].append(code)
    if loose := tuple(held.pop(None, ())):
        found.append(above.Fault("missing", None, loose))
    over = _pieces(rows.values_list("code", "community_id", "geometry"))
    found += above.faults(held, over, above.EVALUATION_MOST) if held else []
    found += [
        above.Fault("letter", row.code) for row in upper if row.letter != row.community.area_class
    ]
    return found


# --- rows -----------------------------------------------------------------------------------
def _cells(communities, fields=None):
    rows = UnitGrid.objects.valid().order_by("code")
    if communities is not None:
        rows = rows.filter(community__in=communities)
    if fields:
        return list(rows.values_list(*fields))
    return {cell.code: cell for cell in rows}


def _pieces(rows):
    """Plain pieces in metres of one zone from (code, community, geometry) rows."""
    rows = list(rows)
    shapes = np.array([from_geos(geometry) for _code, _home, geometry in rows], dtype=object)
    if len(rows):
        shapes = to_metres(shapes, zone_of(shapes[0].centroid.x))
    return [
        above.Piece(code, home, shape) for (code, home, _g), shape in zip(rows, shapes, strict=True)
    ]


def _clear(found, communities):
    homes = found if communities is None else {*found, *(area.pk for area in communities)}
    if communities is None:
        homes |= set(ManagementGrid.objects.values_list("community", flat=True))
    ManagementGrid.objects.filter(community__in=homes).delete()
    EvaluationGrid.objects.filter(community__in=homes).delete()


def _store_management(groups, cells):
    homes = Area.objects.defer("geometry").in_bulk(groups)
    rows, members = [], []
    for home, found in groups.items():
        for number, keys in enumerate(found, start=1):
            row = ManagementGrid(
                code=f"{homes[home].code}M{number:03d}", community=homes[home],
                geometry=union(cells[key].geometry for key in keys),
            )  # fmt: skip
            rows.append(row)
            members += [(row, cells[key]) for key in keys]
    ManagementGrid.objects.bulk_create(rows, batch_size=BATCH)
    ManagementCell.objects.bulk_create(
        (ManagementCell(management_grid=row, unit_grid=cell) for row, cell in members),
        batch_size=BATCH,
    )
    return {row.code: row for row in rows}


def _store_evaluation(groups, below):
    homes = Area.objects.defer("geometry").in_bulk(groups)
    rows = []
    for home, found in groups.items():
        for number, keys in enumerate(found, start=1):
            row = EvaluationGrid(
                code=f"{homes[home].code}E{number:02d}", community=homes[home],
                letter=homes[home].area_class,
                geometry=union(below[key].geometry for key in keys),
            )  # fmt: skip
            rows.append((row, keys))
    EvaluationGrid.objects.bulk_create([row for row, _keys in rows], batch_size=BATCH)
    for row, keys in rows:
        for key in keys:
            below[key].evaluation_grid = row
    ManagementGrid.objects.bulk_update(below.values(), ["evaluation_grid"], batch_size=BATCH)
    return len(rows)
