"""A PostgreSQL that is frozen: before it lets anybody in, and in the middle of a question.

The server here speaks as much of the protocol as a sign-in and falls silent then, as one does
whose process was stopped: its machine goes on taking what is sent.
"""

import socket
import struct
import threading

import psycopg2
import pytest
from django.db import OperationalError
from psycopg2 import extensions

from citymgmt.lib import outages
from citymgmt.lib.postgis import limits
from citymgmt.lib.postgis.base import DatabaseWrapper

LIMITS = {"connect": 0.3, "statement": 0.1, "lock": 0.1, "idle": 5}
SETTINGS = {
    "ENGINE": "citymgmt.lib.postgis", "NAME": "city", "USER": "city", "PASSWORD": "",
    "HOST": "127.0.0.1", "OPTIONS": {}, "TIME_ZONE": None, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False, "ATOMIC_REQUESTS": False,
    "TEST": {"NAME": None},
}  # fmt: skip
TOLD = {"server_version": "15.4", "client_encoding": "UTF8", "standard_conforming_strings": "on",
        "DateStyle": "ISO, MDY", "TimeZone": "UTC", "integer_datetimes": "on"}  # fmt: skip


def message(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


WELCOME = (
    message(b"R", struct.pack("!i", 0))
    + b"".join(message(b"S", f"{k}\0{v}\0".encode()) for k, v in TOLD.items())
    + message(b"K", struct.pack("!ii", 1, 1))
    + message(b"Z", b"I")
)


@pytest.fixture
def frozen():
    """frozen(answers) listens: it gives `answers` and is silent then; (port, what came)."""
    sockets, threads, heard = [], [], []

    def start(answers):
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def serve():
            made, _address = listener.accept()
            sockets.append(made)
            for answer in answers:
                heard.append(made.recv(65536))
                made.sendall(answer)

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return listener.getsockname()[1], heard

    yield start
    for one in sockets:
        one.close()
    for thread in threads:
        thread.join(10)


@pytest.fixture
def hurried(settings, monkeypatch):
    settings.DATABASE_LIMITS = LIMITS
    monkeypatch.setattr(limits, "GRACE", 0.2)
    monkeypatch.setattr(limits, "_hurried", False)
    before = extensions.get_wait_callback()
    limits.hurry()
    yield
    extensions.set_wait_callback(before)


def wrapper(port):
    # TLS is asked for first, and a server without it says "N".
    return DatabaseWrapper({**SETTINGS, "PORT": port, "OPTIONS": {"sslmode": "disable"}}, "frozen")


@pytest.mark.django_db
def test_a_server_frozen_from_the_start_is_given_up(frozen, hurried):
    port, _heard = frozen([])
    with pytest.raises(OperationalError) as caught:
        wrapper(port).ensure_connection()
    assert outages.of(caught.value) is outages.AWAY


@pytest.mark.django_db
def test_a_server_that_freezes_later_is_given_up(frozen, hurried):
    port, _heard = frozen([WELCOME])
    made = wrapper(port)
    with pytest.raises(OperationalError) as caught, made.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert isinstance(caught.value.__cause__, limits.Frozen)
    assert outages.of(caught.value) is outages.AWAY


def test_what_was_frozen_is_not_used_again(frozen, hurried):
    port, _heard = frozen([WELCOME])
    raw = limits.Connection(f"host=127.0.0.1 port={port} dbname=c user=c sslmode=disable")
    raw.patience = 0.1
    with pytest.raises(psycopg2.OperationalError), raw.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert raw.closed


def test_the_server_is_told_its_limits_by_processes_in_a_hurry_only(settings, monkeypatch):
    settings.DATABASE_LIMITS = LIMITS
    monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=off")
    monkeypatch.setattr(limits, "_hurried", False)
    assert "options" not in wrapper(1).get_connection_params()
    monkeypatch.setattr(limits, "_hurried", True)
    told = wrapper(1).get_connection_params()["options"]
    assert told == (
        "-c synchronous_commit=off -c statement_timeout=100 -c lock_timeout=100"
        " -c idle_in_transaction_session_timeout=5000"
    )


def test_a_statement_without_limit_is_waited_for(settings):
    settings.DATABASE_LIMITS = LIMITS | {"statement": 0}
    assert limits.silence() is None
