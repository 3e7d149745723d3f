"""Photos and their rows compared: files that no row names go, rows whose file is missing are told.

A process that is killed between a file and its commit leaves the file; so does a commit whose
answer was lost. Such a file is removed once it is old enough to belong to nothing under way.
"""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage

from cases.models import Attachment, WaitingPhoto

SAFE_AGE = timedelta(days=1)
FOLDER = "photos"  # where `cases.models.photos` puts them
BATCH = 500
ROWS = (Attachment, WaitingPhoto)

log = logging.getLogger(__name__)


def sweep(age=SAFE_AGE, *, every=False) -> dict[str, int]:
    """{unnamed, removed, missing}: files that no row names, those of them removed, and names of
    rows without a file.

    More files without a row than with one look like the photos of another database: then
    nothing is removed, unless `every` says so.
    """
    found, named = unnamed(age)
    if len(found) > named and not every:
        log.error("%s of %s files have no row: none is removed", len(found), len(found) + named)
        removed = 0
    else:
        removed = sum(map(_remove, found))
    return {"unnamed": len(found), "removed": removed, "missing": sum(map(_tell, missing()))}


def _remove(name):
    log.warning("A file that no row names is removed: %s", name)
    default_storage.delete(name)
    return 1


def _tell(name):
    log.error("A photo on record has no file: %s", name)
    return 1


def unnamed(age=SAFE_AGE) -> tuple[list[str], int]:
    """Files older than `age` that no row names, half-written ones among them, and how many of
    that age have a row."""
    root = Path(default_storage.path(""))
    paths = _older(root / FOLDER, time.time() - age.total_seconds())
    found, looked = [], 0
    while names := [path.relative_to(root).as_posix() for path in islice(paths, BATCH)]:
        named = _named(names)
        found += [name for name in names if name not in named]
        looked += len(names)
    return found, looked - len(found)


def _older(folder, before):
    for path in folder.rglob("*"):
        try:
            status = path.lstat()
        except FileNotFoundError:  # removed meanwhile
            continue
        if status.st_mtime < before and not path.is_dir():
            yield path


def _named(names) -> set[str]:
    """Those of the names that rows have; found by the identifier that every name begins with."""
    uuids = {uuid for name in names if (uuid := _uuid(name))}
    rows = chain.from_iterable(model.objects.filter(uuid__in=uuids) for model in ROWS)
    return {name for row in rows for name in (row.file.name, row.thumb.name)}


def _uuid(name):
    try:
        return UUID(Path(name).name[:36])
    except ValueError:
        return None


def missing() -> Iterator[str]:
    """Names on record that have no file, as the rows come."""
    for model in ROWS:
        rows = model.objects.order_by("id").values_list("file", "thumb")
        for name in chain.from_iterable(rows.iterator(2000)):
            if not default_storage.exists(name):
                yield name
