"""Copies of files with their digests, a piece at a time; the list of them as a file."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from citymgmt.lib.errors import BadInput
from citymgmt.lib.files import PART

PIECE = 2**20


def tree(root: Path) -> Iterator[Path]:
    """The whole files below a folder, as paths within it, in a steady order."""
    for place, folders, names in os.walk(root):
        folders.sort()
        yield from (Path(place, name).relative_to(root) for name in sorted(names) if _whole(name))


def _whole(name):
    return not name.endswith(PART)


def copy(source: Path, target: Path, mode: int = 0o600) -> tuple[str, int]:
    """(digest, bytes) of a copy that is whole or not there; readable by its owner alone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + PART)
    try:
        with source.open("rb") as old, open(part, "wb", opener=_opener(mode)) as new:
            told = _digest(old, new.write)
        os.replace(part, target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return told


def _opener(mode):
    return lambda path, flags: os.open(path, flags, mode)


def digest(path: Path) -> tuple[str, int]:
    """(digest, bytes) of a file."""
    with path.open("rb") as file:
        return _digest(file, len)


def _digest(file, use):
    told, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        told.update(piece)
        use(piece)
        size += len(piece)
    return told.hexdigest(), size


class Listing:
    """`files.sha256` while it is written."""

    def __init__(self, path: Path):
        self.file = path.open("w", encoding="utf-8")
        self.files = self.bytes = 0

    def add(self, name: str, told: tuple[str, int]) -> None:
        self.file.write(f"{told[0]}  {name}\n")
        self.files += 1
        self.bytes += told[1]


def listed(path: Path) -> Iterator[tuple[str, str]]:
    """(digest, name) of each line; BadInput for one that is none or leads out of the folder."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            told, mark, name = line.rstrip("\n").partition("  ")
            inside = name and not Path(name).is_absolute() and ".." not in Path(name).parts
            if not mark or len(told) != 64 or not inside:
                raise BadInput(f"{path.name}, line {number}: not a file of this backup.")
            yield told, name
