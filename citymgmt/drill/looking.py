"""What is in the database and on the disk after the stream."""

import contextlib
import io
import os
import time
from datetime import timedelta
from pathlib import Path

from citymgmt.drill.clients import Matter
from citymgmt.drill.counting import Act, Stored

PATIENCE = 60  # seconds for the feed and the timers to catch up
HOUR, DAYS = 3600, 3 * 24 * 3600
TIMER = timedelta(seconds=30)  # a case whose moment passed so long ago was overlooked


def matters() -> list[Matter]:
    """A class with a condition for each of many places."""
    from cases.models import FilingCondition
    from grid.models import UnitGrid

    conditions = FilingCondition.objects.in_force().select_related("matter_class").order_by("pk")
    first = {row.matter_class_id: row for row in reversed(conditions)}
    rows = [row for row in first.values() if row.matter_class.minor != "00"]
    cells = UnitGrid.objects.order_by("code")[:1500]
    spots = [cell.geometry.point_on_surface for cell in cells]
    return [
        Matter(row.matter_class.kind, row.matter_class.code, row.pk, spot.x, spot.y)
        for row, spot in ((rows[n % len(rows)], spot) for n, spot in enumerate(spots))
    ]


def catch_up() -> float:
    """Wait until no row waits for its place and no case for the timer; the seconds it took.

    One case has its moment now: so beat and worker show that they are back.
    """
    from django.utils import timezone

    from cases.models import Case

    begun = time.monotonic()
    first = Case.objects.open().filter(next_at__isnull=False).order_by("pk").values("pk")[:1]
    Case.objects.filter(pk__in=first).update(next_at=timezone.now())
    while (_unpublished() or late(timedelta(0))) and time.monotonic() - begun < PATIENCE:
        time.sleep(0.5)
    return time.monotonic() - begun


def keep_house():
    """What is done by the hour, now, on files that seem to have lain there for days.

    A process that is killed leaves the file it was writing; whoever removes what no row names
    spares what is new.
    """
    from django.conf import settings

    from citymgmt.celery import app

    app.loader.import_default_modules()
    for name in _files():
        os.utime(Path(settings.MEDIA_ROOT) / name, (time.time() - DAYS, time.time() - DAYS))
    for task, every in settings.PERIODIC.values():
        if every >= HOUR:
            app.tasks[task].apply(throw=True)


def _unpublished():
    from cases.models import CaseEvent

    return CaseEvent.objects.filter(feed__isnull=True).exists()


def late(since=TIMER) -> list[str]:
    """Numbers of the cases whose moment passed so long ago and that no timer has taken."""
    from django.utils import timezone

    from cases.models import Case

    overlooked = Case.objects.filter(next_at__lte=timezone.now() - since)
    return list(overlooked.order_by("pk").values_list("number", flat=True))


def stored() -> Stored:
    from cases.feed import log as live
    from cases.models import Attachment, Case, CaseEvent

    return Stored(
        acts=_acts(),
        closed=list(Case.objects.filter(state="closed").values_list("number", flat=True)),
        contents=list(Attachment.objects.values_list("sha256", flat=True)),
        places=list(CaseEvent.objects.values_list("feed", flat=True)),
        head=live.head(),
        named=_named(),
        files=_files(),
    )


def _acts():
    from cases.models import Attachment, Case, CaseEvent

    steps = CaseEvent.objects.exclude(opinion="").values_list("action", "case__number", "opinion")
    photos = Attachment.objects.values_list("case__number", "uuid")
    return [
        *(Act("report", *row) for row in Case.objects.values_list("number", "description")),
        *(Act(*row) for row in steps),
        *(Act("photo", number, str(uuid)) for number, uuid in photos),
    ]


def _named():
    from cases.models import Attachment, WaitingPhoto

    rows = [model.objects.values_list("file", "thumb") for model in (Attachment, WaitingPhoto)]
    return {name for pairs in rows for pair in pairs for name in pair}


def _files():
    from django.conf import settings

    place = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}


def broken() -> list[str]:
    """The lines of `verify_record`."""
    from django.core.management import CommandError, call_command

    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            call_command("verify_record", stderr=said)
        except CommandError as error:
            return [*said.getvalue().splitlines(), str(error)]
    return []
