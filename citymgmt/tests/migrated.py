"""A migrated database for tests to begin with: made once, copied by every process of every run.

Migrating takes longer than most files of tests, and every process of every run would do it anew.
The name of the copy holds a digest of all code, so nothing that was changed is ever missing.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)
FOLDER = Path(settings.VAR_DIR) / "migrated"
MADE_OF = (".py", ".json", ".csv", ".txt")
APPS = ("citymgmt", "grid", "inventory", "cases", "dispatch", "hotline", "evaluation")


def digest() -> str:
    """Of the code and the data that migrations are made of or reach, and of what is installed."""
    files = sorted(
        file
        for app in APPS
        for file in (ROOT / app).rglob("*")
        if file.suffix in MADE_OF and "tests" not in file.parts
    )
    found = hashlib.sha256()
    for file in (*files, ROOT / "requirements.txt"):
        found.update(str(file).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def alone():
    """One process at a time; the others wait until it has made what they need too."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate(**environment):
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)


def file_for(copy: Path) -> None:
    """A migrated SQLite file at `copy`."""
    with alone():
        made = FOLDER / f"{digest()}.sqlite3"
        if not made.exists():
            for old in FOLDER.glob("*.sqlite3*"):
                old.unlink()
            new = FOLDER / "new.sqlite3"
            migrate(SQLITE_PATH=str(new))
            new.rename(made)
        shutil.copyfile(made, copy)


def template() -> str:
    """The name of a migrated database of this PostgreSQL, to be created from."""
    name = f"migrated_{digest()}"
    with alone(), connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'migrated!_%' ESCAPE '!'"
        )
        known = {row[0] for row in cursor.fetchall()}
        if name not in known:
            for old in known:
                cursor.execute(f'DROP DATABASE "{old}"')
            cursor.execute('CREATE DATABASE "migrated_new"')
            migrate(DATABASE_URL=_beside("migrated_new"))
            cursor.execute(f'ALTER DATABASE "migrated_new" RENAME TO "{name}"')
    return name


def _beside(name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
