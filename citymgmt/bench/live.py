"""live: from the commit of a step to the client who watches."""

import json
import os
import threading
import time
from contextlib import closing

from citymgmt.bench.city import make_city, report_one
from citymgmt.bench.measure import p95, result, timed
from citymgmt.bench.servers import daphne

PUSHED = 30


def live():
    from citymgmt.tests.client import Visitor, wait_for

    make_city()
    made = [report_one(n).number for n in range(PUSHED)]
    with daphne() as address:
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
