"""How many sessions web processes hold on their database, however many people ask at once.

On PostgreSQL the server is asked for its sessions; on SQLite the system for the handles that the
processes have on the database's file.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from websockets.sync.client import connect

from citymgmt.tests.browser import ROOT, free_port, wait_for

THREADS = 3  # for HTTP; one more is for all websockets
NAME = "connections-of-a-test"
ASKED = 2  # times, by each client
CLIENTS = (1, 4, 16, 64)


class Web:
    """Web processes on the database of the test; `ask` questions, `sessions` that they hold."""

    def __init__(self, folder, user):
        client = Client()
        client.force_login(user)
        self.folder = folder
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"
        self.ports, self.processes = [], []

    def begin(self):
        port = free_port()
        log = self.folder / f"{port}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port),
                 "citymgmt.asgi:application"],
                cwd=ROOT, env=_environment(), stdout=out, stderr=out,
            )  # fmt: skip
        self.ports.append(port)
        self.processes.append(process)
        wait_for(f"http://127.0.0.1:{port}/api/v1/", process, log)

    def end(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=30)

    def ask(self, port):
        """The status of each answer to one who asks one thing after the other."""
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        statuses = []
        for _ in range(ASKED):
            line.request("GET", "/api/v1/cases/", headers={"Cookie": self.cookie})
            answer = line.getresponse()
            answer.read()
            statuses.append(answer.status)
        line.close()
        return statuses

    def sessions(self):
        if connection.vendor == "postgresql":
            return _of_sessions("count(*)")
        return sum(_handles(process.pid) for process in self.processes)


def _environment():
    """That of the test, with its own database."""
    database = connection.settings_dict["NAME"]
    env = os.environ | {"HTTP_THREADS": str(THREADS), "PGAPPNAME": NAME, "TIMERS": "0"}
    if connection.vendor == "postgresql":
        parts = urlsplit(settings.DATABASE_URL)
        return env | {"DATABASE_URL": parts._replace(path=f"/{database}").geturl()}
    return env | {"SQLITE_PATH": str(database)}


def _of_sessions(what):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} FROM pg_stat_activity WHERE application_name = %s", [NAME])
        return cursor.fetchone()[0]


def _handles(pid):
    """How often a process has the database's file open."""
    found = 0
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += os.readlink(handle) == str(connection.settings_dict["NAME"])
        except FileNotFoundError:  # closed meanwhile
            continue
    return found


@pytest.fixture
def web(tmp_path, cast):
    web = Web(tmp_path, cast.acceptor)
    yield web
    web.end()


def most_sessions(web, clients):
    """The highest count while so many clients ask; all of them are answered."""
    with ThreadPoolExecutor(clients) as pool:
        asked = [pool.submit(web.ask, web.ports[n % len(web.ports)]) for n in range(clients)]
        seen = [web.sessions()]
        while not all(one.done() for one in asked):
            time.sleep(0.02)
            seen.append(web.sessions())
        statuses = [status for one in asked for status in one.result()]
    assert statuses == [200] * clients * ASKED
    return max(seen)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("processes", [1, 2])
def test_sessions_are_as_many_as_threads(web, processes):
    for _ in range(processes):
        web.begin()
    most = {clients: most_sessions(web, clients) for clients in CLIENTS}
    assert most[1] >= 1
    assert max(most.values()) <= processes * THREADS


@pytest.mark.django_db(transaction=True)
def test_a_session_that_was_cut_is_made_anew(web):
    web.begin()
    most_sessions(web, 4)
    if connection.vendor == "postgresql":
        assert _of_sessions("bool_and(pg_terminate_backend(pid))")
    most_sessions(web, 4)


@pytest.mark.django_db(transaction=True)
def test_a_server_ends_in_the_midst_of_requests(web):
    web.begin()
    with ThreadPoolExecutor(16) as pool:
        for _ in range(16):
            pool.submit(web.ask, web.ports[0])
        most_sessions(web, 1)
        web.end()


@pytest.mark.django_db(transaction=True)
def test_websockets_share_one_session(web):
    web.begin()
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(listening(web)) for _ in range(8)]
        for socket in sockets:
            assert json.loads(socket.recv(timeout=20))["type"] == "welcome"
        assert web.sessions() == 1
        assert most_sessions(web, 16) <= THREADS + 1


@contextlib.contextmanager
def listening(web):
    """A websocket that has said hello."""
    at = f"127.0.0.1:{web.ports[0]}"
    options = {"additional_headers": {"Cookie": web.cookie}, "origin": f"http://{at}"}
    with connect(f"ws://{at}/ws/live/", proxy=None, **options) as socket:
        socket.send(json.dumps({"type": "hello"}))
        yield socket
