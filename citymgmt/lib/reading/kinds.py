"""What a file is, whatever its name says; a file of the wrong kind is refused with what to do."""

import zipfile
from pathlib import Path
from xml.parsers import expat

from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput

OLE, ZIP = bytes.fromhex("d0cf11e0a1b11ae1"), b"PK"
WEB = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")
PASSWORD = "EncryptedPackage".encode("utf-16-le")  # what Office calls what it locks
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"
MOST_BYTES = 400 * 1024 * 1024  # of a file, and of a workbook when it is unpacked
HEAD = 4096
TEXT, WORKBOOK = "text", "workbook"
BOOKS = {".xlsx", ".xlsm"}
TEXTS = {".csv", ".txt", ".tsv"}
OTHERS = {".xls", ".xlsb", ".ods", ".et", ".numbers"}
TABLES = BOOKS | TEXTS | OTHERS  # names of tables, as opposed to files of GIS programs


def kind_of(path: Path) -> str:
    """TEXT or WORKBOOK, and the name says the same; BadInput tells what to do with another."""
    if not path.is_file():
        raise BadInput(_("There is no file %(path)s.") % {"path": path}, "no_file")
    if path.stat().st_size > MOST_BYTES:
        raise _wrong(path, _("it is larger than %d MB; divide it") % (MOST_BYTES // 1024**2))
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise _wrong(path, _("it is empty"), "empty")
    if head.startswith(OLE):
        raise _wrong(path, _old(path))
    if head.startswith(ZIP):
        _check_workbook(path)
        if path.suffix.lower() not in BOOKS:
            raise _wrong(path, _("it is an Excel workbook; give it a name that ends in .xlsx"))
        return WORKBOOK
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(WEB):
        raise _wrong(
            path,
            _(
                "it is a web page or XML under another name; open it in a spreadsheet program"
                " and save it as .xlsx"
            ),
        )
    if path.suffix.lower() not in TEXTS:
        if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise _wrong(path, _("it is no workbook; save it again as .xlsx"))
        raise _wrong(path, _("it is text, not a workbook; give it a name that ends in .csv"))
    return TEXT


def _old(path):
    if PASSWORD in path.read_bytes():
        return _("it is protected by a password; save a copy without one")
    return _("it is an old workbook (.xls, .et); open it and save it as .xlsx")


def _check_workbook(path):
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            mime = archive.read("mimetype") if "mimetype" in names else b""
            declares = any(_declares(archive, info) for info in infos)
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError) as error:
        raise _wrong(path, _("it is cut off or damaged; copy it once more")) from error
    if mime.startswith(OPEN_DOCUMENT):
        raise _wrong(path, _("it is an OpenDocument file (.ods); save it as .xlsx"))
    if "xl/workbook.bin" in names:
        raise _wrong(path, _("it is a binary workbook (.xlsb); save it as .xlsx"))
    if not any(name.startswith("xl/") for name in names):
        raise _wrong(path, _("it is an archive, not a workbook; unpack it first"))
    if any(info.flag_bits & 1 for info in infos):
        raise _wrong(path, _("it is protected by a password; save a copy without one"))
    if declares:
        raise _wrong(path, _("its XML declares entities, which no spreadsheet program does"))
    # The unpacker never reads more of a member than its entry says, so this bound holds.
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise _wrong(
            path, _("it is larger than %d MB when unpacked; divide it") % (MOST_BYTES // 1024**2)
        )


def _declares(archive, info) -> bool:
    """Whether a part of XML begins with a document type: entities in it grow without end, or name
    other files. Nothing behind its first element is looked at."""
    if info.flag_bits & 1 or not info.filename.endswith((".xml", ".rels", ".vml")):
        return False
    seen = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_said: seen.append(True)
    parser.StartElementHandler = lambda *_said: seen.append(False)
    with archive.open(info) as part:
        while not seen and (piece := part.read(HEAD)):
            try:
                parser.Parse(piece)
            except expat.ExpatError:
                break  # said where the part is read
    return bool(seen) and seen[0]


def _wrong(path, reason, code="wrong_kind"):
    return BadInput(
        _("%(file)s cannot be read: %(reason)s.") % {"file": path.name, "reason": reason}, code
    )
