"""Components from tables (CSV, XLSX) and GIS files: good rows go in together, bad rows are told."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from citymgmt.lib.tables import read_table, text_of
from grid.geometry import check_lon_lat, from_geos, to_stored
from inventory.import_rows import DEPARTMENTS, Known, Mapping, parse
from inventory.models import Component, ComponentChange
from inventory.placing import Ground

TABLES = {".csv", ".xlsx"}
HEADER = ("row", "field", "value", "reason")
BATCH = 1_000
PLACE = ("geometry", "unit_grid_id", "community_id")


@dataclass
class Source:
    """Rows of a file: their number, fields as text, geometry in stored degrees or None."""

    numbers: list[int]
    fields: list[dict]
    shapes: list


def import_components(path, mapping: Mapping, *, report=None, dry_run=False, by=None) -> dict:
    """Create components, update those known by their code, report the rows that cannot be taken.

    All good rows are stored in one transaction, or none. A duplicate code inside the file is
    refused. report: path of the CSV of refused rows. Answers {rows, created, updated, rejected,
    report}. BadInput when the file as a whole cannot be used.
    """
    source = read_source(Path(path), mapping)
    good, faults = _parse_all(source, mapping)
    report = Path(report or settings.VAR_DIR / f"import-{Path(path).stem}.csv")
    with transaction.atomic():
        created, updated = _store(good, mapping, by)
        if dry_run:
            transaction.set_rollback(True)
    _write_report(report, faults)
    return {
        "rows": len(source.numbers), "created": created, "updated": updated,
        "rejected": len(source.numbers) - len(good), "report": str(report),
    }  # fmt: skip


# --- reading --------------------------------------------------------------------------------
def read_source(path: Path, mapping: Mapping) -> Source:
    if path.suffix.lower() in TABLES:
        return _read_table(path, mapping)
    return _read_gis(path, mapping)


def _read_table(path, mapping):
    if not {"lon", "lat"} <= mapping.fields:
        raise BadInput(_("A table needs columns for lon and lat."), "no_position")
    lines = read_table(path, mapping.columns)
    fields = [mapping.read(row) for _line, row in lines]
    places = [_position(row) for row in fields]
    known = [n for n, place in enumerate(places) if place is not None]
    if mapping.crs and known:
        moved = to_stored(np.array([places[n] for n in known], dtype=object), mapping.crs)
        for n, shape in zip(known, moved, strict=True):
            places[n] = shape
    return Source([line for line, _row in lines], fields, places)


def _position(row):
    """A point of the row's own numbers; None where they are no position."""
    try:
        lon, lat = float(row["lon"]), float(row["lat"])
        return shapely.Point(lon, lat) if np.isfinite([lon, lat]).all() else None
    except ValueError:
        return None


def _read_gis(path, mapping):
    try:
        meta, _fids, wkb, columns = pyogrio.raw.read(path, layer=mapping.layer, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise BadInput(f"{path}: {error}", "bad_file") from error
    crs = meta["crs"] or mapping.crs
    if not crs:
        raise BadInput(_("The file does not name its coordinate system."), "no_crs")
    missing = sorted(set(mapping.columns) - set(meta["fields"]))
    if missing:
        names = ", ".join(missing)
        raise BadInput(
            _("%(file)s lacks the columns: %(names)s") % {"file": path.name, "names": names},
            "missing_columns",
        )
    texts = {
        name: [text_of(cell) for cell in column]
        for name, column in zip(meta["fields"], columns, strict=True)
    }
    shapes = to_stored(shapely.from_wkb(wkb), crs)
    rows = [{name: texts[name][n] for name in mapping.columns} for n in range(len(shapes))]
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return Source(
        list(range(1, len(shapes) + 1)),
        [mapping.read(row) for row in rows],
        [None if bare else shape for shape, bare in zip(shapes, empty, strict=True)],
    )


# --- judging --------------------------------------------------------------------------------
def _parse_all(source, mapping):
    """({code: component}, [(row, field, value, reason)])."""
    known, good, first, faults = Known(mapping.edition), {}, {}, []
    shapes = [_plausible(shape) for shape in source.shapes]
    cells = _cells(shapes)
    rows = zip(source.numbers, source.fields, shapes, cells, strict=True)
    for number, given, shape, cell in rows:
        row = parse(given, shape, cell, known)
        code = row.component.code
        if not row.faults and code in first:
            row.fault("code", code, _("the same code as row %s") % first[code])
        faults += [(number, *fault) for fault in row.faults]
        if not row.faults:
            good[code], first[code] = row.component, number
    return good, faults


def _plausible(shape):
    if shape is None:
        return None
    west, south, east, north = shape.bounds
    try:
        check_lon_lat(west, south)
        check_lon_lat(east, north)
    except ValueError:
        return None
    return shape


def _cells(shapes):
    """A cell or None for each shape; one spatial join for all of them."""
    placed = [n for n, shape in enumerate(shapes) if shape is not None]
    found = [None] * len(shapes)
    cells = Ground().cells_of([shapes[n] for n in placed]) if placed else []
    for n, cell in zip(placed, cells, strict=True):
        found[n] = cell
    return found


# --- storing --------------------------------------------------------------------------------
def _store(good, mapping, by):
    stored = _stored(list(good))
    Component.objects.bulk_create(
        [row for code, row in good.items() if code not in stored], batch_size=BATCH
    )
    names = _written(mapping)
    changes = []
    for code, row in stored.items():
        before = {name: getattr(row, name) for name in names}
        after = {name: getattr(good[code], name) for name in names}
        if _plain(before) != _plain(after):
            _apply(row, after, good[code])
            changes.append(_change(row, before, after, by))
    fields = [name.removesuffix("_id") for name in names] + ["changed_on"]
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
        component=row, by=by, reason=_("Import"),
        before={name: old[name] for name in names}, after={name: new[name] for name in names},
    )  # fmt: skip


def _write_report(path, faults):
    path.parent.mkdir(parents=True, exist_ok=True)
    # With a byte order mark, or the spreadsheet of an office shows Chinese as noise.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(faults)
