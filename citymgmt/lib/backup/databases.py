"""The two kinds of database: a copy of one moment while others write, and back from it."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.db import connection, connections, transaction

from citymgmt.lib.errors import NotNow

HEADS = "SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app"
TRIES = 60  # of a quarter of a second, for somebody else's transaction


def database() -> "Sqlite | Postgres":
    return Sqlite() if connection.vendor == "sqlite" else Postgres()


class Sqlite:
    name = "database.sqlite3"

    def __init__(self):
        self.path = Path(str(connection.settings_dict["NAME"]))

    def dump(self, target: Path) -> dict:
        """{migrations, counts} of the copy. One step, one moment: writers do not wait for it."""
        if not self.path.is_file():
            raise NotNow(f"There is no database at {self.path}.")
        with closing(_read_only(self.path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        target.chmod(0o600)
        with closing(_finished(target)) as made:
            return _sqlite_figures(made)

    def is_empty(self) -> bool:
        if not self.path.is_file():
            return True
        with closing(_read_only(self.path)) as made:
            return not _sqlite_tables(made)

    def restore(self, source: Path) -> dict:
        """Everything in the database becomes that of the copy, or nothing does."""
        connections.close_all()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_finished(source)) as copy, closing(sqlite3.connect(self.path)) as target:
            copy.backup(target, progress=_patience())
        with closing(_read_only(self.path)) as made:
            return _sqlite_figures(made)


def _read_only(path, more=""):
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro{more}", uri=True)


def _finished(path):
    """A copy that nobody writes any more: it is read without files beside it."""
    return _read_only(path, "&immutable=1")


def _sqlite_figures(made) -> dict:
    ask = made.execute
    tables = _sqlite_tables(made)
    counts = {name: ask(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    return {"migrations": dict(ask(HEADS).fetchall()), "counts": counts}


def _sqlite_tables(made):
    """Tables of rows; what an index by place keeps for itself follows from them."""
    rows = made.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE %'"
        " AND name NOT LIKE 'sqlite_%' AND name IN (SELECT name FROM pragma_table_list"
        " WHERE type = 'table') ORDER BY name"
    )
    return [name for (name,) in rows]


def _patience():
    left = [TRIES]

    def progress(_status, remaining, _total):
        left[0] -= 1
        if remaining and not left[0]:
            raise NotNow("The database is in use: stop the web process and the workers first.")

    return progress


class Postgres:
    name = "database.dump"
    OWN = """
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1
    """

    def dump(self, target: Path) -> dict:
        """{migrations, counts} of the same moment as the dump."""
        program = _program("pg_dump")
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), current_schema()")
            moment, schema = cursor.fetchone()
            figures = self.figures(cursor)
            _run(
                program, "--format=custom", "--no-owner", "--no-privileges",
                f"--schema={schema}", f"--snapshot={moment}", f"--file={target}",
            )  # fmt: skip
        return figures

    def is_empty(self) -> bool:
        with connection.cursor() as cursor:
            return not self._tables(cursor)

    def restore(self, source: Path) -> dict:
        """What was there goes first; then everything of the dump comes, or nothing does."""
        program = _program("pg_restore")
        connection.prepare_database()  # extensions are the server's, not the dump's
        wanted = _contents(program, source)
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            if tables := self._tables(cursor):
                names = ", ".join(map(connection.ops.quote_name, tables))
                cursor.execute(f"DROP TABLE {names} CASCADE")
        with tempfile.NamedTemporaryFile("w", suffix=".list") as file:
            file.write(wanted)
            file.flush()
            _run(
                program, "--single-transaction", "--exit-on-error", "--no-owner",
                "--no-privileges", f"--use-list={file.name}",
                f"--dbname={connection.settings_dict['NAME']}", str(source),
            )  # fmt: skip
        with connection.cursor() as cursor:
            return self.figures(cursor)

    def figures(self, cursor) -> dict:
        counts = {}
        for name in self._tables(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            counts[name] = cursor.fetchone()[0]
        cursor.execute(HEADS)
        return {"migrations": dict(cursor.fetchall()), "counts": counts}

    def _tables(self, cursor):
        cursor.execute(self.OWN)
        return [name for (name,) in cursor.fetchall()]


def _contents(program, source):
    """What a dump holds, without what every database has of itself."""
    lines = _run(program, "--list", str(source)).splitlines(keepends=True)
    own = (" SCHEMA - ", " COMMENT - SCHEMA ", " EXTENSION - ", " COMMENT - EXTENSION ")
    return "".join(line for line in lines if not any(word in line for word in own))


def _program(name):
    found = shutil.which(name)
    if found is None:
        raise NotNow(
            f"{name} is not on the PATH: install PostgreSQL's client programs, of the server's"
            " version or newer (Debian: postgresql-client)."
        )
    return found


def _run(program, *arguments) -> str:
    made = connection.settings_dict
    place = {
        "PGHOST": made["HOST"], "PGPORT": made["PORT"], "PGUSER": made["USER"],
        "PGPASSWORD": made["PASSWORD"], "PGDATABASE": made["NAME"],
    }  # fmt: skip
    given = {name: str(value) for name, value in place.items() if value}
    done = subprocess.run(
        [program, *arguments], env=os.environ | given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotNow(f"{Path(program).name} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
