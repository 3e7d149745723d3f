"""From a row of somebody else's file to a component, or to the reasons why not.

Pure but for the tables of classes, departments and cells that are read once into `Known`.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

import shapely
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from citymgmt.accounts.models import Department
from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import read_date
from citymgmt.lib.reading.cells import compact
from grid.geometry import to_geos
from inventory.importing.mapping import DATES, DEPARTMENTS, TEXTS, Mapping
from inventory.models import ClassEdition, Component, Kind, MatterClass

SEQUENCE_DIGITS = 6
# What a spreadsheet makes of an identifier such as 5-1: a day, as it stores or shows it.
MADE_A_DAY = re.compile(
    r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?|\d{1,2}月\d{1,2}日"
    r"|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}"
)
DISTRICT_DIGITS = 6
BATCH = 1_000
STATUSES = {
    "完好": "intact",
    "破损": "damaged",
    "丢失": "lost",
    "废弃": "abandoned",
    "移除": "removed",
    **{value: value for value in Component.Status.values},
}
SHAPES = {"point": lazy("point"), "line": lazy("line"), "polygon": lazy("polygon")}
DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}


class Known:
    """Classes of the edition, departments by what a file may call them, and components by the
    identifiers of the other system."""

    def __init__(self, mapping: Mapping, foreign_ids=()):
        self.edition = self._edition(mapping.edition)
        rows = MatterClass.objects.filter(edition=self.edition, kind=Kind.COMPONENT)
        self.classes = {found.code: found for found in rows}
        if not self.classes:
            raise BadInput(_("There are no component classes of edition %s.") % self.edition)
        self.digits = len(next(iter(self.classes)))
        if not mapping.edition:
            self._add_local()
        self.departments = _departments()
        self.foreign = _by_foreign_id(mapping.system, foreign_ids)
        self.last = {}

    @staticmethod
    def _edition(code):
        if code:
            found = ClassEdition.objects.filter(code=code).first()
            if found is None:
                raise BadInput(_("There are no component classes of edition %s.") % code)
            return found
        found = ClassEdition.objects.in_force().filter(local=False).first()
        if found is None:
            raise BadInput(_("No class edition is in force; name one in the mapping."))
        return found

    def _add_local(self):
        """A city's own classes stand beside the national numbering."""
        rows = MatterClass.objects.in_use().filter(kind=Kind.COMPONENT, edition__local=True)
        for found in rows:
            if len(found.code) == self.digits:
                self.classes.setdefault(found.code, found)

    def next_number(self, found: MatterClass, district: str) -> int:
        """The number after the last one that the class has in the district."""
        key = (found.pk, district)
        if key not in self.last:
            rows = Component.objects.filter(matter_class=found, code__startswith=district)
            last = rows.aggregate(last=Max("code"))["last"]
            self.last[key] = int(last[-SEQUENCE_DIGITS:]) if last else 0
        self.last[key] += 1
        return self.last[key]


def _departments():
    """{name as a file may write it: [departments]}: of a code there is one, of a name several."""
    found = defaultdict(set)
    rows = Department.objects.values_list(
        "id", "code", "name_zh", "name_en", "active", "credit_code"
    )
    for pk, code, zh, en, active, credit in rows:
        for rank, names in enumerate(((code,), (credit,), (zh, en))):
            for name in filter(None, names):
                found[_key(name)].add((rank, not active, pk, code))
    return {name: _best(rows) for name, rows in found.items()}


def _best(rows):
    """A code beats a name, one that works beats one that is closed; [(pk, code)]."""
    best = min(row[:2] for row in rows)
    return sorted((pk, code) for *rank, pk, code in rows if tuple(rank) == best)


def _key(name):
    return compact(name).casefold()


def _by_foreign_id(system, ids):
    found, ids = {}, list(ids)
    for start in range(0, len(ids), BATCH):
        rows = Component.objects.filter(
            foreign_system=system, foreign_id__in=ids[start : start + BATCH]
        )
        found |= dict(rows.values_list("foreign_id", "code"))
    return found


@dataclass
class Parsed:
    """A component not yet stored; what is wrong with its row, and what is only noted, as
    (field, value, reason); fields that an update leaves as they are."""

    component: Component = field(default_factory=Component)
    faults: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    kept: set = field(default_factory=set)

    def fault(self, name, value, reason):
        self.faults.append((name, value, str(reason)))

    def note(self, name, value, reason):
        self.notes.append((name, value, str(reason)))


def parse(row, known: Known, mapping: Mapping, since_1904=False) -> Parsed:
    """row: an `importing.Row` that is placed. A field whose cell cannot be trusted is told once."""
    out = Parsed(faults=list(row.faults))
    given = {name: text for name, text in row.given.items() if name not in row.untrusted}
    _place(out, row)
    if not row.untrusted & {"code", "number", "class_code", "foreign_id"}:
        _class_and_code(out, given, row, known, mapping)
    for name in DEPARTMENTS:
        _department(out, name, given.get(name, ""), known, name in mapping.required)
    for name in DATES:
        _date(out, name, given.get(name, ""), since_1904)
    for name in TEXTS:
        _text(out, name, given.get(name, ""))
    _status(out, given.get("status", ""))
    for name in mapping.required:
        if name in given and not given[name]:
            out.fault(name, "", _("empty, and the mapping requires it"))
    return out


def _place(out, row):
    if row.shape is not None and row.cell is not None:
        out.component.geometry = to_geos(row.shape)
        out.component.unit_grid_id = row.cell.pk
        out.component.community_id = row.cell.community_id


# --- class and code -------------------------------------------------------------------------
def _class_and_code(out, given, row, known, mapping):
    code, cls = _digits(given.get("code", "")), _class_code(out, given, known)
    cls = cls or code[DISTRICT_DIGITS : DISTRICT_DIGITS + known.digits]
    found = known.classes.get(cls)
    if found is None:
        out.fault("class_code", cls, _("no such class in this edition"))
        return
    out.component.matter_class = found
    out.component.name = found.name_zh
    _fits(out, row.shape, found)
    code = _known_or_given(out, given, code, found, row.cell, known, mapping)
    if code is None:
        return
    out.component.code = code
    if reason := _wrong_code(code, cls, row.cell):
        out.fault("code", code, reason)


def _digits(text):
    """A code as people write it: in groups, with dashes, full-width."""
    written = compact(text)
    bare = written.replace("-", "")
    return bare if bare.isascii() and bare.isdigit() else written


def _class_code(out, given, known):
    """All codes of an edition have the same length, so zeros that a spreadsheet took are known."""
    text = _digits(given.get("class_code", ""))
    padded = text.zfill(known.digits)
    if text and text != padded and text.isdigit() and padded in known.classes:
        out.note("class_code", text, _("read as %s: its leading zeros were lost") % padded)
        return padded
    return text


def _fits(out, shape, found):
    wanted = DIMENSIONS.get(found.shape)
    if shape is None or wanted is None:
        return
    several = shape.geom_type in ("MultiPoint", "GeometryCollection")
    if several or shapely.get_dimensions(shape) != wanted:
        out.fault(
            "geometry",
            shape.geom_type,
            _("class %(code)s %(name)s is surveyed as a %(shape)s")
            % {"code": found.code, "name": found, "shape": SHAPES[found.shape]},
        )


def _known_or_given(out, given, code, found, cell, known, mapping):
    """The code of the row: given, composed, known by the other system's identifier, or the next."""
    foreign = given.get("foreign_id", "")
    theirs = known.foreign.get(foreign) if foreign else None
    out.component.foreign_id = foreign
    out.component.foreign_system = mapping.system if foreign else ""
    most = Component._meta.get_field("foreign_id").max_length
    if len(foreign) > most:
        out.fault("foreign_id", foreign[:40], _("longer than %s characters") % most)
    if MADE_A_DAY.fullmatch(foreign):
        reason = _("a spreadsheet made a day of the identifier; format the column as text")
        out.fault("foreign_id", foreign, reason)
    if not code and mapping.automatic:
        if not foreign:
            out.fault("foreign_id", "", _("empty: without it the row would be stored twice"))
            return None
        return theirs or _next(out, found, cell, known)
    if not code:
        code = _composed(out, given, found, cell)
    if code and theirs and theirs != code:
        out.fault("foreign_id", foreign, _("this identifier belongs to component %s") % theirs)
    return code


def _composed(out, given, found, cell):
    number = _digits(given.get("number", ""))
    if not (number.isascii() and number.isdigit() and len(number) <= SEQUENCE_DIGITS):
        out.fault("number", number, _("a number of up to 6 digits is needed"))
        return None
    return _code(found, cell, int(number))


def _next(out, found, cell, known):
    """None for a row that is not taken anyway: it must use up no number."""
    if out.faults or cell is None:
        return None
    number = known.next_number(found, cell.code[:DISTRICT_DIGITS])
    if number >= 10**SEQUENCE_DIGITS:
        out.fault("code", "", _("the numbers of this class are used up in the district"))
        return None
    return _code(found, cell, number)


def _code(found, cell, number):
    district = cell.code[:DISTRICT_DIGITS] if cell else "0" * DISTRICT_DIGITS
    return f"{district}{found.code}{number:0{SEQUENCE_DIGITS}d}"


def _wrong_code(code, cls, cell):
    length = DISTRICT_DIGITS + len(cls) + SEQUENCE_DIGITS
    if not (code.isascii() and code.isdigit() and len(code) == length):
        return _("a code of %s digits is needed") % length
    if code[DISTRICT_DIGITS : DISTRICT_DIGITS + len(cls)] != cls:
        return _("the code is of another class than %s") % cls
    if not int(code[-SEQUENCE_DIGITS:]):
        return _("the number at the end of the code is 0")
    if cell and not cell.code.startswith(code[:DISTRICT_DIGITS]):
        return _("the code is of another district than its place, %s") % cell.code[:DISTRICT_DIGITS]
    return ""


# --- other fields -----------------------------------------------------------------------------
def _department(out, name, text, known, required):
    found = known.departments.get(_key(text), []) if text else []
    if len(found) > 1:
        codes = ", ".join(code for _pk, code in found)
        out.fault(name, text, _("several departments have this name: %s; give the code") % codes)
    elif found:
        setattr(out.component, f"{name}_id", found[0][0])
    elif text and required:
        out.fault(name, text, _("unknown department"))
    elif text:
        out.note(name, text, _("unknown department; the row is taken without it"))
        out.kept.add(f"{name}_id")


def _date(out, name, text, since_1904):
    if not text:
        return
    try:
        setattr(out.component, name, read_date(text, since_1904=since_1904))
    except ValueError as error:
        out.fault(name, text, error)


def _text(out, name, text):
    most = Component._meta.get_field(name).max_length
    if len(text) > most:
        out.fault(name, text[:40], _("longer than %s characters") % most)
    elif text:
        setattr(out.component, name, text)


def _status(out, text):
    if text:
        out.component.status = STATUSES.get(compact(text).lower(), "")
        if not out.component.status:
            out.fault("status", text, _("unknown status"))
