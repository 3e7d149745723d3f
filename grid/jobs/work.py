"""What each kind of job does, and what a trial leaves for the map of its page."""

import numpy as np
import shapely

from citymgmt.accounts.audit import record
from grid.build.builder import Sizes
from grid.build.from_files import Plan, draft_grid, store_draft
from grid.check.findings import check
from grid.files.gdal import pyogrio
from grid.geometry import GPS, to_degrees
from grid.jobs.files import folder
from grid.models import GridJob, UnitGrid

PREVIEW = "preview.fgb"


def _plan(job) -> Plan:
    options = job.options
    paths = {name: str(folder(job) / file) for name, file in options["files"].items()}
    words = ("district", "name", "code_field", "name_field", "roads_layer", "encoding", "crs")
    given = {name: options[name] for name in words if options.get(name)}
    maximum = options.get("built_up_max") or Sizes.built_up_max
    return Plan(**paths, **given, sizes=Sizes(built_up_max=maximum))


def _trial(job, tell):
    draft = draft_grid(_plan(job), dry_run=True, progress=tell)
    shapes = np.array([cell.polygon for cell in draft.cells], dtype=object)
    shapes = to_degrees(shapes, draft.zone)
    _write_preview(folder(job) / PREVIEW, shapes, draft.cells)
    return {
        "figures": draft.figures,
        "bounds": [round(float(value), 6) for value in shapely.total_bounds(shapes)],
        "spot": _spot(shapes, draft.cells),
        "communities": len({cell.community for cell in draft.cells}),
        "exist": sorted(code for code in draft.districts if _has_grid(code)),
    }


def _spot(shapes, cells) -> list[float]:
    """(lon, lat) of a cell amid the built-up ones: where a map of many begins."""
    built_up = np.array([cell.built_up for cell in cells])
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    amid = np.median(centres[built_up] if built_up.any() else centres, axis=0)
    nearest = np.argmin(np.hypot(*(centres - amid).T))
    return [round(float(value), 6) for value in centres[nearest]]


def _has_grid(district):
    return UnitGrid.objects.filter(code__startswith=district).exists()


def _write_preview(path, shapes, cells):
    """Cells of a trial with an index by place, for the map of its page."""
    fields = {
        "community": np.array([cell.community for cell in cells], dtype=object),
        "built_up": np.array([cell.built_up for cell in cells], dtype=bool),
        "area_m2": np.array([round(cell.polygon.area) for cell in cells]),
    }
    path.unlink(missing_ok=True)
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), list(fields.values()), list(fields), driver="FlatGeobuf",
        geometry_type="Polygon", crs=f"EPSG:{GPS}",
    )  # fmt: skip


def read_preview(job: GridJob, box, most: int) -> list[tuple]:
    """(shape in stored degrees, community, built-up, m²) of the cells of a trial in a box."""
    _meta, _ids, shapes, fields = pyogrio.raw.read(
        folder(job) / PREVIEW, bbox=tuple(box), max_features=most
    )
    return list(zip(shapely.from_wkb(shapes), *fields, strict=True))


def _build(job, tell):
    draft = draft_grid(_plan(job), dry_run=False, progress=tell)
    store_draft(draft, progress=tell)
    codes = sorted(draft.districts)
    data = {"cells": draft.figures["cells"], "districts": codes}
    record(verb="build_grid", subject=", ".join(codes), by=job.by, data=data)
    return {"figures": draft.figures}


def _check(job, tell):
    tell("check", 0, 1)
    report = check(district=job.options.get("district", ""))
    tell("check", 1, 1)
    return report.as_json()


WORK = {GridJob.Kind.TRIAL: _trial, GridJob.Kind.BUILD: _build, GridJob.Kind.CHECK: _check}
