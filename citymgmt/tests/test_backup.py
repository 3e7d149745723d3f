"""The whole city in a folder, and back into another database: on both profiles the same tests."""

import json
import re
import shutil
import threading
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from cases.machine import waiting
from cases.models import Attachment, Case, CaseEvent, Sequence
from cases.tests.cast import photo, report
from citymgmt.lib.backup import databases
from citymgmt.lib.backup.copying import digest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()


@pytest.fixture
def town(cast):
    report(cast, photos=[photo(), photo()])
    waiting.keep(by=cast.collector, file=photo()[1])
    return cast


@pytest.fixture
def kept(town, tmp_path):
    call_command("backup", tmp_path / "kept", verbosity=0)
    return tmp_path / "kept"


@pytest.fixture
def elsewhere(settings, tmp_path):
    """`with elsewhere():` another, empty installation of the same profile."""
    own = connection.settings_dict["NAME"]
    name = str(tmp_path / "other.sqlite3") if connection.vendor == "sqlite" else f"{own}_other"
    made = {**connection.settings_dict}

    def server(sql):
        place = {"host": made["HOST"], "port": made["PORT"], "user": made["USER"]}
        with closing(psycopg2.connect(dbname="postgres", **place)) as admin:
            admin.autocommit = True
            admin.cursor().execute(sql)

    def use(database, media):
        connections.close_all()
        connection.settings_dict["NAME"] = database
        settings.MEDIA_ROOT = media

    if connection.vendor != "sqlite":
        server(f'CREATE DATABASE "{name}"')
    media = settings.MEDIA_ROOT
    yield lambda: use(name, tmp_path / "other-media")
    use(own, media)
    if connection.vendor != "sqlite":
        server(f'DROP DATABASE "{name}" WITH (FORCE)')


def content():
    """Every row of what matters, and the bytes of every photo."""
    rows = [list(model.objects.order_by("pk").values()) for model in (Case, CaseEvent, Attachment)]
    return rows, [Path(row.file.path).read_bytes() for row in Attachment.objects.all()]


def listing(folder):
    lines = (folder / "files.sha256").read_text().splitlines()
    return [line.partition("  ")[2] for line in lines]


# --- there and back -------------------------------------------------------------------------
def test_a_city_comes_back_somewhere_else(kept, elsewhere, capsys):
    before = content()
    elsewhere()
    call_command("restore", kept, as_json=True)
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["files"] == len(listing(kept)) == 9  # the database, six of photos, two heads
    assert content() == before
    call_command("verify_record", verbosity=0)


def test_what_was_done_since_is_gone_after_a_replacement(kept, town):
    before = content()
    report(town)
    Case.objects.filter(pk=Case.objects.first().pk).update(description="changed")
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", kept, verbosity=0)
    assert Case.objects.count() == 2
    call_command("restore", kept, replace=True, verbosity=0)
    assert content() == before
    assert report(town).number.endswith("000002")


def test_photos_without_a_database_are_not_written_over_unasked(kept, elsewhere, settings):
    elsewhere()
    Path(settings.MEDIA_ROOT).mkdir()
    (Path(settings.MEDIA_ROOT) / "a.jpg").touch()
    with pytest.raises(CommandError, match="other-media is not empty"):
        call_command("restore", kept)


def test_a_record_that_does_not_hold_ends_with_1(town, elsewhere, tmp_path):
    CaseEvent.objects.update(opinion="forged")
    call_command("backup", tmp_path / "forged", verbosity=0)
    elsewhere()
    with pytest.raises(CommandError, match="broken") as caught:
        call_command("restore", tmp_path / "forged", verbosity=0)
    assert caught.value.returncode == 1


def test_a_backup_is_of_one_moment_while_people_work(town, elsewhere, tmp_path):
    """Each report writes a case, its event and a photo; none is half there."""
    stop, done = threading.Event(), []

    def work():
        try:
            while not stop.is_set():
                done.append(report(town, photos=[photo()]).number)
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for number in range(4):
            call_command("backup", tmp_path / str(number), verbosity=0)
    finally:
        stop.set()
        worker.join(60)
    assert len(done) > 4
    elsewhere()
    seen = []
    for number in range(4):
        call_command("restore", tmp_path / str(number), replace=True, verbosity=0)
        seen.append(Case.objects.count())
        assert seen[-1] == CaseEvent.objects.count() == Attachment.objects.count() - 1
        assert all(row.file.size and row.thumb.size for row in Attachment.objects.all())
    assert seen == sorted(seen)


# --- what is no backup ----------------------------------------------------------------------
def change(folder, **values):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text()) | values
    path.write_text(json.dumps(manifest))


def photo_of(folder):
    return folder / next(name for name in listing(folder) if name.startswith("media/"))


BROKEN = {
    "not finished": lambda folder: (folder / "manifest.json").unlink(),
    "cannot be read": lambda folder: (folder / "manifest.json").write_text("{"),
    "does not say": lambda folder: (folder / "manifest.json").write_text("[]"),
    "Format 2": lambda folder: change(folder, format=2),
    "newer version: cases.9999_later": lambda folder: change(
        folder, migrations={"cases": "9999_later"}
    ),
    "profile": lambda folder: change(folder, database="database.other"),
    "files.sha256 is missing": lambda folder: (folder / "files.sha256").write_text(""),
    "Missing or changed: media/": lambda folder: photo_of(folder).unlink(),
    "changed: media/photos": lambda folder: photo_of(folder).write_bytes(b"another"),
    "changed: database": lambda folder: (folder / databases.database().name).write_bytes(b""),
}


@pytest.mark.parametrize("words", BROKEN)
def test_a_broken_backup_is_refused_before_anything_is_touched(kept, town, settings, words):
    BROKEN[words](kept)
    before = content()
    with pytest.raises(CommandError, match=re.escape(words)):
        call_command("restore", kept, replace=True, verbosity=0)
    assert content() == before


def test_a_list_that_leads_out_of_the_folder_is_refused(kept):
    name = "../outside"
    shutil.copy(photo_of(kept), kept.parent / "outside")
    told = digest(kept.parent / "outside")[0]
    (kept / "files.sha256").write_text(f"{told}  {name}\n")
    change(kept, list_sha256=digest(kept / "files.sha256")[0])
    with pytest.raises(CommandError, match=r"line 1: not a file of this backup"):
        call_command("restore", kept, replace=True, verbosity=0)


@pytest.mark.parametrize("where", ["media/backup", "full"])
def test_a_backup_needs_a_folder_of_its_own(town, settings, tmp_path, where):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other.txt").touch()
    with pytest.raises(CommandError, match=r"is not empty|is part of what is copied"):
        call_command("backup", tmp_path / where)


# --- keys -----------------------------------------------------------------------------------
def test_keys_are_left_out_unless_asked_for(town, settings, tmp_path):
    (settings.VAR_DIR / "secret_key").write_text("of-this-city")
    call_command("backup", tmp_path / "without", verbosity=0)
    call_command("backup", tmp_path / "with", with_keys=True, verbosity=0)
    assert not any("key" in name for name in listing(tmp_path / "without"))
    assert "keys/secret_key" in listing(tmp_path / "with")
    for path in (tmp_path / "with", tmp_path / "with/keys/secret_key"):
        assert path.stat().st_mode & 0o077 == 0


def test_another_key_is_not_written_over_unasked(town, settings, elsewhere, tmp_path):
    (settings.VAR_DIR / "secret_key").write_text("of-this-city")
    call_command("backup", tmp_path / "with", with_keys=True, verbosity=0)
    elsewhere()
    (settings.VAR_DIR / "secret_key").write_text("of-another")
    with pytest.raises(CommandError, match="another key"):
        call_command("restore", tmp_path / "with", verbosity=0)
    call_command("restore", tmp_path / "with", replace=True, verbosity=0)
    assert (settings.VAR_DIR / "secret_key").read_text() == "of-this-city"


# --- programs -------------------------------------------------------------------------------
def test_a_missing_program_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(databases.NotNow, match="pg_dump is not on the PATH"):
        databases._program("pg_dump")


def test_the_numbers_go_on_where_they_were(kept, elsewhere):
    before = list(Sequence.objects.order_by("name").values_list("name", "value"))
    elsewhere()
    call_command("restore", kept, verbosity=0)
    assert list(Sequence.objects.order_by("name").values_list("name", "value")) == before
