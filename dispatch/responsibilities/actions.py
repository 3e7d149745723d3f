"""Saying who answers where, from a day on; two answers for one ground and matter are refused."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import Department, User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from dispatch.models import Responsibility
from grid.models import Area, DutyGrid
from inventory.models import Kind, MatterClass


@transaction.atomic
def answer(
    *, department: Department, area: Area | None = None, duty_grid: DutyGrid | None = None,
    matter_class: MatterClass | None = None, kind: str = "", major: str = "", valid_from: date,
    valid_to: date | None = None, basis: str = "", by: User | None, request=None,
) -> Responsibility:  # fmt: skip
    """The department answers for a matter on some ground from `valid_from` up to `valid_to`.

    With a class, kind and major are left out. NotNow where another answer overlaps.
    """
    _need(by)
    if matter_class:
        kind = major = ""
    row = Responsibility(
        department=department, area=area, duty_grid=duty_grid, matter_class=matter_class,
        kind=kind, major=major, valid_from=valid_from, valid_to=valid_to,
        basis=basis.strip()[:200], by=by,
    )  # fmt: skip
    _check(row)
    _lock(row)
    if other := _overlapping(row).first():
        said = _("%(name)s answers there already, from %(day)s.") % {
            "name": other.department, "day": other.valid_from,
        }  # fmt: skip
        raise NotNow(said, "overlap", {"valid_from": [said]})
    row.save()
    data = {"id": row.pk, "department": department.code, "from": valid_from, "to": valid_to}
    record(verb="save_responsibility", subject=_subject(row), by=by, data=data, request=request)
    return row


@transaction.atomic
def end(*, row: Responsibility, on: date, by: User | None, request=None) -> None:
    """`on` is the first day without it. What has not begun by then leaves only its record."""
    _need(by)
    row = Responsibility.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.valid_to is not None and row.valid_to <= on:
        raise NotNow(_("It ends before that day already."), "ended")
    if on < timezone.localdate():
        said = _("The past is not rewritten: choose today or a later day.")
        raise BadInput(said, "past", {"on": [said]})
    data = {"id": row.pk, "on": on, "department": row.department.code}
    if row.valid_from >= on:
        row.delete()
    else:
        row.valid_to = on
        row.save(update_fields=["valid_to"])
    record(verb="end_responsibility", subject=_subject(row), by=by, data=data, request=request)


@transaction.atomic
def hand_on(
    *, row: Responsibility, department: Department, on: date, by: User | None, request=None
) -> Responsibility:
    """Another department answers from a day on; the row stays as the history until then."""
    until = row.valid_to
    _lock(row)  # before the record's turn, which `end` takes
    end(row=row, on=on, by=by, request=request)
    return answer(
        department=department, area=row.area, duty_grid=row.duty_grid,
        matter_class=row.matter_class, kind=row.kind, major=row.major, valid_from=on,
        valid_to=until, basis=row.basis, by=by, request=request,
    )  # fmt: skip


def _need(by):
    if by is not None and not holds(by, MANAGE_GRID):
        raise NotYours(_("This is not yours to do."), "not_yours")


def _check(row):
    wrong = {}
    if bool(row.area) == bool(row.duty_grid):
        wrong["area"] = _("Name an area or a duty grid, and not both.")
    if not row.matter_class and row.kind not in Kind.values:
        wrong["kind"] = _("Name a class, or a kind.")
    if not row.department.active or row.department.kind == Department.Kind.CENTER:
        wrong["department"] = _("Choose a department.")
    if row.valid_to and row.valid_to <= row.valid_from:
        wrong["valid_to"] = _("It ends after it begins.")
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields={n: [w] for n, w in wrong.items()})


def _lock(row):
    """Two answers for one ground at once would each miss the other."""
    ground = row.ground
    type(ground).objects.select_for_update(of=("self",)).only("pk").get(pk=ground.pk)


def _overlapping(row):
    """Rows of the same ground and matter whose days meet those of the new one."""
    same = Responsibility.objects.filter(
        area=row.area, duty_grid=row.duty_grid, matter_class=row.matter_class,
        kind=row.kind, major=row.major,
    ).select_related("department")  # fmt: skip
    same = same.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=row.valid_from))
    return same.filter(valid_from__lt=row.valid_to) if row.valid_to else same


def _subject(row):
    return f"{row.ground.code} · {row.matter}"
