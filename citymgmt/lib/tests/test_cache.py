"""A cache that is away costs one look, and limits go on being counted."""

import logging
import socket

import pytest

from citymgmt.lib import cache as kept
from citymgmt.lib.cache import SharedCache

OPTIONS = {"OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.2}}


@pytest.fixture
def closed_port():
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def silent_port():
    """Takes connections and says nothing, as a frozen server does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture(params=["closed_port", "silent_port"])
def away(request, monkeypatch):
    monkeypatch.setattr(kept, "_absences", {})
    port = request.getfixturevalue(request.param)
    made = SharedCache(f"redis://127.0.0.1:{port}/0", OPTIONS)
    made.own.clear()
    yield made
    made.shared._cache.get_client().connection_pool.disconnect()


def test_limits_are_counted_by_the_process(away):
    assert away.add("limit", 1, 60) is True
    assert away.add("limit", 1, 60) is False
    assert away.incr("limit") == 2
    assert away.get("limit") == 2
    with pytest.raises(ValueError, match="limit-of-nobody"):
        away.incr("limit-of-nobody")


def test_what_is_computed_is_computed_and_kept(away):
    assert away.get_or_set("figure", lambda: {"n": 1}, 60) == {"n": 1}
    assert away.get_or_set("figure", lambda: {"n": 2}, 60) == {"n": 1}
    away.set_many({"a": 1, "b": 2})
    assert away.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    away.delete("a")
    assert ("a" in away, "b" in away) == (False, True)


def test_it_is_looked_for_once_and_said_once(away, caplog):
    asked = []
    real = away.shared.get
    away.shared.get = lambda *args, **kwargs: asked.append(args) or real(*args, **kwargs)
    with caplog.at_level(logging.WARNING, kept.__name__):
        for _ in range(50):
            away.get("page")
    assert len(asked) == 1
    assert len(caplog.records) == 1


def test_it_is_looked_for_again_after_a_while_and_said_again_after_a_minute(caplog):
    now = [0.0]
    absence = kept.Absence(clock=lambda: now[0])
    assert not absence.lasts()
    with caplog.at_level(logging.WARNING, kept.__name__):
        absence.begins("gone")
        assert absence.lasts()
        now[0] = kept.AWAY_SECONDS
        assert not absence.lasts()
        absence.begins("gone")
        assert len(caplog.records) == 1
        now[0] = kept.SAY_SECONDS
        absence.begins("gone")
    assert len(caplog.records) == 2
