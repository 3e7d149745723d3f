"""Back from a backup: everything is checked before anything is touched."""

import json
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from citymgmt.lib.backup.copying import copy, digest, listed
from citymgmt.lib.backup.databases import database
from citymgmt.lib.backup.making import FORMAT, KEYS, LIST, MANIFEST, record_folder
from citymgmt.lib.errors import BadInput, NotNow

KNOWN = ("format", "made_at", "database", "migrations", "counts", "files", "list_sha256")


def check(folder: Path) -> dict:
    """The manifest of a backup that is whole and that this installation can read. BadInput."""
    manifest = _manifest(folder)
    if manifest["database"] != (mine := database().name):
        raise BadInput(
            f"The backup holds {manifest['database']}, this installation needs {mine}: restore it"
            " with the profile it was made with (DATABASE_URL)."
        )
    known = MigrationLoader(connection, load=True).disk_migrations
    if newer := [f"{a}.{n}" for a, n in manifest["migrations"].items() if (a, n) not in known]:
        raise BadInput(f"The backup is of a newer version: {', '.join(newer)} is not known here.")
    _check_files(folder, manifest)
    return manifest


def _manifest(folder):
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInput(f"{folder} has no {MANIFEST}: no backup, or one that was not finished.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{MANIFEST} cannot be read: {error}") from error
    if not isinstance(manifest, dict) or not set(KNOWN) <= set(manifest):
        raise BadInput(f"{MANIFEST} does not say what it must.")
    if manifest["format"] != FORMAT:
        raise BadInput(f"Format {manifest['format']} is not known here.")
    return manifest


def _check_files(folder, manifest):
    path = folder / LIST
    if not path.is_file() or digest(path)[0] != manifest["list_sha256"]:
        raise BadInput(f"{LIST} is missing or was changed.")
    wrong = [name for told, name in listed(path) if _is_wrong(folder / name, told)]
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise BadInput(f"Missing or changed: {', '.join(wrong[:5])}{more}.")


def _is_wrong(path, told):
    return not path.is_file() or digest(path)[0] != told


def restore(folder: Path, *, replace: bool = False) -> dict:
    """Check, then write database and files; {files, rows}. Migrations and the proof of the record
    are the caller's. `replace`: also over what is there. BadInput, NotNow."""
    manifest = check(folder)
    target = database()
    if not replace:
        _refuse_occupied(target)
    _put_keys(folder, replace)
    figures = target.restore(folder / manifest["database"])
    if figures["counts"] != manifest["counts"]:
        raise NotNow("The restored database has not as many rows as the backup says.")
    _put(folder, "media", Path(settings.MEDIA_ROOT))
    _put(folder, "record", record_folder())
    return {"files": manifest["files"], "rows": sum(figures["counts"].values())}


def _refuse_occupied(target):
    if not target.is_empty():
        raise NotNow("The database is not empty; --replace writes over it.")
    media = Path(settings.MEDIA_ROOT)
    if media.is_dir() and any(media.iterdir()):
        raise NotNow(f"{media} is not empty; --replace writes over it.")


def _put_keys(folder, replace):
    """Another key than the one present is another installation: said, not written over."""
    for name in KEYS:
        kept, own = folder / "keys" / name, Path(settings.VAR_DIR) / name
        if not kept.is_file() or (own.is_file() and digest(own) == digest(kept)):
            continue
        if own.is_file() and not replace:
            raise NotNow(f"{own} is another key than that of the backup; --replace writes over it.")
        copy(kept, own)


def _put(folder, name, root):
    """A file of the backup takes the place of one of the same name; the sweep finds the others."""
    for _told, path in listed(folder / LIST):
        place, _slash, rest = path.partition("/")
        if place == name:
            copy(folder / path, root / rest)
