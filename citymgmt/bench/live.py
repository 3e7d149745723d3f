"""live: from the commit of a step to the client who watches."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

from citymgmt.bench.city import make_city, report_one
from citymgmt.bench.measure import p95, result, timed

ROOT = Path(__file__).resolve().parents[2]
PUSHED = 30


def live():
    from citymgmt.tests.client import Visitor, wait_for

    make_city()
    made = [report_one(n).number for n in range(PUSHED)]
    with _daphne() as address:
        visitor = Visitor(address, "acceptor")
        with visitor.feed() as feed:
            bare = [_echo(feed) for _n in range(PUSHED)]
            waits, whole = [], []
            for number in made:
                watch = Watch()
                begun = time.perf_counter()
                status, answer = visitor.call("POST", f"cases/{number}/actions/accept/")
                assert status == 200, answer
                wait_for(feed, number, "accept")
                heard = watch.heard(time.perf_counter())
                waits.append(heard)
                whole.append(time.perf_counter() - begun)
    yield result("commit_to_client_p95", p95(waits) * 1000, "ms", 1000, p95(bare) * 1000)
    yield result("deed_to_client_p95", p95(whole) * 1000, "ms", 10_000, p95(bare) * 1000)


def _echo(feed):
    """A question and its answer on the same socket."""

    def ask():
        feed.send(json.dumps({"type": "hello"}))
        while json.loads(feed.recv(timeout=20))["type"] != "welcome":
            pass

    return timed(ask)[1]


class Watch:
    """Sees from another connection when the next log row is committed."""

    def __init__(self):
        self.committed = None
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        self.ready.wait(10)

    def _look(self):
        import sqlite3

        with closing(sqlite3.connect(os.environ["SQLITE_PATH"], timeout=30)) as database:
            newest = "SELECT max(id) FROM cases_caseevent"
            before = database.execute(newest).fetchone()
            self.ready.set()
            until = time.perf_counter() + 30
            while time.perf_counter() < until:
                if database.execute(newest).fetchone() != before:
                    self.committed = time.perf_counter()
                    return
                time.sleep(0.0005)

    def heard(self, moment):
        """Seconds from the commit to `moment`; 0 where the message was as quick as this look."""
        self.thread.join(30)
        assert self.committed is not None, "no log row was committed"
        return max(0.0, moment - self.committed)


@contextmanager
def _daphne():
    """A web process of the embedded profile on the database of this run; its address."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)]
    log = Path(os.environ["CITYMGMT_VAR"]) / "daphne.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "citymgmt.asgi:application"], cwd=ROOT, stdout=out, stderr=out,
            env=os.environ | {"TIMERS": "1"},
        )  # fmt: skip
        try:
            _wait_for_port(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _wait_for_port(port, server, log, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"the web process did not start:\n{log.read_text()}")
