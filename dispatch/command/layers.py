"""What the wall draws on its map: the ground, open cases, loaded cells, collectors on duty."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from cases.machine.process import process
from cases.states import OPEN
from cases.time.overdue import is_overdue, overdue
from citymgmt.accounts.models import User
from dispatch.command.scope import Scope
from grid.models import Area, MapFeature, Position, UnitGrid

NEW = timedelta(minutes=10)
SEEN = timedelta(minutes=30)  # a collector not heard of for longer is not on the map
CELL_SHARE = 0.00001  # degrees, about a metre: what a wall cannot show is left out
DRAWN = tuple(kind for kind in MapFeature.Kind if kind != MapFeature.Kind.BUILDING)


def _feature(geometry, **properties) -> dict:
    shape = {"type": geometry.geom_type, "coordinates": _rounded(geometry.coords)}
    return {"type": "Feature", "geometry": shape, "properties": properties}


def _rounded(coordinates):
    if isinstance(coordinates[0], float):
        return [round(value, 6) for value in coordinates]
    return [_rounded(part) for part in coordinates]


def _collection(features, **rest) -> dict:
    return {"type": "FeatureCollection", "features": features, **rest}


def ground() -> dict[str, Any]:
    """Rivers, parks, roads and borders of the areas; `schematic` if any of it was generated."""
    rows = list(MapFeature.objects.filter(kind__in=DRAWN))
    drawn = [
        _feature(row.geometry.simplify(CELL_SHARE, preserve_topology=True),
                 kind=row.kind, name=row.name)
        for row in rows
    ]  # fmt: skip
    borders = [
        _feature(area.geometry.simplify(CELL_SHARE, preserve_topology=True),
                 kind=area.level, name=area.name, code=area.code)
        for area in Area.objects.exclude(level=Area.Level.CITY).filter(geometry__isnull=False)
    ]  # fmt: skip
    return _collection(drawn + borders, schematic=any(row.schematic for row in rows))


def live_layers(scope: Scope, now: datetime) -> dict[str, Any]:
    """`{"cases", "cells", "collectors"}`, three collections; no word about any person."""
    return {
        "cases": _collection([_case(row, now) for row in _open_cases(scope)]),
        "cells": _collection(cells(scope, now)),
        "collectors": _collection([_feature(row.point) for row in collectors(scope, now)]),
    }


def _open_cases(scope: Scope):
    """Plain values: a city in trouble has tens of thousands of open cases."""
    named = ("point", "number", "state", "due_at", "reported_at", "community__code")
    return scope.open.order_by().values_list(*named)


def _case(row: tuple, now: datetime) -> dict:
    point, number, state, due_at, reported_at, area = row
    return _feature(
        point, number=number, state=state, overdue=is_overdue(state, due_at, now),
        fresh=now - reported_at <= NEW, area=area,
    )  # fmt: skip


def cells(scope: Scope, now: datetime) -> list[dict]:
    """Cells with open cases: `load` 1 to 5 by their number, `overdue` if one of them is late."""
    late = Count("cases", filter=overdue(now, "cases__"))
    rows = (
        UnitGrid.objects.filter(scope.of("cases__"), cases__state__in=OPEN)
        .annotate(number=Count("cases"), late=late)
        .only("code", "geometry")
    )
    return [
        _feature(row.geometry, code=row.code, load=min(5, row.number), overdue=row.late > 0)
        for row in rows
    ]


def collectors(scope: Scope, now: datetime):
    """The last position of each collector on duty whose patrol lies in these areas."""
    exact = Position.objects.telling(process().position_accuracy_m)
    last = exact.filter(user=OuterRef("pk"), at__gte=now - SEEN, at__lte=now)
    patrol = Q(duty_grids__street__in=scope.areas) | Q(duty_grids__street__parent__in=scope.areas)
    people = User.objects.filter(
        patrol | Q(duty_grids__unit_grids__community__in=scope.areas), on_duty=True
    )
    newest = people.annotate(last=Subquery(last.order_by("-at").values("pk")[:1]))
    return Position.objects.filter(pk__in=newest.exclude(last=None).values("last"))
