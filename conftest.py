"""What every test finds: settings of the test base, its database, and a closed network.

Database: on SQLite the test database is a file, so every thread (live server, channels, timers)
has a connection of its own, as in production. What a test writes under the `db` mark is an open
transaction that no other thread sees: tests with threads use `transactional_db` (`live_server`
brings it along) or the `city` fixture.

Network: nothing beyond loopback can be reached; an attempt fails the test.

Browser fixtures (`page`, `console`, `apart`, `city`) are in `citymgmt/tests/browser.py`, those of
journeys over several desks (`at`, `begun`) in `cases/tests/desks.py`.
The people of the other tests: fixture `cast`, described in `cases/tests/cast.py`.
"""

import ipaddress
import os
import socket

import hypothesis
import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.utils import translation

pytest_plugins = ["citymgmt.tests.browser", "citymgmt.tests.visits", "cases.tests.desks"]

os.environ["TIMERS"] = "0"  # importing citymgmt.asgi starts no timers

# The machine may be busy, so time is no reason to fail; CI repeats what it did.
hypothesis.settings.register_profile(
    "city", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
# Branches are counted: a few examples, the same ones each time.
hypothesis.settings.register_profile("covered", deadline=None, derandomize=True, max_examples=10)
hypothesis.settings.load_profile("city")


def pytest_configure(config):
    if settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"):
        _prepare_settings()


def _prepare_settings():
    """Nothing that needs a built static tree, Redis, or a slow password hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Never collected to, so the storage answers plain names (and refuses unknown ones).
    settings.STATIC_ROOT = settings.VAR_DIR / "static-of-tests"
    # Static files are looked up when asked for, not listed at every start of the middleware.
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.LIVE_URL = ""

    from citymgmt.celery import app

    app.conf.task_always_eager = True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, tmp_path_factory, django_db_blocker):
    """A file of this run for SQLite; pytest-django's name per process for PostgreSQL. Both begin
    as a copy of a migrated database."""
    from citymgmt.tests import migrated

    test = settings.DATABASES["default"].setdefault("TEST", {})
    if _on_sqlite():
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        migrated.file_for(file)
        test["NAME"] = str(file)
    else:
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")
        with django_db_blocker.unblock():
            test["TEMPLATE"] = migrated.template()


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The copy is there before Django looks for it; pytest throws it away with its folder."""
    return _on_sqlite()


def _on_sqlite() -> bool:
    return settings.DATABASES["default"]["ENGINE"] == "citymgmt.db"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """The thread that all websockets of a process share keeps its connection, here until the
    database of the tests is to go."""
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
    connections.close_all()


@pytest.fixture(autouse=True)
def _clean_slate(settings, tmp_path):
    """Own folders of photos and record, empty cache, default language, for every test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.RECORD_DIR = tmp_path / "record"
    cache.clear()
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def cast(db):
    """The small town of `cases.tests.cast` with its people."""
    from cases.tests.cast import make_city

    return make_city()


@pytest.fixture(autouse=True, scope="session")
def _closed_network():
    """Connections and look-ups stay on this machine."""
    originals = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(original, target):
        def call(*args, **kwargs):
            host = target(args)
            if not is_local(host):
                pytest.fail(f"a test tried to reach {host!r} over the network")
            return original(*args, **kwargs)

        return call

    def address(args):
        return args[1][0] if isinstance(args[1], tuple) else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(originals[0], address))
        patch.setattr(socket.socket, "connect_ex", guarded(originals[1], address))
        patch.setattr(socket, "getaddrinfo", guarded(originals[2], lambda args: args[0]))
        yield


def is_local(host):
    """True for loopback and for what has no host (a Unix socket, any own address)."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in {None, "", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
