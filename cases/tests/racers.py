"""Two processes that act at the same moment on the database of the tests.

A deed is the name of a function of this module with its arguments, plain values only. Each process
reads what it needs, waits for the other, and then begins its transaction: both have seen the case
as it was. What became of a deed comes back as "done", as the code of its refusal, or as
"error: …" for anything else.
"""

import multiprocessing
import os
from contextlib import contextmanager
from importlib import import_module

PATIENCE = 60  # seconds; reached only on failure


class Racers:
    def __init__(self, pipes):
        self.pipes = pipes

    def run(self, *deeds):
        """Both deeds at once; what became of each, in their order."""
        for pipe, deed in zip(self.pipes, deeds, strict=True):
            pipe.send(deed)
        return [self._answer(pipe) for pipe in self.pipes]

    @staticmethod
    def _answer(pipe):
        assert pipe.poll(PATIENCE), "a process does not answer"
        return pipe.recv()


@contextmanager
def racers(media):
    """Two processes on the database of this test run, which must be committed to; they keep photos
    in the folder `media`."""
    from django.db import connection

    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    place = str(connection.settings_dict["NAME"]), str(media)
    pipes, workers = [], []
    for _ in range(2):
        here, there = context.Pipe()
        workers.append(context.Process(target=_work, args=(there, barrier, *place), daemon=True))
        pipes.append(here)
    for worker in workers:
        worker.start()
    try:
        yield Racers(pipes)
    finally:
        for pipe in pipes:
            pipe.send(None)
        for worker in workers:
            worker.join(PATIENCE)
            worker.kill()


def _work(pipe, barrier, database, media):
    """The life of one process: deeds from the pipe until there are no more."""
    os.environ.pop("REDIS_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "citymgmt.settings"
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.MEDIA_ROOT = media
    django.setup()
    from django.db import connections

    meeting = Meeting(barrier)
    while (deed := pipe.recv()) is not None:
        module, name, given = deed
        pipe.send(meeting.outcome(getattr(import_module(module), name), given))
    connections.close_all()


class Meeting:
    """Where a deed waits for the other one: once each, right before its transaction."""

    def __init__(self, barrier):
        from cases.photos import reading as photos

        self.barrier, self.met, self.read_all = barrier, True, photos.read_all
        photos.read_all = self._after_reading

    def _after_reading(self, *args):
        found = self.read_all(*args)
        self.wait()
        return found

    def wait(self):
        if not self.met:
            self.met = True
            self.barrier.wait(PATIENCE)

    def outcome(self, deed, given):
        from django.contrib.contenttypes.models import ContentType
        from guardian import shortcuts

        from citymgmt.lib.errors import Refused

        ContentType.objects.clear_cache()  # those of the test before are gone
        shortcuts._get_ct_cached.cache_clear()
        self.met = False
        try:
            deed(self, **given)
        except Refused as refusal:
            return refusal.code
        except Exception as error:  # noqa: BLE001 - handed to the test
            return f"error: {error!r}"
        else:
            return "done"
        finally:
            self.wait()


# --- deeds ----------------------------------------------------------------------------------
def step(case, action, by, at=None, key=None, pictures=(), **given):
    """What `perform` in the other process is asked to do."""
    values = {"case": case, "action": action, "by": by, "at": at, "key": key}
    return "cases.tests.racers", "perform", values | {"pictures": pictures, "given": given}


def tick_of(case, at):
    return "cases.tests.racers", "tick", {"case": case, "at": at}


def perform(_meeting, case, action, by, at, key, pictures, given):
    from cases.machine import actions
    from cases.models import Case
    from cases.tests.cast import photo
    from citymgmt.accounts.models import User

    user = User.objects.get(username=by)
    actions.perform(
        Case.objects.get(pk=case), action, by=user, at=at, client_uuid=key, given=given,
        photos=[photo(kind) for kind in pictures],
    )  # fmt: skip


def tick(meeting, case, at):
    from cases.machine import actions, transitions

    context = actions.context(at)
    meeting.wait()
    transitions.tick(case, context=context)
