"""Archives of GIS files, unpacked within bounds: what is no plain file of a known kind stays in.

The sizes that an archive states are not believed; bytes are counted as they come out.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from django.conf import settings
from django.utils.translation import gettext as _

LAYERS = {".shp", ".gpkg", ".fgb", ".geojson", ".json", ".geojsonl", ".kml", ".dxf"}
BESIDE = {".shx", ".dbf", ".prj", ".cpg"}
ARCHIVES = {".zip", ".kmz", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
MEMBERS = 500
PART = 1024 * 1024
DAMAGED = (
    zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, NotImplementedError, ValueError
)  # fmt: skip


@contextmanager
def unpacked(path: Path | str, layer: str | None) -> Iterator[Path]:
    """The file to read: the given one, or what an archive holds, unpacked for as long as needed.

    layer: which of several Shapefiles. ValueError for an archive that cannot be used.
    """
    place = Path(path)
    if not (place.is_file() and zipfile.is_zipfile(place)):
        yield place
        return
    with TemporaryDirectory() as folder:
        yield _chosen(_take_out(place, Path(folder)), layer)


def _take_out(place: Path, folder: Path) -> list[Path]:
    """The files with layers that were in the archive."""
    left = settings.IMPORT_UNPACKED_MAX_BYTES
    try:
        with zipfile.ZipFile(place) as archive:
            for name, info in _members(archive):
                left -= _copy(archive, info, folder / name, left)
    except DAMAGED as error:
        if isinstance(error, Refused):
            raise
        raise ValueError(_("The archive is cut off or damaged.")) from error
    return [one for one in sorted(folder.iterdir()) if one.suffix in LAYERS]


class Refused(ValueError):
    """An archive that is whole, and not taken."""


def _members(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """(name without folders, member) of each that is wanted."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MEMBERS:
        raise Refused(_("The archive holds more than %d files.") % MEMBERS)
    found = {}
    for info in infos:
        name = _name(info)
        ending = PurePosixPath(name).suffix.lower()
        if name.startswith("._") or ending not in LAYERS | BESIDE | ARCHIVES:
            continue
        if ending in ARCHIVES:
            raise Refused(_("The archive holds another archive: %s.") % name)
        if info.flag_bits & 1:
            raise Refused(_("The archive is protected by a password."))
        kept = name[: -len(ending)] + ending
        if kept in found:
            raise Refused(_("The archive holds %s twice.") % name)
        found[kept] = info
    return list(found.items())


def _name(info: zipfile.ZipInfo) -> str:
    """The last part of its name; Refused for one that leads elsewhere."""
    whole = _spelled(info)
    parts = PurePosixPath(whole).parts
    link = stat.S_ISLNK(info.external_attr >> 16)
    if link or whole.startswith("/") or "\\" in whole or ":" in whole or ".." in parts:
        raise Refused(_("The archive holds a link or a path to another place: %s.") % whole[:80])
    return parts[-1]


def _spelled(info: zipfile.ZipInfo) -> str:
    """A name that does not say that it is UTF-8 is so nevertheless, or in the usual encoding of
    Chinese machines."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return info.filename


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, most: int) -> int:
    size = 0
    with archive.open(info) as source, target.open("wb") as out:
        while part := source.read(PART):
            size += len(part)
            if size > most:
                raise Refused(
                    _("The archive is larger than %d MB when unpacked.")
                    % (settings.IMPORT_UNPACKED_MAX_BYTES // 2**20)
                )
            out.write(part)
    return size


def _chosen(found: list[Path], layer: str | None) -> Path:
    if len(found) > 1 and layer:
        found = [one for one in found if one.stem == layer] or found
    if len(found) > 1:
        names = ", ".join(one.stem for one in found)
        raise ValueError(_("Name one layer of the file: %(names)s") % {"names": names})
    if not found:
        raise ValueError(_("The archive holds no file with a layer."))
    return found[0]
