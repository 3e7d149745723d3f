"""What a database of layers may hold: tables. Its own words are looked at before GDAL runs them."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.utils.translation import gettext as _

SQLITE = b"SQLite format 3\0"
VIRTUAL = re.compile(r"create\s+virtual\s+table\b.*?\busing\s+(\w+)", re.IGNORECASE | re.DOTALL)
COMPUTED = re.compile(r"\bas\s*\(", re.IGNORECASE)  # a column that is computed when it is read


def check_database(path: Path) -> None:
    """ValueError for a GeoPackage whose layers are computed: views, virtual tables and computed
    columns are programs of a stranger, and may name files and addresses. Other files pass."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        if file.read(len(SQLITE)) != SQLITE:
            return
    try:
        words = _words(path)
    except sqlite3.DatabaseError as error:
        raise ValueError(_("The file cannot be read: %(why)s") % {"why": error}) from error
    for kind, name, sql in words:
        if kind == "view" or (kind == "table" and _computes(sql or "")):
            raise ValueError(
                _("The layer %s is computed; save it as a table of its own.") % str(name)[:80]
            )


def _words(path: Path) -> list[tuple[str, str, str | None]]:
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        return database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()


def _computes(sql: str) -> bool:
    virtual = VIRTUAL.search(sql)
    return virtual[1].lower() != "rtree" if virtual else bool(COMPUTED.search(sql))
