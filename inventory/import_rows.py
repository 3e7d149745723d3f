"""From a row of somebody else's file to a component, or to the reasons why not.

A mapping says which column holds which field (see `Mapping`). Pure but for the tables of classes,
departments and cells that are read once into `Known`.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import shapely
from django.utils.translation import gettext as _

from citymgmt.accounts.models import Department
from citymgmt.lib.errors import BadInput
from grid.geometry import to_geos
from inventory.loading import NATIONAL
from inventory.models import Component, Kind, MatterClass

DEPARTMENTS = ("supervisor", "owner", "maintainer")
DATES = ("surveyed_on", "changed_on")
TEXTS = ("name", "data_source", "remark")
FIELDS = ("code", "number", "class_code", "lon", "lat", "status", *DEPARTMENTS, *DATES, *TEXTS)
SEQUENCE_DIGITS = 6
STATUSES = {
    "完好": "intact", "破损": "damaged", "丢失": "lost", "废弃": "abandoned", "移除": "removed",
    **{value: value for value in Component.Status.values},
}  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """How to read a file.

    columns: column → field (`FIELDS`); values: field → the same text for every row; translate:
    field → {text of the file: our text}. A component is named by `code`, or by `number` (up to 6
    digits, unique in its class) from which the code is composed. layer, crs: of a GIS file.
    """

    columns: dict
    values: dict = field(default_factory=dict)
    translate: dict = field(default_factory=dict)
    edition: str = NATIONAL
    layer: str | None = None
    crs: str | None = None

    @property
    def fields(self):
        return {*self.columns.values(), *self.values}

    def read(self, row: dict) -> dict:
        """The fields of one row as text."""
        given = dict(self.values)
        for column, name in self.columns.items():
            given[name] = row.get(column, "")
        return {name: self.translate.get(name, {}).get(text, text) for name, text in given.items()}


def read_mapping(path) -> Mapping:
    """The mapping of a JSON file; BadInput says what is wrong with it."""
    try:
        mapping = Mapping(**json.loads(Path(path).read_text(encoding="utf-8")))
        unknown = sorted(mapping.fields - set(FIELDS))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: {error}", "bad_mapping") from error
    if unknown:
        raise BadInput(_("The mapping names unknown fields: %s") % ", ".join(unknown))
    if not mapping.fields & {"code", "number"}:
        raise BadInput(_("The mapping must name a column for code or number."))
    if not mapping.fields & {"code", "class_code"}:
        raise BadInput(_("The mapping must give the class: class_code, or a full code."))
    return mapping


class Known:
    """Classes of the edition and departments, by what a file may call them."""

    def __init__(self, edition):
        classes = MatterClass.objects.filter(edition__code=edition, kind=Kind.COMPONENT)
        self.classes = {found.code: found for found in classes}
        if not self.classes:
            raise BadInput(_("There are no component classes of edition %s.") % edition)
        self.digits = len(next(iter(self.classes)))
        self.departments = {}
        rows = Department.objects.values_list("id", "code", "credit_code", "name_zh", "name_en")
        for pk, *names in rows:
            self.departments |= {name: pk for name in names if name}


@dataclass
class Parsed:
    """A component not yet stored, and what is wrong with its row as (field, value, reason)."""

    component: Component = field(default_factory=Component)
    faults: list = field(default_factory=list)

    def fault(self, name, value, reason):
        self.faults.append((name, value, str(reason)))


def parse(given: dict, shape, cell, known: Known) -> Parsed:
    """given: fields as text; shape in stored degrees or None; cell of its place or None."""
    row = Parsed()
    _place(row, shape, cell)
    _class_and_code(row, given, cell, known)
    for name in DEPARTMENTS:
        _department(row, name, given.get(name, ""), known)
    for name in DATES:
        _date(row, name, given.get(name, ""))
    for name in TEXTS:
        _text(row, name, given.get(name, ""))
    if status := given.get("status", ""):
        row.component.status = STATUSES.get(status, "")
        if not row.component.status:
            row.fault("status", status, _("unknown status"))
    return row


def _place(row, shape, cell):
    if shape is None:
        row.fault("geometry", "", _("no position"))
    elif cell is None:
        middle = shapely.point_on_surface(shape)
        row.fault("geometry", f"{middle.x:.6f} {middle.y:.6f}", _("outside the city"))
    else:
        row.component.geometry = to_geos(shape)
        row.component.unit_grid_id = cell.pk
        row.component.community_id = cell.community_id


def _class_and_code(row, given, cell, known):
    code, number = given.get("code", ""), given.get("number", "")
    cls = given.get("class_code", "") or code[6 : 6 + known.digits]
    found = known.classes.get(cls)
    if found is None:
        row.fault("class_code", cls, _("no such class in this edition"))
        return
    row.component.matter_class = found
    row.component.name = found.name_zh
    if not code:
        if not (number.isascii() and number.isdigit() and len(number) <= SEQUENCE_DIGITS):
            row.fault("number", number, _("a number of up to 6 digits is needed"))
            return
        code = f"{cell.code[:6] if cell else '000000'}{cls}{int(number):06d}"
    row.component.code = code
    if reason := _wrong_code(code, cls, cell):
        row.fault("code", code, reason)


def _wrong_code(code, cls, cell):
    length = 6 + len(cls) + SEQUENCE_DIGITS
    if not (code.isascii() and code.isdigit() and len(code) == length):
        return _("a code of %s digits is needed") % length
    if code[6 : 6 + len(cls)] != cls:
        return _("the code is of another class than %s") % cls
    if cell and not cell.code.startswith(code[:6]):
        return _("the code is of another district than its place, %s") % cell.code[:6]
    return ""


def _department(row, name, text, known):
    if text and text not in known.departments:
        row.fault(name, text, _("unknown department"))
    elif text:
        setattr(row.component, f"{name}_id", known.departments[text])


def _date(row, name, text):
    """YYYYMMDD as the standard writes it, or YYYY-MM-DD with or without a time of day."""
    if not text:
        return
    try:
        # fromisoformat reads 20260501 and 2026-05-01; a time of day behind it is cut off.
        day = date.fromisoformat(text if text.isdigit() else text[:10])
    except ValueError:
        row.fault(name, text, _("not a date"))
    else:
        setattr(row.component, name, day)


def _text(row, name, text):
    most = Component._meta.get_field(name).max_length
    if len(text) > most:
        row.fault(name, text[:40], _("longer than %s characters") % most)
    elif text:
        setattr(row.component, name, text)
