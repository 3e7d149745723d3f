"""The files of a job: uploads as they came, kept until newer jobs push them out."""

import shutil
from pathlib import Path

from django.conf import settings

from grid.models import GridJob

KEPT = 20  # jobs whose files stay


def folder(job: GridJob) -> Path:
    """Where the files of a job are: of a build, with the trial it follows."""
    return Path(settings.MEDIA_ROOT) / "grid-jobs" / str(job.options.get("folder", job.pk))


def keep(job, files):
    """Without its files there is no job, and none stands in the way of the next."""
    try:
        return _keep(job, files)
    except OSError:
        shutil.rmtree(folder(job), ignore_errors=True)
        job.delete()
        raise


def _keep(job, files):
    place = Path(settings.MEDIA_ROOT) / "grid-jobs" / str(job.pk)
    place.mkdir(parents=True, exist_ok=True)
    names = {}
    for field, upload in files.items():
        names[field] = field + Path(upload.name).suffix.lower()
        with (place / names[field]).open("wb") as target:
            upload.seek(0)
            shutil.copyfileobj(upload, target)
    return names


def remove_old():
    old = GridJob.objects.exclude(status__in=GridJob.OPEN).order_by("-id")[KEPT:]
    for job in old:
        shutil.rmtree(folder(job), ignore_errors=True)
