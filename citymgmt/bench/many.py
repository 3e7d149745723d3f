"""live with many listeners: from the commit of a move to each of them, on the full profile.

PostgreSQL and Redis of `script/services`, a database of this run, one web process, the listeners
in a process of their own; the moves are made by this one, as a second web process would.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from citymgmt.bench.city import make_city, person, report_one, steps
from citymgmt.bench.measure import result
from citymgmt.bench.servers import ROOT, daphne, free_port, process

HEARING = ("acceptor", "shift_leader", "dispatcher")  # they may hear of every case
MOVES = 8  # of each case, in turn
BARE_SECONDS = 10
TAIL = 10  # seconds that the last message may take


def many(listeners, rate, seconds):
    """Yields the measurements; all listeners may hear of every move."""
    make_city()
    cases = [report_one(n) for n in range(-(-rate * seconds // MOVES))]
    cookies = Path(os.environ["CITYMGMT_VAR"]) / "cookies"
    cookies.write_text("\n".join(_cookies(listeners)))
    bare = _bare(cookies, rate)
    with daphne(timers="0") as address, _listening(address, cookies) as heard:
        welcome = json.loads(heard.stdout.readline())
        commits = _moves(cases, rate, seconds)
        time.sleep(TAIL)
        told = _end(heard)
    lags, missing, doubled = _compare(told["heard"], commits)
    made = (len(commits) - 1) / (max(commits.values()) - min(commits.values()))
    yield result("opened_at_once", welcome["welcome"], "sockets", listeners, None, less=False)
    yield result("opened_seconds", welcome["seconds"], "s", 5, None)
    yield result("rows_per_second", made, "rows/s", rate * 0.9, None, less=False)
    for share, target in ((50, 1000), (99, 1000)):
        yield result(
            f"commit_to_client_p{share}", _share(lags, share), "ms", target, _share(bare, share)
        )
    yield result("messages", len(lags), "told", 0, None, less=False)
    yield result("missing", missing, "messages", 0, None)
    yield result("doubled", doubled, "messages", 0, None)
    yield result("closed", told["closed"], "sockets", 0, None)


def _share(lags, share):
    """This percentile in milliseconds; endless where nothing arrived."""
    ordered = sorted(lags)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)] * 1000 if lags else 9e9


def _cookies(number):
    """Sessions of desks, as the sign-in page makes them."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from citymgmt.accounts import sessions

    for n in range(number):
        user, session = person(HEARING[n % len(HEARING)]), SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        sessions.begin(session, user, timezone.now())
        session.save()
        yield f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _moves(cases, rate, seconds):
    """Make so many moves a second; {place in the feed: moment of the commit}."""
    from cases.feed import log as live
    from cases.models import CaseEvent
    from cases.signals import moved
    from citymgmt.lib.after import after_commit

    moments = {}

    def stamp(pk):
        moments[pk] = time.monotonic()

    def note(event, **_):
        after_commit(stamp, event.pk)  # before the move's own step, which asks later

    live.publish(send=False)
    moved.connect(note)
    ways = [steps(case) for case in cases]
    acts = (act for _round in range(MOVES) for way in ways if (act := next(way, None)))
    begun = time.monotonic()
    for n, act in enumerate(islice(acts, rate * seconds)):
        time.sleep(max(0, begun + n / rate - time.monotonic()))
        act()
    moved.disconnect(note)
    while CaseEvent.objects.filter(feed__isnull=True).exists():
        live.publish()
    places = dict(CaseEvent.objects.filter(pk__in=moments).values_list("pk", "feed"))
    return {places[pk]: moment for pk, moment in moments.items()}


def _compare(heard, commits):
    """(seconds of each message, missing, doubled) over all listeners."""
    lags, missing, doubled = [], 0, 0
    for rows in heard:
        first = {}
        for place, moment in rows:
            if place in commits:
                doubled += place in first
                first.setdefault(place, moment)
        missing += len(commits) - len(first)
        lags += [moment - commits[place] for place, moment in first.items()]
    return lags, missing, doubled


@contextmanager
def _listening(address, cookies):
    host, port = address.removeprefix("http://").split(":")
    command = [sys.executable, "-m", "citymgmt.bench.listeners", host, port, str(cookies)]
    with process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        yield running


def _end(heard):
    heard.stdin.write("\n")
    heard.stdin.flush()
    return json.loads(heard.stdout.readline())


def _bare(cookies, rate):
    """Seconds of each message where a process does nothing but pass on what Redis gives it."""
    from redis import Redis

    url, topic, port = os.environ["REDIS_URL"], "bench-bare", free_port()
    words = {"type": "event", "topic": "cases", "case": "0" * 20, "filling": "x" * 300}
    command = [sys.executable, "-m", "citymgmt.bench.bare", str(port), url, topic]
    sent = {}
    with (
        process(command, port=port),
        Redis.from_url(url) as client,
        _listening(f"http://127.0.0.1:{port}", cookies) as heard,
    ):
        heard.stdout.readline()
        begun = time.monotonic()
        for n in range(rate * BARE_SECONDS):
            time.sleep(max(0, begun + n / rate - time.monotonic()))
            sent[n] = time.monotonic()
            client.publish(topic, json.dumps(words | {"seq": n}))
        time.sleep(1)
        told = _end(heard)
    return _compare(told["heard"], sent)[0]


@contextmanager
def own_server():
    """DATABASE_URL and REDIS_URL of a database that nobody else uses.

    On the servers that the environment names, or else on those of script/services.
    """
    import psycopg2

    given = _named() or _services()
    server, _slash, _name = given["DATABASE_URL"].rpartition("/")
    name = f"bench_{os.getpid()}"
    plain = server.replace("postgis://", "postgresql://")
    with closing(psycopg2.connect(f"{plain}/postgres")) as admin:
        admin.autocommit = True
        admin.cursor().execute(f"CREATE DATABASE {name}")
        try:
            redis = given["REDIS_URL"].rpartition("/")[0] + "/9"
            yield {"DATABASE_URL": f"{server}/{name}", "REDIS_URL": redis}
        finally:
            admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


def _named():
    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    return given if all(given.values()) else None


def _services():
    started = subprocess.run(
        ["script/services", "start"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return dict(word.split("=", 1) for word in started.stdout.split() if "=" in word)
