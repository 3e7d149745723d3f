"""Components from tables (CSV, XLSX) and GIS files: good rows go in together, bad rows are told."""

from dataclasses import dataclass
from pathlib import Path

import shapely
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.lib.sheets import NUMBER, TEXT, Table, by_place, write_csv
from grid.geometry import from_geos
from inventory.importing.files import Source, read_source
from inventory.importing.mapping import DEPARTMENTS, Mapping, check_mapping
from inventory.importing.places import place
from inventory.importing.rows import Known, Parsed, parse
from inventory.models import ClassEdition, Component, ComponentChange

HEADER = ("file", "sheet", "row", "cell", "field", "value", "kind", "reason")
KINDS = (TEXT, TEXT, NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT)
REFUSED, WARNING, LEFT_OUT = "refused", "warning", "left_out"
BATCH = 1_000
PLACE = ("geometry", "unit_grid_id", "community_id")
SPREADSHEET_DIGITS = 15


@dataclass(frozen=True)
class Told:
    """A line of the report; kind: REFUSED (nothing of the row is stored), WARNING, LEFT_OUT."""

    row: int
    field: str
    value: str
    kind: str
    reason: str


def import_components(path, mapping: Mapping, *, report=None, dry_run=False, by=None) -> dict:
    """Create components, update those known by their code or by the identifier of the other
    system, report the rows that cannot be taken.

    All good rows are stored in one transaction, or none. A duplicate code inside the file is
    refused. report: path of the CSV of refused rows and warnings. Answers {rows, created, updated,
    rejected, warnings, report}. BadInput when the file as a whole cannot be used.
    """
    check_mapping(mapping)
    source = read_source(Path(path), mapping)
    place(source)
    report = Path(report or settings.VAR_DIR / f"import-{Path(path).stem}.csv")
    with transaction.atomic():
        # One import after the other: two could give the same number, or store a row twice.
        list(ClassEdition.objects.select_for_update().order_by("id"))
        good, told = _parse_all(source, mapping)
        created, updated = _store(good, mapping, by)
        if dry_run:
            transaction.set_rollback(True)
    told += [
        Told(number, "", text, LEFT_OUT, _("a row of totals")) for number, text in source.left_out
    ]
    hidden = _("the row is hidden in the file; it was read like the others")
    told += [Told(number, "", "", WARNING, hidden) for number in source.hidden]
    _write_report(report, source, mapping, sorted(told, key=lambda one: one.row))
    return {
        "rows": len(source.rows),
        "created": created,
        "updated": updated,
        "rejected": len(source.rows) - len(good),
        "warnings": sum(one.kind == WARNING for one in told),
        "report": str(report),
    }


# --- judging --------------------------------------------------------------------------------
def _parse_all(source: Source, mapping) -> tuple[dict[str, Parsed], list[Told]]:
    """({code: row}, what is told)."""
    foreign = {row.given.get("foreign_id", "") for row in source.rows} - {""}
    known = Known(mapping, foreign)
    lost = _digits_lost(source)
    good, told, seen = {}, [], {}
    for row in source.rows:
        out = parse(row, known, mapping, source.since_1904)
        if lost and row.given.get("code"):
            out.fault("code", row.given["code"], lost)
        _once(out, row, seen)
        told += [Told(row.number, *fault[:2], REFUSED, fault[2]) for fault in out.faults]
        told += [Told(row.number, *note[:2], WARNING, note[2]) for note in out.notes]
        if not out.faults:
            good[out.component.code] = out
    return good, told


def _once(out, row, seen):
    """A row whose code or identifier a good row had before is refused."""
    keys = [("code", out.component.code)]
    if foreign := row.given.get("foreign_id"):
        keys.append(("foreign_id", foreign))
    if out.faults:
        return
    for name, value in keys:
        if (name, value) in seen:
            words = (
                _("the same code as row %s")
                if name == "code"
                else _("the same identifier as row %s")
            )
            out.fault(name, value, words % seen[name, value])
            return
    seen.update(dict.fromkeys(keys, row.number))


def _digits_lost(source):
    """Why no code of the file can be trusted: all end in the zeros that a spreadsheet puts for
    what it cannot keep. One or two codes may end so by themselves."""
    codes = [row.given["code"] for row in source.rows if row.given.get("code", "").isdigit()]
    long = [code for code in codes if len(code) > SPREADSHEET_DIGITS]
    rounded = [code for code in long if not int(code[SPREADSHEET_DIGITS:])]
    if len(rounded) < len(long) or len(long) < 2:
        return ""
    if len(set(long)) == len(long) < 10:
        return ""
    return _("all codes end in 0: a spreadsheet kept 15 digits only; format the column as text")


# --- storing --------------------------------------------------------------------------------
def _store(good, mapping, by):
    stored = _stored(list(good))
    Component.objects.bulk_create(
        [row.component for code, row in good.items() if code not in stored], batch_size=BATCH
    )
    names = _written(mapping)
    changes = []
    for code, row in stored.items():
        wanted = [name for name in names if name not in good[code].kept]
        before = {name: getattr(row, name) for name in wanted}
        after = {name: getattr(good[code].component, name) for name in wanted}
        if _plain(before) != _plain(after):
            _apply(row, after, good[code].component)
            changes.append(_change(row, before, after, by))
    fields = [name.removesuffix("_id") if name != "foreign_id" else name for name in names]
    fields.append("changed_on")
    Component.objects.bulk_update([c.component for c in changes], set(fields), batch_size=BATCH)
    ComponentChange.objects.bulk_create(changes, batch_size=BATCH)
    return len(good) - len(stored), len(changes)


def _stored(codes):
    found = {}
    for start in range(0, len(codes), BATCH):
        rows = Component.objects.filter(code__in=codes[start : start + BATCH])
        found |= {row.code: row for row in rows.select_for_update()}
    return found


def _written(mapping):
    """Fields an update touches: those the mapping names, and the place. The rest is kept."""
    names = mapping.fields - {"code", "number", "class_code", "lon", "lat", "changed_on"}
    names |= {"foreign_system"} if "foreign_id" in names else set()
    return [f"{name}_id" if name in DEPARTMENTS else name for name in sorted(names)] + [*PLACE]


def _plain(values):
    """Values as JSON holds them; positions as text to a millimetre."""
    return {
        name: shapely.to_wkt(from_geos(value), 8) if name == "geometry" else str(value)
        for name, value in values.items()
    }


def _apply(row, after, given):
    for name, value in after.items():
        setattr(row, name, value)
    row.changed_on = given.changed_on or timezone.localdate()


def _change(row, before, after, by):
    old, new = _plain(before), _plain(after)
    names = [name for name in new if old[name] != new[name]]
    return ComponentChange(
        component=row,
        by=by,
        reason=_("Import"),
        before={name: old[name] for name in names},
        after={name: new[name] for name in names},
    )


def _write_report(path, source, mapping, told):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        (
            source.file,
            source.sheet,
            one.row,
            source.cell(one.row, one.field, mapping),
            one.field,
            one.value,
            one.kind,
            one.reason,
        )
        for one in told
    )
    with path.open("wb") as file:
        write_csv(Table(_("Import"), by_place(HEADER, KINDS), lines), file)
