"""Long work on the grid: asked for on a page, done by a worker, or by a thread where none is.

    job = start(by=officer, kind="trial", options={...}, files={"roads": upload})
    cancel(by=officer, job=job)

kinds: trial (builds and measures, stores nothing), build (builds and stores), check. Options of
the first two are the fields of `grid.build.from_files.Plan` that are no files, and `built_up_max`;
a build takes those of the trial it follows, files included. The state is the row
(`grid.models.GridJob`), so that leaving the page changes nothing.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib import outages
from citymgmt.lib.after import after_commit
from citymgmt.lib.errors import NotNow, NotYours, Refused
from grid.jobs.files import folder, keep, remove_old
from grid.jobs.pace import Pace
from grid.jobs.work import WORK
from grid.models import GridJob
from grid.models.jobs import SILENT

PAUSE = 0.5  # seconds between two writes of progress
LATE = timedelta(seconds=30)  # a job that waits for so long is begun once more
DEAF = timedelta(minutes=2)  # a job silent for so long is cancelled without waiting
Status = GridJob.Status


class Cancelled(Exception):
    """The row says that this is no longer wanted."""


# --- asked for --------------------------------------------------------------------------------
def start(*, by, kind, options=None, files=None, request=None) -> GridJob:
    """Write the row, keep the files, begin after commit. NotNow while another one is under way."""
    _need(by)
    end_silent()
    options = {**(options or {}), "language": translation.get_language()}
    try:
        with transaction.atomic():
            job = GridJob.objects.create(kind=kind, by=by, options=options)
    except IntegrityError as error:
        raise NotNow(_("Another one is under way; wait for it or cancel it."), "busy") from error
    if files:
        job.options |= {"files": keep(job, files), "folder": job.pk}
        job.save(update_fields=["options"])
    record(verb="start_grid_job", subject=kind, by=by, data={"job": job.pk}, request=request)
    after_commit(_begin, job.pk)
    remove_old()
    return job


def follow(*, by, job: GridJob, request=None) -> GridJob:
    """Build for good what a trial has shown."""
    if job.kind != GridJob.Kind.TRIAL or job.status != Status.DONE:
        raise NotNow(_("Only a finished trial run can be built."), "no_trial")
    if not folder(job).is_dir():
        raise NotNow(_("The files of this trial run are gone; upload them again."), "files_gone")
    return start(by=by, kind=GridJob.Kind.BUILD, options=job.options, request=request)


def cancel(*, by, job: GridJob, request=None) -> None:
    """The job ends at its next word of progress; one that lost its process ends at once."""
    _need(by)
    if not GridJob.objects.open().filter(pk=job.pk).update(cancel=True):
        raise NotNow(_("This is over already."), "over")
    now = timezone.now()
    deaf = GridJob.objects.open().filter(pk=job.pk, asked_at__lt=now - DEAF)
    deaf.exclude(heard_at__gte=now - DEAF).update(status=Status.CANCELLED, ended=now)


def end_silent(now=None) -> int:
    """Jobs whose process has ended without a word are failures; how many there were."""
    now = now or timezone.now()
    silent = GridJob.objects.open().filter(asked_at__lt=now - SILENT)
    silent = silent.exclude(heard_at__gte=now - SILENT)
    return silent.update(
        status=Status.FAILED, ended=now, error=_("The process that did this has ended.")
    )


def _need(by):
    if not holds(by, MANAGE_GRID):
        raise NotYours(_("This is not yours to do."), "not_yours")


# --- done -------------------------------------------------------------------------------------
def begin_waiting(now=None) -> int:
    """Begin what was asked for and did not begin; how many. One that did begin is left alone."""
    asked = (now or timezone.now()) - LATE
    waiting = GridJob.objects.filter(status=Status.WAITING, asked_at__lt=asked)
    keys = list(waiting.values_list("pk", flat=True))
    for pk in keys:
        _begin(pk)
    return len(keys)


def _begin(pk):
    if settings.CELERY_TASK_ALWAYS_EAGER:
        threading.Thread(target=_apart, args=(pk,), name=f"grid-job-{pk}", daemon=True).start()
    else:
        current_app.send_task("grid.tasks.run_job", args=[pk])


def _apart(pk):
    try:
        run(pk)
    finally:
        connections.close_all()  # the thread ends here


def run(pk: int) -> None:
    """Do a waiting job; a job that another process has begun is left alone."""
    now = timezone.now()
    waiting = GridJob.objects.filter(pk=pk, status=Status.WAITING)
    if not waiting.update(status=Status.RUNNING, started=now, heard_at=now):
        return
    job = GridJob.objects.select_related("by").get(pk=pk)
    with translation.override(job.options.get("language")):
        try:
            result = WORK[job.kind](job, Reporter(pk))
        except Cancelled:
            _end(pk, Status.CANCELLED)
        except Refused as refusal:
            _end(pk, Status.FAILED, error=str(refusal.detail))
        except Exception as error:
            _end(pk, Status.FAILED, error=_reason(error))
            raise
        else:
            _end(pk, Status.DONE, result=result)


def _reason(error):
    if outage := outages.of(error):
        return f"{outage.what}. {outage.why}"
    return _("The server made a mistake. It has been recorded.")


def _end(pk, status, **more):
    running = GridJob.objects.filter(pk=pk, status=Status.RUNNING)
    running.update(status=status, ended=timezone.now(), **more)


class Reporter:
    """Hears progress, writes it to the row now and then, and ends the work that is not wanted."""

    def __init__(self, pk: int, clock: Callable[[], float] = time.monotonic):
        self.rows = GridJob.objects.filter(pk=pk, status=Status.RUNNING)
        self.clock, self.pace, self.wrote = clock, Pace(), float("-inf")

    def __call__(self, step: str, done: int, total: int) -> None:
        now, new = self.clock(), step != self.pace.step
        self.pace.hear(step, done, total, now)
        if new or self.pace.finished or now - self.wrote >= PAUSE:
            self.wrote = now
            self._write()

    def _write(self):
        pace = self.pace
        written = self.rows.update(
            step=pace.step, done=pace.done, total=pace.total, rate=pace.rate,
            heard_at=timezone.now(),
        )  # fmt: skip
        # What is stored is stored: a word that comes too late undoes nothing.
        if pace.step == "store" and pace.finished:
            return
        if not written or self.rows.filter(cancel=True).exists():
            raise Cancelled
