"""The timers of the embedded profile: Celery's own schedule, run by a thread of the web process.

The schedule and the tasks are those of the full profile; only the process differs. `start()` is
called by `citymgmt.asgi` alone, so commands and tests have no timers. `TIMERS=0` leaves a web
process without them. An entry's first run comes one interval after the start; what was missed
while no process ran is found by the tasks themselves, which look for what is due.
"""

import atexit
import hashlib
import logging
import os
import threading
from pathlib import Path
from typing import IO, Any

from celery import Celery, current_app
from celery.beat import ScheduleEntry, Scheduler
from django.conf import settings
from django.db import close_old_connections, connections

from citymgmt.lib import env

logger = logging.getLogger(__name__)

STANDBY = 2.0  # seconds between two looks at a lock that another process holds
PATIENCE = 10.0  # seconds that a stop waits for the task under way

_starting = threading.Lock()
_timers: "Timers | None" = None


def start() -> "Timers | None":
    """Run the schedule in this process, once; None where a worker or nobody is to do it."""
    global _timers
    if not settings.CELERY_TASK_ALWAYS_EAGER or not env.flag("TIMERS", True):
        return None
    with _starting:
        if _timers is None or not _timers.is_alive():
            app = current_app._get_current_object()
            app.loader.import_default_modules()
            _timers = Timers(app, lock_path())
            _timers.start()
            atexit.register(_timers.stop)
        return _timers


def stop() -> None:
    """End the schedule of this process, after the task under way."""
    if _timers is not None:
        _timers.stop()


def lock_path() -> Path:
    """One file per database: timers of different databases do not hinder each other."""
    database = connections["default"].settings_dict
    where = "|".join(str(database.get(key, "")) for key in ("ENGINE", "HOST", "PORT", "NAME"))
    name = hashlib.sha256(where.encode()).hexdigest()[:12]
    return Path(settings.VAR_DIR) / f"timers-{name}.lock"


class Clock(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Celery's scheduler, with the schedule in memory and the tasks run on the spot."""

    producer = None  # nothing is sent anywhere, so no broker is connected

    def apply_entry(self, entry: ScheduleEntry, producer: None = None) -> None:
        close_old_connections()
        try:
            task = self.app.tasks[entry.task]
            task.apply(entry.args, entry.kwargs, throw=True)
        except Exception:
            # One failing task must not stop the others, nor its own next run.
            logger.exception("Timer %s (%s) failed", entry.name, entry.task)
        finally:
            close_old_connections()


class Timers(threading.Thread):
    """Holds the lock, runs the schedule; waits in line while another process holds the lock."""

    def __init__(self, app: Celery, lock: Path, schedule: dict[str, Any] | None = None) -> None:
        super().__init__(name="timers", daemon=True)
        self.app = app
        self.lock = lock
        self.schedule = app.conf.beat_schedule if schedule is None else schedule
        self.running = threading.Event()
        self._stopping = threading.Event()

    def run(self) -> None:
        self.app.set_current()
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        with self.lock.open("a+b") as file:
            while not take(file):
                if self._stopping.wait(STANDBY):
                    return
            try:
                self._tick()
            finally:
                self.running.clear()
                connections.close_all()

    def _tick(self) -> None:
        clock = Clock(self.app, max_interval=1, lazy=True)
        clock.update_from_dict(self.schedule)
        self.running.set()
        while not self._stopping.is_set():
            self._stopping.wait(clock.tick())

    def stop(self) -> None:
        """Ask the thread to end and wait for the task under way (at most PATIENCE seconds)."""
        self._stopping.set()
        if self.ident is not None and self is not threading.current_thread():
            self.join(PATIENCE)


def take(file: IO[bytes]) -> bool:
    """Lock the file for this process until it is closed; False where another one has it."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
