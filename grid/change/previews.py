"""What an officer sees of a change before it is made."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry import Polygon, mapping

from grid import dependants
from grid.change.ground import Ground
from grid.change.surgery import Plan
from grid.models import Area, DutyMembership


@dataclass(frozen=True)
class CellView:
    """One cell of a preview. `shape`: stored degrees; `predecessors`: code → m² of its ground
    (empty for cells that end); `duty_grid`: name, or empty."""

    code: str
    area_m2: float
    built_up: bool
    duty_grid: str
    predecessors: dict[str, float]
    shape: Polygon


@dataclass(frozen=True)
class Count:
    """How many of a kind stand on the cells that end, e.g. open cases; label: translated text."""

    name: str
    label: str
    number: int


@dataclass(frozen=True)
class Preview:
    """What a change would do. `token` goes back into `apply`; the codes of cells that begin are
    those of the moment (another change in the community may take them first)."""

    kind: str
    on: date
    community: Area
    ending: list[CellView]
    beginning: list[CellView]
    moved_m2: float
    counts: list[Count]
    duty_grids: list[str]
    notes: tuple[str, ...]
    token: str

    def figures(self) -> dict[str, Any]:
        """Plain figures, as kept with the change."""
        return {
            "ending": len(self.ending),
            "beginning": len(self.beginning),
            "area_before_m2": round(sum(cell.area_m2 for cell in self.ending), 2),
            "area_after_m2": round(sum(cell.area_m2 for cell in self.beginning), 2),
            "moved_m2": round(self.moved_m2, 2),
            "duty_grids": self.duty_grids,
            **{count.name: count.number for count in self.counts},
        }

    def geojson(self) -> dict[str, Any]:
        """A FeatureCollection for the map: properties code, role (ending, beginning), area_m2."""
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": mapping(cell.shape),
                    "properties": {"code": cell.code, "role": role, "area_m2": cell.area_m2},
                }
                for role, cells in (("ending", self.ending), ("beginning", self.beginning))
                for cell in cells
            ],
        }


def preview_of(plan: Plan, ground: Ground, on: date) -> Preview:
    rows = [ground.rows[cell.code] for cell in plan.ending]
    shapes = ground.degrees(cell.polygon for cell in plan.beginning)
    names = _duty_names(rows, on)
    ids = [row.pk for row in rows]
    return Preview(
        kind=plan.kind,
        on=on,
        community=ground.community,
        ending=[
            CellView(row.code, float(row.area_m2), row.built_up, names.get(row.code, ""), {},
                     shapely.from_wkb(bytes(row.geometry.wkb)))
            for row in rows
        ],
        beginning=[
            CellView(cell.code, round(cell.polygon.area, 2), cell.built_up,
                     names.get(cell.main_predecessor, ""), dict(cell.shares), shape)
            for cell, shape in zip(plan.beginning, shapes, strict=True)
        ],
        moved_m2=plan.moved_m2,
        counts=[Count(d.name, str(d.label), d.count(ids, on)) for d in dependants.registered()],
        duty_grids=sorted(set(names.values())),
        notes=plan.notes,
        token=_token(plan, shapes, on),
    )  # fmt: skip


def _duty_names(rows, on) -> dict[str, str]:
    held = DutyMembership.objects.on(on).filter(unit_grid__in=[row.pk for row in rows])
    return dict(held.values_list("unit_grid__code", "duty_grid__name"))


def _token(plan: Plan, shapes: Sequence[Polygon], on: date) -> str:
    """Equal as long as the same cells would end and the same ground begin. The fresh codes do not
    count: a change elsewhere in the community is no reason to refuse."""
    digest = hashlib.sha256(f"{plan.kind} {on}".encode())
    for cell in plan.ending:
        digest.update(cell.code.encode())
        digest.update(shapely.to_wkb(cell.polygon))
    for shape in shapes:
        digest.update(shapely.to_wkb(shape))
    return digest.hexdigest()
