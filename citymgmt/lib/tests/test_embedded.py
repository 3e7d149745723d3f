"""The timers of the embedded profile."""

import logging
import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection

from citymgmt.lib import embedded

SOON = 10.0  # seconds; a generous limit, reached only on failure


@pytest.fixture
def app():
    app = Celery("timers-test", set_as_current=False, broker="memory://")
    app.conf.update(task_always_eager=True, timezone="Asia/Shanghai")
    yield app
    app.close()


@pytest.fixture
def run(app, tmp_path):
    """run(**tasks): timers that call each function every 20 ms; stopped at the end."""
    made = []

    def start(lock="lock", **tasks):
        for name, function in tasks.items():
            app.task(name=name, shared=False)(function)
        schedule = {name: {"task": name, "schedule": timedelta(milliseconds=20)} for name in tasks}
        timers = embedded.Timers(app, tmp_path / lock, schedule)
        made.append(timers)
        timers.start()
        return timers

    yield start
    for timers in made:
        timers.stop()
        assert not timers.is_alive()


class Counter:
    """Counts calls; `reached` is set at the wanted number."""

    def __init__(self, wanted=3):
        self.calls, self.wanted, self.reached = 0, wanted, threading.Event()

    def __call__(self):
        self.calls += 1
        if self.calls >= self.wanted:
            self.reached.set()


def task(body):
    """A plain function for Celery, which wants a __name__."""

    def call():
        return body()

    return call


def test_runs_each_task_again_and_again(run):
    first, second = Counter(), Counter()
    run(first=task(first), second=task(second))
    assert first.reached.wait(SOON)
    assert second.reached.wait(SOON)


def test_tasks_run_on_the_timers_own_thread(run):
    seen, names = threading.Event(), []

    def note():
        names.append(threading.current_thread().name)
        seen.set()

    run(note=note)
    assert seen.wait(SOON)
    assert names[0] == "timers"


def test_a_failing_task_is_logged_and_stops_nothing(run, caplog):
    other = Counter(wanted=5)

    def fail():
        raise LookupError("no such case")

    with caplog.at_level(logging.ERROR, embedded.logger.name):
        timers = run(fail=fail, other=task(other))
        assert other.reached.wait(SOON)
        assert timers.is_alive()
    failures = [record for record in caplog.records if record.name == embedded.logger.name]
    assert len(failures) > 1
    assert "Timer fail (fail) failed" in failures[0].getMessage()
    assert failures[0].exc_info[0] is LookupError


def test_an_unknown_task_is_logged_and_stops_nothing(run, app, tmp_path, caplog):
    known = Counter(wanted=5)
    app.task(name="known", shared=False)(task(known))
    every = timedelta(milliseconds=20)
    schedule = {name: {"task": name, "schedule": every} for name in ("known", "unknown")}
    with caplog.at_level(logging.ERROR, embedded.logger.name):
        timers = embedded.Timers(app, tmp_path / "lock", schedule)
        timers.start()
        assert known.reached.wait(SOON)
        timers.stop()
    assert "Timer unknown (unknown) failed" in caplog.text


def test_stop_waits_for_the_task_under_way(run):
    begun, finished = threading.Event(), []

    def slow():
        begun.set()
        threading.Event().wait(0.2)
        finished.append(True)

    timers = run(slow=slow)
    assert begun.wait(SOON)
    timers.stop()
    assert finished
    assert not timers.is_alive()


def test_a_second_process_waits_in_line_and_takes_over(run, monkeypatch):
    monkeypatch.setattr(embedded, "STANDBY", 0.02)
    first, second = Counter(), Counter()
    holder = run(first=task(first))
    assert first.reached.wait(SOON)
    waiting = run(second=task(second))
    assert not second.reached.wait(0.2)
    assert second.calls == 0
    assert not waiting.running.is_set()
    holder.stop()
    assert second.reached.wait(SOON)


def test_the_lock_holds_between_processes(tmp_path):
    code = (
        "import sys; from citymgmt.lib.embedded import take;"
        "file = open(sys.argv[1], 'a+b'); print(take(file))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "lock")]

    def other():
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with (tmp_path / "lock").open("a+b") as file:
        assert embedded.take(file)
        assert other() == "False"
    assert other() == "True"


def test_each_database_has_a_lock_of_its_own(monkeypatch):
    mine = embedded.lock_path()
    assert mine == embedded.lock_path()
    monkeypatch.setitem(connection.settings_dict, "NAME", "elsewhere")
    assert embedded.lock_path() != mine


@pytest.mark.django_db(transaction=True)
def test_connections_are_closed_after_each_task(run, settings):
    seen, counter = [], Counter()

    def ask():
        seen.append(connection.connection is None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        counter()

    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    run(ask=ask)
    assert counter.reached.wait(SOON)
    assert all(seen[:3])


@pytest.mark.parametrize(("eager", "switch"), [(False, "1"), (True, "0")])
def test_does_not_start_where_others_keep_time(settings, monkeypatch, eager, switch):
    settings.CELERY_TASK_ALWAYS_EAGER = eager
    monkeypatch.setenv("TIMERS", switch)
    assert embedded.start() is None


def test_starts_once_per_process_with_the_projects_schedule(tmp_path):
    """In a process of its own, since this one must stay without timers."""
    code = """
import django; django.setup()
from django.conf import settings
settings.CELERY_BEAT_SCHEDULE.clear()
from citymgmt.lib import embedded
timers = embedded.start()
assert embedded.start() is timers
assert timers.running.wait(10)
assert timers.app.main == "citymgmt"
assert timers.schedule == settings.CELERY_BEAT_SCHEDULE
embedded.stop()
assert not timers.is_alive()
assert embedded.start() is not timers
print("left running")
"""
    env = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "DATABASE_URL"}}
    env |= {
        "TIMERS": "1",
        "CITYMGMT_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "citymgmt.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "left running"), done.stderr
