"""Long work on the grid: begun once, told in its row, cancelled, and never lost in silence."""

import errno
import threading
from datetime import timedelta

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.errors import NotNow, NotYours
from grid.geometry import GPS, to_degrees
from grid.jobs import actions, work
from grid.jobs import files as job_files
from grid.models import GridJob, MapFeature, UnitGrid
from grid.tests.town import make_town, worker

pytestmark = pytest.mark.django_db
Kind, Status = GridJob.Kind, GridJob.Status
OPTIONS = {"district": "620105", "name": "安宁区", "built_up_max": 250_000}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def officer():
    return worker("officer", "sysadmin")


def road_file(tmp_path, name="roads.gpkg", crs=f"EPSG:{GPS}", swap=False):
    """Streets every 100 m over 300 m by 300 m."""
    at = range(0, 301, 100)
    lines = [[(x, 0), (x, 300)] for x in at] + [[(0, y), (300, y)] for y in at]
    shapes = shapely.linestrings(np.array(lines) + np.array((500_000, 3_900_000)))
    degrees = to_degrees(shapes, 105)
    if swap:
        degrees = shapely.transform(degrees, lambda xy: xy[:, ::-1])
    path = tmp_path / name
    driver = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}[path.suffix]
    pyogrio.raw.write(
        path, shapely.to_wkb(degrees), [np.arange(len(lines))], ["n"], driver=driver,
        geometry_type="LineString", crs=crs,
    )  # fmt: skip
    return SimpleUploadedFile(name, path.read_bytes())


def trial(officer, tmp_path):
    files = {"roads": road_file(tmp_path)}
    job = actions.start(by=officer, kind=Kind.TRIAL, options=OPTIONS, files=files)
    actions.run(job.pk)
    job.refresh_from_db()
    return job


def test_a_trial_measures_and_stores_nothing(officer, tmp_path):
    job = trial(officer, tmp_path)
    assert (job.status, job.error) == (Status.DONE, "")
    assert job.result["figures"]["cells"] == 9
    assert job.result["exist"] == []
    assert job.started <= job.heard_at <= job.ended
    assert not UnitGrid.objects.exists()
    west, south, east, north = job.result["bounds"]
    shapes = work.read_preview(job, (west, south, east, north), 100)
    assert len(shapes) == 9
    assert {row[1] for row in shapes} == {"620105001001"}
    assert len(work.read_preview(job, (west, south, west + 1e-5, south + 1e-5), 100)) == 1


def test_a_build_follows_its_trial_and_is_recorded(officer, tmp_path):
    first = trial(officer, tmp_path)
    job = actions.follow(by=officer, job=first)
    actions.run(job.pk)
    job.refresh_from_db()
    assert (job.kind, job.status, job.error) == (Kind.BUILD, Status.DONE, "")
    assert UnitGrid.objects.count() == job.result["figures"]["cells"] == 9
    assert MapFeature.objects.filter(kind="lane").exists()
    assert AuditEvent.objects.filter(verb="build_grid", subject="620105").count() == 1
    again = actions.follow(by=officer, job=first)
    actions.run(again.pk)
    again.refresh_from_db()
    assert again.status == Status.FAILED
    assert "620105" in again.error


def test_only_a_finished_trial_is_followed(officer, tmp_path):
    job = actions.start(by=officer, kind=Kind.TRIAL, files={"roads": road_file(tmp_path)})
    with pytest.raises(NotNow):
        actions.follow(by=officer, job=job)


def test_a_check_finds_what_is_stored(officer):
    make_town()
    job = actions.start(by=officer, kind=Kind.CHECK)
    actions.run(job.pk)
    job.refresh_from_db()
    assert job.status == Status.DONE
    assert job.result["cells"] == 9
    assert {f["kind"] for f in job.result["findings"]} == {"wrong_area"}


def test_a_file_that_cannot_be_used_is_the_answer(officer, tmp_path):
    files = {"roads": SimpleUploadedFile("roads.gpkg", b"nothing")}
    job = actions.start(by=officer, kind=Kind.TRIAL, options=OPTIONS, files=files)
    actions.run(job.pk)
    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert job.error.startswith("roads.gpkg: ")


def test_a_mistake_of_ours_ends_the_job_and_is_raised(officer, monkeypatch):
    def broken(job, tell):
        raise ZeroDivisionError

    monkeypatch.setitem(work.WORK, Kind.CHECK, broken)
    job = actions.start(by=officer, kind=Kind.CHECK)
    with pytest.raises(ZeroDivisionError):
        actions.run(job.pk)
    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert job.error


def test_one_at_a_time_and_for_officers_only(officer):
    actions.start(by=officer, kind=Kind.CHECK)
    with pytest.raises(NotNow):
        actions.start(by=officer, kind=Kind.CHECK)
    with pytest.raises(NotYours):
        actions.start(by=worker("walker", "collector"), kind=Kind.TRIAL)
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        GridJob.objects.create(kind=Kind.CHECK, by=officer)


def test_an_end_has_its_time(officer):
    with pytest.raises(IntegrityError, match="grid_job_ended_when_over"), transaction.atomic():
        GridJob.objects.create(kind=Kind.CHECK, by=officer, status=Status.DONE)


def test_a_job_is_done_once(officer):
    job = actions.start(by=officer, kind=Kind.CHECK)
    actions.run(job.pk)
    ended = GridJob.objects.get(pk=job.pk).ended
    actions.run(job.pk)
    assert GridJob.objects.get(pk=job.pk).ended == ended


# --- progress and cancelling ------------------------------------------------------------------
def test_progress_stands_in_the_row(officer):
    job = actions.start(by=officer, kind=Kind.CHECK)
    GridJob.objects.update(status=Status.RUNNING)
    times = iter([0.0, 0.1, 2.0])
    tell = actions.Reporter(job.pk, clock=lambda: next(times))
    tell("split", 0, 100)
    tell("split", 5, 100)  # too soon to be written
    job.refresh_from_db()
    assert (job.step, job.done, job.total, job.seconds_left) == ("split", 0, 100, None)
    tell("split", 40, 100)
    job.refresh_from_db()
    assert (job.done, job.rate, job.seconds_left) == (40, 20.0, 3.0)


def test_a_cancelled_build_stores_nothing(officer, tmp_path, monkeypatch):
    first = trial(officer, tmp_path)
    job = actions.follow(by=officer, job=first)
    actions.cancel(by=officer, job=job)
    actions.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result) == (Status.CANCELLED, {})
    assert not UnitGrid.objects.exists()
    with pytest.raises(NotNow):
        actions.cancel(by=officer, job=job)


def test_what_is_stored_is_not_cancelled_any_more(officer):
    job = actions.start(by=officer, kind=Kind.CHECK)
    GridJob.objects.update(status=Status.RUNNING, cancel=True)
    actions.Reporter(job.pk)("store", 9, 9)
    with pytest.raises(actions.Cancelled):
        actions.Reporter(job.pk)("store", 0, 9)


def test_a_job_that_lost_its_process_ends(officer):
    job = actions.start(by=officer, kind=Kind.CHECK)
    now = timezone.now()
    GridJob.objects.update(status=Status.RUNNING, asked_at=now - timedelta(hours=1), heard_at=now)
    assert actions.end_silent(now + timedelta(minutes=14)) == 0
    assert actions.end_silent(now + timedelta(minutes=16)) == 1
    job.refresh_from_db()
    assert (job.status, bool(job.error)) == (Status.FAILED, True)
    with pytest.raises(actions.Cancelled):
        actions.Reporter(job.pk)("split", 1, 2)


def test_cancelling_a_deaf_job_ends_it_at_once(officer):
    job = actions.start(by=officer, kind=Kind.CHECK)
    long_ago = timezone.now() - timedelta(minutes=3)
    GridJob.objects.update(status=Status.RUNNING, asked_at=long_ago, heard_at=long_ago)
    actions.cancel(by=officer, job=job)
    job.refresh_from_db()
    assert job.status == Status.CANCELLED


def test_a_disk_without_room_for_the_files_leaves_no_job_in_the_way(
    officer, tmp_path, settings, monkeypatch
):
    def fill(source, target):
        target.write(b"half")
        raise OSError(errno.ENOSPC, "outage")

    files = {"roads": road_file(tmp_path)}
    with monkeypatch.context() as patch:
        patch.setattr(job_files.shutil, "copyfileobj", fill)
        with pytest.raises(OSError, match="outage"):
            actions.start(by=officer, kind=Kind.TRIAL, files=files)
    assert not GridJob.objects.exists()
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
    assert trial(officer, tmp_path).status == Status.DONE


def test_a_job_that_an_outage_ended_says_so(officer, monkeypatch):
    def fail(job, tell):
        raise OSError(errno.ENOSPC, "outage")

    monkeypatch.setitem(work.WORK, Kind.CHECK, fail)
    job = actions.start(by=officer, kind=Kind.CHECK)
    with pytest.raises(OSError, match="outage"):
        actions.run(job.pk)
    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert "磁盘已满" in job.error


def test_files_of_old_jobs_go(officer, tmp_path, monkeypatch):
    monkeypatch.setattr(job_files, "KEPT", 0)
    old = trial(officer, tmp_path)
    assert job_files.folder(old).is_dir()
    actions.start(by=officer, kind=Kind.CHECK)
    assert not job_files.folder(old).exists()
    with pytest.raises(NotNow):
        actions.follow(by=officer, job=old)


# --- who does it ------------------------------------------------------------------------------
def test_without_a_worker_a_thread_does_it(officer, settings, monkeypatch):
    done = threading.Event()
    settings.CELERY_TASK_ALWAYS_EAGER = True
    monkeypatch.setattr(actions, "_apart", lambda pk: done.set())
    actions._begin(1)
    assert done.wait(10)


@pytest.mark.django_db(transaction=True)
def test_the_thread_of_a_job_leaves_no_connection_behind():
    left = []

    def do():
        actions._apart(1)
        left.append(connection.connection)

    thread = threading.Thread(target=do)
    thread.start()
    thread.join()
    assert left == [None]


def test_with_a_worker_it_is_a_task(officer, settings, monkeypatch):
    sent = []
    settings.CELERY_TASK_ALWAYS_EAGER = False
    monkeypatch.setattr(
        actions.current_app,
        "send_task",
        lambda name, args: sent.append((name, args)),
        raising=False,
    )
    actions._begin(7)
    assert sent == [("grid.tasks.run_job", [7])]


def test_a_job_that_did_not_begin_is_begun_later(
    officer, monkeypatch, django_capture_on_commit_callbacks
):
    def nobody(_pk):
        raise ConnectionError("no broker")

    begun = []
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(actions, "_begin", nobody)
        job = actions.start(by=officer, kind=Kind.CHECK)
    monkeypatch.setattr(actions, "_begin", begun.append)
    assert actions.begin_waiting() == 0  # it may still be on its way
    later = timezone.now() + 2 * actions.LATE
    assert (actions.begin_waiting(later), begun) == (1, [job.pk])
    GridJob.objects.filter(pk=job.pk).update(status=Status.RUNNING)
    assert actions.begin_waiting(later) == 0
