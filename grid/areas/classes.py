"""Area classes A, B, C of streets and communities, changed from a day on.

`AreaClass` rows are the truth from the first change on; `Area.area_class` and the letters of the
evaluation grids are what they say today. A case keeps the class of the day it was reported.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.models import Area, AreaClass, EvaluationGrid

LETTERS = ("A", "B", "C")
LEVELS = (Area.Level.STREET, Area.Level.COMMUNITY)


@transaction.atomic
def set_class(
    *, area: Area, area_class: str, on: date | None = None, by: User | None,
    today: date | None = None, request=None,
) -> int:  # fmt: skip
    """The class of a community, or of a street and all its communities, from a day on.

    How many areas changed. Refused for a past day, and where a later change is planned already.
    """
    if by is not None and not holds(by, MANAGE_GRID):
        raise NotYours(_("This is not yours to do."), code="not_yours")
    today = today or timezone.localdate()
    on = on or today
    _check(area, area_class, on, today)
    areas = [area]
    if area.level == Area.Level.STREET:
        areas += Area.objects.filter(parent=area).defer("geometry").order_by("code")
    changed = [one for one in areas if _write(one, area_class, on)]
    if changed:
        settle(today)
        data = {"class": area_class, "on": on, "areas": [one.code for one in changed]}
        record(verb="set_area_class", subject=area.code, by=by, data=data, request=request)
    area.refresh_from_db(fields=["area_class"])
    return len(changed)


def settle(today: date | None = None) -> int:
    """Bring areas and evaluation grids to what the rows say today; how many areas changed."""
    changed = 0
    for row in AreaClass.objects.on(today).select_related("area").defer("area__geometry"):
        letter = row.area_class
        areas = Area.objects.filter(pk=row.area_id).exclude(area_class=letter)
        changed += areas.update(area_class=letter)
        grids = EvaluationGrid.objects.filter(community=row.area_id).exclude(letter=letter)
        grids.update(letter=letter)
    return changed


def _check(area, area_class, on, today):
    if area.level not in LEVELS:
        said = _("Streets and communities have a class.")
        raise BadInput(said, fields={"area": [said]})
    if area_class not in LETTERS:
        said = _("The class is A, B or C.")
        raise BadInput(said, fields={"area_class": [said]})
    if on < today:
        said = _("The past is not rewritten: choose today or a later day.")
        raise BadInput(said, "past", {"on": [said]})


def _write(area, letter, on):
    """Close the open row and open another; False where the class is the same already."""
    row = AreaClass.objects.select_for_update().filter(area=area, valid_to__isnull=True).first()
    if row is None:
        row = AreaClass.objects.create(area=area, area_class=area.area_class)
    if row.valid_from and row.valid_from > on:
        said = _("%(area)s changes its class on %(day)s already.") % {
            "area": area.name, "day": row.valid_from,
        }  # fmt: skip
        raise NotNow(said, "change_planned", {"on": [said]})
    if row.area_class == letter:
        return False
    if row.valid_from == on:
        row.area_class = letter
        row.save(update_fields=["area_class"])
        return True
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    AreaClass.objects.create(area=area, area_class=letter, valid_from=on)
    return True
