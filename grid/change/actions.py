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
    reimport   community: 12 digits; drawn: all its cells as polygons (`drawings.from_file`)

`drawn` is GeoJSON (text or object) in degrees of CGCS2000 or WGS 84. Refusals: `BadInput` 400 what
was given cannot be done, `NotYours` 403 without the verb MANAGE_GRID (`by` None is the installation
itself), `NotNow` 409 a cell has changed meanwhile or ends already (codes `cell_ended`,
`ends_already`, `changed_meanwhile`). Nothing is done then. Messages are for people, translated.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid import dependants
from grid.change import outlines
from grid.change.ground import Ground
from grid.change.plans import Wish, check_day, plan_of
from grid.change.previews import CellView, Preview, preview_of
from grid.change.surgery import Beginning, Plan
from grid.duty import actions as duty
from grid.geometry import to_geos
from grid.models import GridChange, GridSettlement, UnitGrid


def preview(
    *, by: User | None, kind: str, on: date, codes: Sequence[str] = (), community: str = "",
    drawn: Any = None,
) -> Preview:  # fmt: skip
    """What the change would do; nothing is written."""
    _need(by)
    return preview_of(*plan_of(Wish(kind, on, tuple(codes), community, drawn)), on)


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
    seen = preview_of(plan, ground, on)
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
    moved = outlines.follow(change)
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
