"""Making a backup while the city runs."""

import json
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from citymgmt.lib.backup.copying import Listing, copy, digest, tree
from citymgmt.lib.backup.databases import database
from citymgmt.lib.errors import NotNow

FORMAT = 1
MANIFEST, LIST = "manifest.json", "files.sha256"
KEYS = ("secret_key", "record_key")  # in VAR_DIR, where the environment names no others


def record_folder() -> Path:
    """Copies of the record's ends, and its anchors."""
    return Path(getattr(settings, "RECORD_DIR", Path(settings.VAR_DIR) / "record"))


def backup(folder: Path, *, keys: bool = False) -> dict:
    """Copy everything into a new or empty folder; {folder, files, bytes, rows}. NotNow."""
    _check(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # personal data
    listing = Listing(folder / LIST)
    with listing.file:
        _take(listing, folder, "record", record_folder())
        source = database()
        figures = source.dump(folder / source.name)
        listing.add(source.name, digest(folder / source.name))
        _take(listing, folder, "media", Path(settings.MEDIA_ROOT))
        if keys:
            _take_keys(listing, folder)
    _write(folder, listing, source, figures)
    os.sync()
    return {
        "folder": str(folder),
        "files": listing.files,
        "bytes": listing.bytes,
        "rows": sum(figures["counts"].values()),
    }


def _check(folder):
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotNow(f"{folder} is not empty: give a new folder.")
    for own in (Path(settings.MEDIA_ROOT), record_folder()):
        if folder.resolve().is_relative_to(own.resolve()):
            raise NotNow(f"{folder} is part of what is copied: give another folder.")


def _take(listing, folder, name, root):
    for path in tree(root):
        try:
            told = copy(root / path, folder / name / path)
        except FileNotFoundError:  # a photo that waited for a report, removed meanwhile
            continue
        listing.add(f"{name}/{path.as_posix()}", told)


def _take_keys(listing, folder):
    for name in KEYS:
        path = Path(settings.VAR_DIR) / name
        if path.is_file():
            listing.add(f"keys/{name}", copy(path, folder / "keys" / name))


def _write(folder, listing, source, figures):
    manifest = {
        "format": FORMAT,
        "version": json.loads((settings.BASE_DIR / "package.json").read_text())["version"],
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "database": source.name,
        **figures,
        "files": listing.files,
        "bytes": listing.bytes,
        "list_sha256": digest(folder / LIST)[0],
    }
    part = folder / f"{MANIFEST}.part"
    part.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, folder / MANIFEST)
