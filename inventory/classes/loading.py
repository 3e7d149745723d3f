"""Reference data of classes: national editions, local classes and the crosswalk between them.

Loading again changes nothing that stayed the same: rows are keyed by edition + kind + code.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import read_table, refuse_lines
from citymgmt.lib.reading.cells import compact
from inventory.models import ClassEdition, Kind, MatterClass

DATA = Path(__file__).parents[1] / "data"
CLASSES, LOCAL_CLASSES, CROSSWALK = (
    DATA / "classes.csv", DATA / "local_classes.csv", DATA / "class_crosswalk.csv",
)  # fmt: skip
COLUMNS = (
    "edition", "kind", "major_code", "major_zh", "major_en", "minor_code", "minor_zh", "minor_en",
    "geometry", "confidence", "derived_from_component",
)  # fmt: skip
NATIONAL, LOCAL = "GB/T 30428.2-2013", "yuncheng-2024"
# The handling standards at hand are written for these two, so a new city begins with them.
BEGINNING = {NATIONAL, LOCAL}
SHAPES = {"", "point", "line", "polygon"}
KEY = ("edition", "kind", "code")
CONTENT = (
    "major", "minor", "major_zh", "major_en", "name_zh", "name_en", "shape", "confidence",
    "derived_from",
)  # fmt: skip
CODES = ("major_code", "minor_code")
# A component's code has 16 or 17 digits, so the code of its class has these.
CLASS_DIGITS = (4, 5)


def load_classes(path=None, *, local=False, valid_from=None, sheet=None, encoding=None) -> dict:
    """Load the shipped tables, or one file; `local` marks its editions as a city's own.

    valid_from: the first day of the editions of the file. Without it local classes are used at
    once; a national numbering is used at once where there is none yet, and waits otherwise.
    Answers {editions, classes, components, events, in_force, waiting}: figures of the files, and
    of the editions stored which are used and which are not. BadInput names the lines.
    """
    files = [(path, local)] if path else [(CLASSES, False), (LOCAL_CLASSES, True)]
    with transaction.atomic():
        rows = []
        for file, is_local in files:
            table = read_table(file, COLUMNS, sheet=sheet, encoding=encoding)
            rows += _load_table(table, is_local, valid_from, shipped=not path)
    kinds = [row.kind for row in rows]
    return {
        "editions": len({row.edition_id for row in rows}),
        "classes": len(rows),
        "components": kinds.count(Kind.COMPONENT),
        "events": kinds.count(Kind.EVENT),
        **editions_told(),
    }


def begin_edition(code: str, valid_from: date) -> dict:
    """Put a stored edition into force from a day on; a national one ends the one before it that
    day. Answers the editions as `load_classes` does."""
    edition = ClassEdition.objects.filter(code=code).first()
    if edition is None:
        names = ", ".join(ClassEdition.objects.values_list("code", flat=True))
        raise BadInput(
            _("There is no class edition “%(code)s”; stored are: %(names)s.")
            % {"code": code, "names": names or "–"},
            "no_edition",
        )
    with transaction.atomic():
        _begin(edition, valid_from)
        refuse_doubles(edition)
    return editions_told()


def refuse_doubles(edition: ClassEdition) -> None:
    """Two editions used at the same time never share a code of a kind: no report could name it.

    BadInput names the other edition and the codes."""
    if not edition.active:
        return
    day = max(edition.valid_from or timezone.localdate(), timezone.localdate())
    beside = ClassEdition.objects.in_force(day) | ClassEdition.objects.filter(
        active=True, valid_from__gt=day
    )
    for other in beside.exclude(pk=edition.pk):
        if not (edition.local or other.local):
            continue
        same = _keys(edition) & _keys(other)
        if same:
            codes = ", ".join(f"{Kind(kind).label} {code}" for kind, code in sorted(same)[:10])
            raise BadInput(
                _("%(code)s and %(other)s number classes alike: %(codes)s")
                % {"code": edition.code, "other": other.code, "codes": codes},
                "same_codes",
            )


def _keys(edition):
    return set(edition.classes.values_list("kind", "code"))


def editions_told(on=None) -> dict:
    """{in_force: codes, waiting: what is stored without being used, in words}."""
    day = on or timezone.localdate()
    used = set(ClassEdition.objects.in_force(day).values_list("code", flat=True))
    others = ClassEdition.objects.exclude(code__in=used)
    return {"in_force": sorted(used), "waiting": [_waits(edition, day) for edition in others]}


def _waits(edition, day):
    if edition.active and edition.valid_from and edition.valid_from > day:
        return _("%(code)s: stored, in force from %(day)s") % {
            "code": edition.code, "day": edition.valid_from,
        }  # fmt: skip
    if edition.active:
        return _("%s: stored, followed by a later one") % edition.code
    return _("%s: stored, not in force; begin it with --edition and --valid-from") % edition.code


# --- storing --------------------------------------------------------------------------------
def _load_table(table, local, valid_from, *, shipped):
    lines = [(line.number, dict(line.fields)) for line in table.lines]
    if not lines:
        raise BadInput(_("%(file)s holds no rows.") % {"file": table.file}, "empty")
    _restore_zeros(lines)
    refuse_lines(table, _faults(lines))
    editions = {
        code: _edition(code, local, valid_from, shipped)
        for code in dict.fromkeys(row["edition"] for _n, row in lines)
    }
    rows = [_class(editions[row["edition"]], row) for _n, row in lines]
    changed = _changed(rows)
    MatterClass.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=KEY, update_fields=CONTENT,
        batch_size=500,
    )  # fmt: skip
    ClassEdition.objects.filter(pk__in=[one.pk for one in editions.values()]).exclude(
        origin="" if shipped else table.file
    ).update(origin="" if shipped else table.file)
    for edition in {row.edition for row in (rows if valid_from else changed)}:
        refuse_doubles(edition)
    return rows


def _changed(rows):
    """Those that are new or not as they are stored; their editions are told of it."""
    stored = MatterClass.objects.filter(edition__in={row.edition for row in rows})
    known = dict(_content(row) for row in stored)
    changed = [row for row in rows if known.get(_content(row)[0]) != _content(row)[1]]
    ClassEdition.objects.filter(pk__in={row.edition_id for row in changed}).touch()
    return changed


def _content(row):
    key = row.edition_id, row.kind, row.code
    return key, [getattr(row, name) for name in CONTENT]


def _edition(code, local, valid_from, shipped):
    edition, new = ClassEdition.objects.get_or_create(code=code, defaults={"local": local})
    if valid_from:
        _begin(edition, valid_from)
    elif new:
        taken = ClassEdition.objects.filter(active=True, local=False).exists()
        wanted = code in BEGINNING if shipped else True
        edition.active = wanted and (local or not taken)
        edition.save(update_fields=["active"])
    return edition


def _begin(edition, valid_from):
    same = ClassEdition.objects.filter(active=True, local=False, valid_from=valid_from)
    other = same.exclude(pk=edition.pk).first()
    if other and not edition.local:
        raise BadInput(
            _("%(code)s begins on %(day)s too; two national editions cannot.")
            % {"code": other.code, "day": valid_from},
            "same_day",
        )
    edition.active, edition.valid_from = True, valid_from
    edition.save(update_fields=["active", "valid_from"])


# --- judging --------------------------------------------------------------------------------
def _restore_zeros(lines):
    """Codes as digits alone; zeros that a spreadsheet took come back where the length is known
    from what is stored of the edition."""
    known = {}
    stored = MatterClass.objects.filter(edition__code__in={row["edition"] for _n, row in lines})
    for edition, kind, *codes in stored.values_list("edition__code", "kind", "major", "minor"):
        for name, code in zip(CODES, codes, strict=True):
            known.setdefault((edition, kind, name), set()).add(len(code))
    for _number, row in lines:
        for name in CODES:
            row[name] = compact(row[name])
            lengths = known.get((row["edition"], row["kind"], name), ())
            if row[name].isdigit() and len(lengths) == 1:
                row[name] = row[name].zfill(*lengths)


def _faults(lines):
    seen, faults = {}, []
    lengths = _lengths(lines)
    for line, row in lines:
        key = (row["edition"], row["kind"], row["major_code"] + row["minor_code"])
        reason = _fault(row) or _wrong_length(row, lengths)
        if reason := reason or (key in seen and _("same class as line %s") % seen[key]):
            faults.append((line, reason))
        seen.setdefault(key, line)
    return faults


def _lengths(lines):
    """{(edition, kind, column): lengths of its codes}: within an edition they are all the same."""
    found = {}
    for _number, row in lines:
        for name in CODES:
            found.setdefault((row["edition"], row["kind"], name), set()).add(len(row[name]))
    return found


def _wrong_length(row, lengths):
    for name in CODES:
        found = lengths[row["edition"], row["kind"], name]
        if len(found) > 1 and len(row[name]) < max(found):
            return _("%(column)s “%(code)s” is shorter than others; its leading zeros seem lost, "
                     "format the column as text") % {"column": name, "code": row[name]}  # fmt: skip
    if len(row["major_code"] + row["minor_code"]) not in CLASS_DIGITS:
        return _("a class code has 4 or 5 digits, not “%s”; format the columns as text") % (
            row["major_code"] + row["minor_code"]
        )
    return ""


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


# --- between editions -------------------------------------------------------------------------
@lru_cache
def crosswalk():
    """{(edition, kind, code): (other edition, other code, relation)}, in both directions."""
    table = {}
    for line in read_table(CROSSWALK).lines:
        row = line.fields
        kind, relation = row["kind"], row["relation"]
        old = row["from_edition"], row["from_code"]
        new = row["to_edition"], row["to_code"]
        table[old[0], kind, old[1]] = (*new, relation)
        table[new[0], kind, new[1]] = (*old, relation)
    return table


def counterpart(matter_class):
    """The same class in the other edition as (edition, code, relation), or None."""
    return crosswalk().get((matter_class.edition.code, matter_class.kind, matter_class.code))
