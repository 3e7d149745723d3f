"""Change the grid on a day: see what it would do, then do it (codes of the domain, change rules).

    seen = preview(by=officer, kind="split", on=day, codes=[code], drawn=geojson)
    change = apply(by=officer, kind="split", on=day, codes=[code], drawn=geojson,
                   token=seen.token, note="…")

What each kind takes (`on` and `by` always; codes are those of cells valid on the day):

    split      codes: one; drawn: line or lines across it
    merge      codes: two or more neighbours of one community
    redraw     codes: one; drawn: its new polygon; the neighbours give or take
    renumber   community: 12 digits
    retire     codes: one or more; their ground leaves the city
    reimport   community: 12 digits; drawn: all its cells as polygons (`grid.drawn.from_file`)

`drawn` is GeoJSON (text or object) in degrees of CGCS2000 or WGS 84. Refusals: `BadInput` 400 what
was given cannot be done, `NotYours` 403 without the verb MANAGE_GRID (`by` None is the installation
itself), `NotNow` 409 a cell has changed meanwhile or ends already (codes `cell_ended`,
`ends_already`, `changed_meanwhile`). Nothing is done then. Messages are for people, translated.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import Polygon, mapping

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid import dependants, duty, territory
from grid.geometry import to_geos
from grid.ground import Ground
from grid.models import Area, DutyMembership, GridChange, GridSettlement, UnitGrid
from grid.planning import Wish, check_day, plan_of
from grid.surgery import Beginning, Plan


# --- what the officer sees --------------------------------------------------------------------
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


def preview(
    *, by: User | None, kind: str, on: date, codes: Sequence[str] = (), community: str = "",
    drawn: Any = None,
) -> Preview:  # fmt: skip
    """What the change would do; nothing is written."""
    _need(by)
    return _seen(*plan_of(Wish(kind, on, tuple(codes), community, drawn)), on)


def _seen(plan: Plan, ground: Ground, on: date) -> Preview:
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


# --- the deed -------------------------------------------------------------------------------
@transaction.atomic
def apply(
    *, by: User | None, kind: str, on: date, token: str, codes: Sequence[str] = (),
    community: str = "", drawn: Any = None, note: str = "", today: date | None = None,
    request=None,
) -> GridChange:  # fmt: skip
    """Do what the preview with this token showed, all or nothing.

    The cells end and begin on the day `on`. What stands on them moves at once if the day has come
    (`today` unless told), else on the day (`settle_due`).
    """
    _need(by)
    _wait_for_turn()
    wish = Wish(kind, on, tuple(codes), community, drawn)
    plan, ground = _planned_again(wish)
    seen = _seen(plan, ground, on)
    if seen.token != token:
        raise _changed_meanwhile()
    change = GridChange.objects.create(
        kind=kind, community=ground.community, effective_on=on, by=by, note=note.strip()[:1000],
        before=[c.code for c in plan.ending], after=[c.code for c in plan.beginning],
        figures=seen.figures(),
    )  # fmt: skip
    _write(change, plan, ground, seen, today)
    data = {"change": change.pk, "on": on, "before": change.before, "after": change.after}
    record(verb="change_grid", subject=f"{kind} {ground.community.code}", by=by, data=data,
           request=request)  # fmt: skip
    if on <= (today or timezone.localdate()):
        settle(change)
    return change


def _need(by):
    if by is not None and not holds(by, MANAGE_GRID):
        raise NotYours(_("This is not yours to do."), code="not_yours")


def _wait_for_turn():
    """Changes queue up, or two could end the same cell or take the same code.

    PostgreSQL waits for the lock on a row that always exists; SQLite has one writer at a time
    from BEGIN on and ignores the lock.
    """
    kind = ContentType.objects.get_for_model(UnitGrid)
    ContentType.objects.select_for_update(no_key=True).get(pk=kind.pk)


def _planned_again(wish: Wish) -> tuple[Plan, Ground]:
    """What could be planned at the preview and cannot be now has changed."""
    check_day(wish.on)
    try:
        return plan_of(wish)
    except BadInput as error:
        raise _changed_meanwhile() from error


def _changed_meanwhile():
    return NotNow(
        _("A unit grid of this change was changed meanwhile. Look at the preview again."),
        "changed_meanwhile",
    )


def _write(change, plan, ground, seen, today):
    old = {cell.code: ground.rows[cell.code] for cell in plan.ending}
    ids = [row.pk for row in old.values()]
    ended = UnitGrid.objects.filter(pk__in=ids, end_date=None)
    if ended.update(end_date=change.effective_on, ended_by=change) != len(ids):
        raise _changed_meanwhile()
    new = UnitGrid.objects.bulk_create(
        _row(change, cell, view) for cell, view in zip(plan.beginning, seen.beginning, strict=True)
    )
    link = UnitGrid.predecessors.through
    link.objects.bulk_create(
        link(from_unitgrid_id=row.pk, to_unitgrid_id=old[code].pk)
        for row, cell in zip(new, plan.beginning, strict=True)
        for code in cell.shares
    )
    pairs = [
        (row, [old[code] for code in cell.shares])
        for row, cell in zip(new, plan.beginning, strict=True)
    ]
    duty.inherit(pairs, retired=old.values(), on=change.effective_on, by=change.by, today=today)


def _row(change: GridChange, cell: Beginning, view: CellView) -> UnitGrid:
    return UnitGrid(
        code=cell.code,
        community=change.community,
        geometry=to_geos(view.shape),
        area_m2=view.area_m2,
        built_up=cell.built_up,
        start_date=change.effective_on,
        begun_by=change,
    )


# --- when the day has come --------------------------------------------------------------------
@transaction.atomic
def settle(change: GridChange) -> GridSettlement:
    """Move what stands on the cells of a change, once: areas, then whoever registered."""
    moved = territory.follow(change)
    for dependant in dependants.registered():
        if dependant.move:
            moved[dependant.name] = dependant.move(change)
    return GridSettlement.objects.create(change=change, moved=moved)


@transaction.atomic
def settle_due(today: date | None = None) -> int:
    """Settle the changes whose day has come; how many."""
    _wait_for_turn()
    due = list(GridChange.objects.due(today or timezone.localdate()))
    for change in due:
        settle(change)
    return len(due)
