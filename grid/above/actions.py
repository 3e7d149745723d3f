"""Management and evaluation grids into the database, community by community.

Nothing refers to them, so those of a community are replaced together; `checked` says where what
is stored does not hold any more, after unit grids have changed for example.
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import shapely
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import NotYours
from grid.above import proposals
from grid.geometry import from_geos, stored_multi, to_metres, zone_of
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
    with transaction.atomic():
        _clear({cell.community for cell in cells.values()}, communities)
        management = _joined(_codes(proposals.propose(_metres(cells.values())), "M", 3), cells)
        most, good = proposals.EVALUATION_MOST, proposals.EVALUATION_GOOD
        groups = _codes(proposals.propose(_metres(management.values()), most, good), "E", 2)
        evaluation = _store_evaluation(_joined(groups, management))
        _store_management(management, evaluation, groups, cells)
        figures = {
            "cells": len(cells), "management": len(management), "evaluation": len(evaluation),
        }  # fmt: skip
        record(verb="build_above", by=by, data=figures, request=request)
    return figures


def checked(communities=None) -> list[proposals.Fault]:
    """Where management grids break their rules, and evaluation grids theirs."""
    pieces = _metres(_cells(communities).values())
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
    found = proposals.faults(groups, pieces)
    held = defaultdict(list)
    for code, evaluation in rows.values_list("code", "evaluation_grid__code"):
        held[evaluation].append(code)
    if loose := tuple(held.pop(None, ())):
        found.append(proposals.Fault("missing", None, loose))
    stored = rows.values_list("code", "community_id", "geometry")
    over = _metres(Part(code, home, from_geos(shape)) for code, home, shape in stored)
    found += proposals.faults(held, over, proposals.EVALUATION_MOST) if held else []
    found += [
        proposals.Fault("letter", row.code)
        for row in upper
        if row.letter != row.community.area_class
    ]
    return found


# --- rows -----------------------------------------------------------------------------------
class Part(NamedTuple):
    """A stored or coming grid: its ground in stored degrees, and what it is made of."""

    code: str
    community: int
    shape: BaseGeometry
    pk: int | None = None
    members: tuple[str, ...] = ()


def _cells(communities):
    rows = UnitGrid.objects.valid().order_by("code")
    if communities is not None:
        rows = rows.filter(community__in=communities)
    found = rows.values_list("code", "community_id", "geometry", "pk")
    return {code: Part(code, home, from_geos(shape), pk) for code, home, shape, pk in found}


def _metres(parts) -> list[proposals.Piece]:
    """Plain pieces in metres of one zone."""
    parts = list(parts)
    shapes = np.array([part.shape for part in parts], dtype=object)
    if parts:
        shapes = to_metres(shapes, zone_of(shapes[0].centroid.x))
    return [
        proposals.Piece(part.code, part.community, shape)
        for part, shape in zip(parts, shapes, strict=True)
    ]


def _clear(found, communities):
    homes = found if communities is None else {*found, *(area.pk for area in communities)}
    if communities is None:
        homes |= set(ManagementGrid.objects.values_list("community", flat=True))
    ManagementGrid.objects.filter(community__in=homes).delete()
    EvaluationGrid.objects.filter(community__in=homes).delete()


def _codes(groups, letter, digits):
    """{(code, community): keys}: numbered inside each community."""
    codes = dict(Area.objects.filter(pk__in=groups).values_list("pk", "code"))
    return {
        (f"{codes[home]}{letter}{number:0{digits}d}", home): tuple(keys)
        for home, found in groups.items()
        for number, keys in enumerate(found, start=1)
    }


def _joined(groups, parts):
    """The union of the parts of each group, by its code."""
    return {
        code: Part(code, home, shapely.union_all([parts[k].shape for k in keys]), members=keys)
        for (code, home), keys in groups.items()
    }


def _store_evaluation(parts):
    letters = dict(Area.objects.values_list("pk", "area_class"))
    rows = [
        EvaluationGrid(
            code=part.code, community_id=part.community, letter=letters[part.community],
            geometry=stored_multi(part.shape),
        )
        for part in parts.values()
    ]  # fmt: skip
    EvaluationGrid.objects.bulk_create(rows, batch_size=BATCH)
    return {row.code: row for row in rows}


def _store_management(parts, evaluation, groups, cells):
    above_it = {key: evaluation[code] for (code, _home), keys in groups.items() for key in keys}
    rows = [
        ManagementGrid(
            code=part.code, community_id=part.community, evaluation_grid=above_it[part.code],
            geometry=stored_multi(part.shape),
        )
        for part in parts.values()
    ]  # fmt: skip
    ManagementGrid.objects.bulk_create(rows, batch_size=BATCH)
    ManagementCell.objects.bulk_create(
        (
            ManagementCell(management_grid=row, unit_grid_id=cells[key].pk)
            for row in rows
            for key in parts[row.code].members
        ),
        batch_size=BATCH,
    )
