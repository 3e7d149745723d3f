"""Reference data of classes: national editions, local classes and the crosswalk between them.

Loading again changes nothing that stayed the same: rows are keyed by edition + kind + code.
"""

from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from citymgmt.lib.tables import read_table, refuse_lines
from inventory.models import ClassEdition, Kind, MatterClass

DATA = Path(__file__).parent / "data"
CLASSES, LOCAL_CLASSES, CROSSWALK = (
    DATA / "classes.csv", DATA / "local_classes.csv", DATA / "class_crosswalk.csv",
)  # fmt: skip
COLUMNS = (
    "edition", "kind", "major_code", "major_zh", "major_en", "minor_code", "minor_zh", "minor_en",
    "geometry", "confidence", "derived_from_component",
)  # fmt: skip
NATIONAL, LOCAL = "GB/T 30428.2-2013", "yuncheng-2024"
# The handling standards at hand are written for these two, so new reports use them.
ACTIVE = {NATIONAL, LOCAL}
SHAPES = {"", "point", "line", "polygon"}
KEY = ("edition", "kind", "code")


def load_classes(path=None, *, local=False) -> dict:
    """Load the shipped tables, or one file; `local` marks its editions as a city's own.

    Answers {editions, classes, components, events}: rows of the files. BadInput names the lines.
    """
    files = [(path, local)] if path else [(CLASSES, False), (LOCAL_CLASSES, True)]
    with transaction.atomic():
        rows = [row for file, is_local in files for row in _load_file(file, is_local)]
    kinds = [row.kind for row in rows]
    return {
        "editions": len({row.edition_id for row in rows}),
        "classes": len(rows),
        "components": kinds.count(Kind.COMPONENT),
        "events": kinds.count(Kind.EVENT),
    }


def _load_file(path, local):
    lines = read_table(path, COLUMNS)
    refuse_lines(path, _faults(lines))
    editions = {
        code: _edition(code, local) for code in dict.fromkeys(row["edition"] for _n, row in lines)
    }
    rows = [_class(editions[row["edition"]], row) for _n, row in lines]
    fields = [f.name for f in MatterClass._meta.concrete_fields if f.name not in {"id", *KEY}]
    MatterClass.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=KEY, update_fields=fields, batch_size=500
    )
    return rows


def _edition(code, local):
    """A new edition comes into use only where it is one of the shipped ones and none else is."""
    taken = not local and ClassEdition.objects.filter(active=True, local=False).exists()
    edition, _new = ClassEdition.objects.get_or_create(
        code=code, defaults={"local": local, "active": code in ACTIVE and not taken}
    )
    return edition


def _faults(lines):
    seen, faults = {}, []
    for line, row in lines:
        key = (row["edition"], row["kind"], row["major_code"] + row["minor_code"])
        if reason := _fault(row) or (key in seen and _("same class as line %s") % seen[key]):
            faults.append((line, reason))
        seen.setdefault(key, line)
    return faults


def _fault(row):
    if row["kind"] not in Kind.values:
        return _("kind must be component or event, not “%s”") % row["kind"]
    if not (row["major_code"] + row["minor_code"]).isdigit():
        return _("class codes are digits")
    if row["geometry"] not in SHAPES:
        return _("unknown geometry “%s”") % row["geometry"]
    empty = [name for name in ("edition", "major_zh", "minor_zh") if not row[name]]
    return empty and _("empty: %s") % ", ".join(empty)


def _class(edition, row):
    return MatterClass(
        edition=edition,
        kind=row["kind"],
        code=row["major_code"] + row["minor_code"],
        major=row["major_code"],
        minor=row["minor_code"],
        major_zh=row["major_zh"],
        major_en=row["major_en"],
        name_zh=row["minor_zh"],
        name_en=row["minor_en"],
        shape=row["geometry"],
        confidence=row["confidence"],
        derived_from=row["derived_from_component"],
    )


@lru_cache
def crosswalk():
    """{(edition, kind, code): (other edition, other code, relation)}, in both directions."""
    table = {}
    for _line, row in read_table(CROSSWALK):
        kind, relation = row["kind"], row["relation"]
        old = row["from_edition"], row["from_code"]
        new = row["to_edition"], row["to_code"]
        table[old[0], kind, old[1]] = (*new, relation)
        table[new[0], kind, new[1]] = (*old, relation)
    return table


def counterpart(matter_class):
    """The same class in the other edition as (edition, code, relation), or None."""
    return crosswalk().get((matter_class.edition.code, matter_class.kind, matter_class.code))
