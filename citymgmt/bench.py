"""`script/bench base|cases|evaluation|live [--json]`: how fast, beside the same work done bare.

Every suite runs on a new SQLite database in a directory of its own that is removed afterwards.
Targets are the project's own (requirements §9) where there is one. `bound` is in the unit of the
value; null where nothing bare compares.
"""

import argparse
import itertools
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROADS = ROOT.parent / "shared" / "data" / "real" / "wuhan_roads.fgb"
CASES, SAMPLE_DAYS, SAMPLE_PER_DAY = 60_000, 3, 40
MOVED, LISTED, PUSHED = 20, 30, 30


def result(name, value, unit, target, bound, *, less=True):
    """One measurement; `less`: the target is an upper limit."""
    ok = value <= target if less else value >= target
    bound = None if bound is None else round(bound, 3)
    return {"name": name, "value": round(value, 3), "unit": unit, "target": target,
            "bound": bound, "ok": bool(ok)}  # fmt: skip


def timed(deed, *args, **kwargs):
    """(what it answers, seconds)."""
    begun = time.perf_counter()
    answer = deed(*args, **kwargs)
    return answer, time.perf_counter() - begun


def p95(values):
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


# --- the city of a run ----------------------------------------------------------------------
@contextmanager
def own_database():
    """Django on an empty database that nobody else uses."""
    with tempfile.TemporaryDirectory(prefix="citymgmt-bench-") as place:
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "citymgmt.settings", "CITYMGMT_VAR": place,
            "SQLITE_PATH": f"{place}/city.sqlite3", "TIMERS": "0", "DEBUG": "1", "DEMO": "1",
        }  # fmt: skip
        import django

        (Path(place) / "static").mkdir()
        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        settings.DEBUG = False  # this process keeps no list of its queries
        call_command("migrate", verbosity=0, skip_checks=True)
        yield Path(place)
        connection.close()


def make_city():
    """The demonstration district and its people, without components."""
    from cases.loading import load_standards
    from citymgmt.accounts.demonstration import make_people
    from dispatch.demonstration import place
    from dispatch.loading import load_routing
    from grid.loading import load_schematic
    from grid.schematic import read_divisions
    from inventory.loading import load_classes

    streets = [(d.code, d.name) for d in read_divisions() if d.level == "street"]
    people = make_people(streets=streets)
    load_classes()
    load_standards()
    load_schematic()
    load_routing()
    place(people)


def photo(kind):
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), "gray").save(buffer, "JPEG")
    return kind, buffer.getvalue()


@cache
def person(name):
    from citymgmt.accounts.models import User

    return User.objects.get(username=name)


# --- base: the grid ---------------------------------------------------------------------------
def base():
    from grid.schematic import read_divisions, schematic

    drawn, _seconds = timed(schematic, read_divisions(), 1)
    lines = [road.line for road in drawn.roads]
    yield from _grid("schematic", lines, drawn.communities, 60)
    if ROADS.exists():
        from grid.building import Plan, _stand_ins
        from grid.sources import read_lines

        lines = read_lines(ROADS).shapes
        plan = Plan(roads=str(ROADS), district="420100", name="Wuhan")
        grounds = {r.code: r.geometry for r in _stand_ins(plan, lines) if len(r.code) == 12}
        yield from _grid("wuhan", lines, grounds, 180)


def _grid(name, lines, communities, target):
    """Cells of these lines, against union and polygonize of the same lines alone."""
    import numpy as np
    import shapely

    from grid.loading import make_cells

    def bare():
        merged = shapely.union_all(np.array([*lines, *_rings(communities)], dtype=object))
        return shapely.get_parts(shapely.polygonize([merged]))

    faces, bare_seconds = timed(bare)
    (_cells, figures, _zone), seconds = timed(make_cells, lines, communities)
    areas = shapely.area(shapely.transform(faces, _metres(lines)))
    suitable = areas[(areas >= 5_000) & (areas <= 20_000)].sum() / areas.sum()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield result(f"grid_{name}_seconds", seconds, "s", target, bare_seconds)
    yield result(f"grid_{name}_cells", figures["cells"], "cells", 1, len(faces), less=False)
    yield result(
        f"grid_{name}_share", figures["share_5k_20k"], "of area", 0.9, suitable, less=False
    )
    faults = figures["gaps"] + figures["overlaps"] + figures["crossing"]
    yield result(f"grid_{name}_faults", faults, "faults", 0, None)
    yield result(f"grid_{name}_peak_memory", memory, "MB", 2048, None)


def _rings(communities):
    return [shape.boundary for shape in communities.values()]


def _metres(lines):
    """Degrees to metres around the middle of the lines, good enough to compare areas."""
    import numpy as np
    import shapely

    _west, south, _east, north = shapely.total_bounds(np.array(lines, dtype=object))
    scale = 111_320 * np.array([np.cos(np.radians((south + north) / 2)), 1])
    return lambda points: points * scale


# --- cases: moves and lists -------------------------------------------------------------------
def cases():
    from cases.models import Case, CaseEvent

    make_city()
    made = [report_one(n) for n in range(MOVED)]
    before = CaseEvent.objects.count()
    _none, seconds = timed(lambda: [whole_way(case) for case in made])
    moves = CaseEvent.objects.count() - before
    rows = list(CaseEvent.objects.filter(case__in=made, seq__gt=1).select_related("case"))
    _none, bare_seconds = timed(lambda: [_write_bare(row) for row in rows])
    closed = Case.objects.filter(state="closed").count()
    yield result("cases_closed", closed, "cases", MOVED, MOVED, less=False)
    yield result(
        "moves_per_second", moves / seconds, "1/s", 10, len(rows) / bare_seconds, less=False
    )
    yield from _lists()


def report_one(n):
    """A patrol report on a unit grid."""
    from cases import actions
    from grid.models import UnitGrid
    from inventory.models import MatterClass

    cell = UnitGrid.objects.order_by("code")[n * 7 % 1000]
    spot = cell.geometry.point_on_surface
    conditions = MatterClass.objects.in_use().filter(conditions__edition__active=True)
    case, _created = actions.report(
        by=person("collector"), class_code=conditions.order_by("pk").first(), lon=spot.x,
        lat=spot.y, source="patrol", description="bench", photos=[photo("close")],
    )  # fmt: skip
    return case


def whole_way(case):
    """From registered to closed by the real actions, each by the post whose turn it is."""
    from cases import actions
    from cases.models import FilingCondition

    condition = FilingCondition.objects.filter(
        matter_class=case.matter_class_id, edition__active=True
    ).first()
    department = person("liaison").current_memberships[0].department
    after, site = [photo("after")], [photo("close")]
    for action, who, given, photos in (
        ("accept", "acceptor", {}, ()),
        ("file", "shift_leader", {"filing_condition": condition.pk}, ()),
        ("dispatch", "dispatcher", {"department": department.code}, ()),
        ("assign", "liaison", {"handler": "handler"}, ()),
        ("dispose", "handler", {"opinion": "done"}, after),
        ("feedback", "liaison", {}, ()),
        ("pass_check", "dispatcher", {}, ()),
        ("send_check", "acceptor", {"collector": "collector"}, ()),
        ("check", "collector", {"check_result": "pass"}, site),
        ("close", "shift_leader", {"closing_met": True}, ()),
    ):
        case.refresh_from_db()
        offered = {"feedback": "dept_review"}.get(action, case.state)
        if case.state == offered:  # without department review, feedback is skipped
            actions.perform(case, action, by=person(who), given=given, photos=photos)


def _write_bare(row):
    """The same row once more and its case, in a transaction, with no rule asked."""
    from django.db import transaction

    row.pk, row.seq, row.client_uuid, row.feed = None, row.seq + 1000, None, None
    row._state.adding = True
    with transaction.atomic():
        row.save(force_insert=True)
        row.case.save(force_update=True)


def _lists():
    from django.test import Client

    from cases.models import Case

    for n in range(LISTED):
        report_one(n)
    client, reader = Client(), person("acceptor")
    client.force_login(reader)
    host = {"SERVER_NAME": "localhost"}
    client.get("/cases/", **host)
    shown = []
    for _n in range(LISTED):
        response, seconds = timed(client.get, "/cases/", **host)
        assert response.status_code == 200, response.status_code
        shown.append(seconds)
    bare = [
        timed(lambda: list(Case.objects.visible_to(reader).for_lists()[:50]))[1]
        for _n in range(LISTED)
    ]
    yield result("list_page_p95", p95(shown) * 1000, "ms", 1000, p95(bare) * 1000)


# --- evaluation: a month of 60,000 cases --------------------------------------------------------
def evaluation():
    from django.utils import timezone

    from dispatch.simulation.run import past
    from evaluation.actions import evaluate
    from evaluation.models import CaseFact
    from evaluation.queries import refresh_facts

    make_city()
    now = timezone.now()
    past(seed=1, start=now - timedelta(days=SAMPLE_DAYS), end=now, per_day=SAMPLE_PER_DAY)
    folded, seconds = timed(refresh_facts)
    _copies(CASES - CaseFact.objects.count())
    yield result("fold_5000_cases", seconds / folded * 5000, "s", 15, _bare_fold() / folded * 5000)
    today = timezone.localdate()
    days = {"start": today - timedelta(days=30), "end": today}
    done, seconds = timed(evaluate, scheme="A", by=None, **days)
    bare, bare_seconds = timed(_bare_counts)
    assert done.cases == CASES, done.cases
    assert sum(bare.values()) == done.figures["totals"]["filed"], "the bare count differs"
    yield result("month_of_60000_cases", seconds, "s", 5, bare_seconds)
    yield result("month_memory", _memory(), "MB", 1024, None)


def _memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _copies(number):
    """Copies of the simulated cases and their facts, up to `number`; they have no log."""
    from cases.models import Case
    from evaluation.models import CaseFact

    cases = list(Case.objects.filter(fact__isnull=False).order_by("pk"))
    facts = CaseFact.objects.in_bulk()
    originals = [(case, facts[case.pk]) for case in cases]
    first = max(facts) + 1
    plan = itertools.islice(itertools.cycle(originals), number)
    for batch in itertools.batched(plan, 2000) if hasattr(itertools, "batched") else _batched(plan):
        rows, copies = [], []
        for pk, (case, fact) in enumerate(batch, start=first):
            number = f"{pk:020d}"
            values = {f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields}
            rows.append(Case(**values | {"id": pk, "number": number, "client_uuid": None}))
            values = {f.attname: getattr(fact, f.attname) for f in CaseFact._meta.concrete_fields}
            data = fact.data | {"case_id": pk, "number": number}
            copies.append(CaseFact(**values | {"case_id": pk, "data": data}))
        Case.objects.bulk_create(rows, batch_size=500)
        CaseFact.objects.bulk_create(copies, batch_size=500)
        first += len(batch)


def _batched(items, size=2000):
    while batch := list(itertools.islice(items, size)):
        yield batch


def _bare_fold():
    """Reading the rows of the same logs, nothing made of them."""
    from cases.models import CaseEvent
    from evaluation.queries import EVENT_COLUMNS

    return timed(lambda: list(CaseEvent.objects.order_by("case_id", "seq").values(*EVENT_COLUMNS)))[
        1
    ]


def _bare_counts():
    """One count by department over the same stored facts."""
    from evaluation.models import CaseFact

    tally = Counter()
    for data in CaseFact.objects.values_list("data", flat=True).iterator(chunk_size=2000):
        if "filed_at" in data and data.get("void_origin") != "merge":
            tally[data.get("last_department_id")] += 1
    return tally


# --- live: from the commit to the client --------------------------------------------------------
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
        feed.send(json.dumps({"type": "hello", "topics": ["desk"]}))
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


# --- command line -----------------------------------------------------------------------------
SUITES = {"base": base, "cases": cases, "evaluation": evaluation, "live": live}


def main(arguments=None):
    """0 when every target was met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args(arguments)
    random.seed(1)
    results = []
    with own_database():
        for one in SUITES[given.suite]():
            results.append(one)
            mark = "ok" if one["ok"] else "MISSED"
            print(f"{one['name']:26} {one['value']:>12} {one['unit']:8} target {one['target']}"
                  f"  bare {one['bound']}  {mark}", flush=True)  # fmt: skip
    if given.as_json:
        print(json.dumps({"results": results}))
    return 0 if all(one["ok"] for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
