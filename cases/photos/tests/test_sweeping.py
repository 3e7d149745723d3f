"""Files that no row names are removed, rows without a file are told; nothing else is touched."""

import json
import os
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from cases.machine import waiting
from cases.models import Attachment, WaitingPhoto
from cases.photos import sweeping
from cases.tests.cast import photo, report

OLD = 2 * 24 * 3600


def files(settings):
    found = Path(settings.MEDIA_ROOT).rglob("*")
    return sorted(path for path in found if path.is_file())


def age(path, seconds=OLD):
    os.utime(path, (time.time() - seconds,) * 2)


@pytest.fixture
def kept(cast, settings):
    """Twelve files of a case, and two that wait for a report; all of them old."""
    report(cast, photos=[photo() for _ in range(6)])
    waiting.keep(by=cast.collector, file=photo()[1])
    for path in files(settings):
        age(path)
    assert len(files(settings)) == 14
    return files(settings)


def leave(settings, *names):
    for name in names:
        path = Path(settings.MEDIA_ROOT) / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left")
        age(path)


def test_what_no_row_names_is_removed(kept, settings):
    uuid = Attachment.objects.first().uuid
    names = [f"2026/03/02/{n:08}-1111-4111-8111-111111111111.jpg" for n in range(8)]
    part = "waiting/00000000-1111-4111-8111-111111111111-full.jpg.0123.part"
    leave(settings, *names, part, "note.txt", f"2026/03/01/{uuid}.jpg")
    assert sweeping.sweep() == {"unnamed": 11, "removed": 11, "missing": 0}
    assert files(settings) == kept


def test_what_may_be_under_way_is_left_alone(kept, settings):
    leave(settings, "young.jpg")
    age(Path(settings.MEDIA_ROOT) / "photos/young.jpg", 3600)
    assert sweeping.sweep()["unnamed"] == 0
    assert len(files(settings)) == 15


def test_photos_of_another_database_are_left_alone(kept, settings, caplog):
    Attachment.objects.all().delete()
    assert sweeping.sweep() == {"unnamed": 12, "removed": 0, "missing": 0}
    assert files(settings) == kept
    assert "none is removed" in caplog.text
    assert sweeping.sweep(every=True)["removed"] == 12
    assert len(files(settings)) == 2


def test_a_photo_without_its_file_is_told(kept, settings, caplog, capsys):
    gone = WaitingPhoto.objects.get().thumb.name, Attachment.objects.first().file.name
    for name in gone:
        (Path(settings.MEDIA_ROOT) / name).unlink()
    call_command("sweep_photos", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"unnamed": 0, "removed": 0, "missing": 2}
    assert all(name in caplog.text for name in gone)


def test_without_any_photo_there_is_nothing_to_do(db):
    assert sweeping.sweep() == {"unnamed": 0, "removed": 0, "missing": 0}
