"""Fixtures of the tests marked `browser`: a real Chromium, and a running city to look at.

Playwright's event loop stays on the test's own thread, and `async_to_sync` refuses to run under
it: what publishes to the live channel (every action on a case) goes through `apart`.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}
LATENCY_MS = 150
PATIENCE_MS = 60_000  # the machine may be busy; how fast a page is, `script/bench` says


def chromium():
    """Path of the browser: CHROMIUM in the environment, or the system's."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("browser tests need Chromium: install it, or set CHROMIUM to its path")
    return path


@pytest.fixture(scope="session")
def browser():
    """One Chromium for the whole run."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop makes Django believe that the test itself is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chrome = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield chrome
        chrome.close()


@pytest.fixture
def console():
    """Errors seen in the browser's console; `clear()` it after an error that was the point."""
    return []


@pytest.fixture
def new_page(browser, console):
    """Make pages that share nothing: new_page(viewport=PHONE, ...) takes Playwright's options.

    A script error, a refused resource (Content-Security-Policy) or a failed request that is in
    `console` at the end fails the test.
    """
    contexts = []

    def make(**options):
        defaults = {
            "viewport": DESK, "locale": "zh-CN", "timezone_id": "Asia/Shanghai",
            "reduced_motion": "reduce",  # drawing without a graphics card is most of the work
        }  # fmt: skip
        context = browser.new_context(**(defaults | options))
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: console.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(console, message))
        return page

    yield make
    for context in contexts:
        context.close()
    assert console == []


def _note(console, message):
    """A socket that is cut, or was left while it shook hands, is made again: pages tell of that."""
    if message.type == "error" and "/ws/live/' failed" not in message.text:
        console.append(f"{message.location.get('url', '')}: {message.text}")


def slow_down(page, processor=5, far=True):
    """A processor so many times slower, and a server 150 ms away: not together with
    `set_offline`, which this would undo."""
    tools = page.context.new_cdp_session(page)
    line = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    if far:
        tools.send("Network.enable")
        tools.send("Network.emulateNetworkConditions", line | {"latency": LATENCY_MS})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": processor})


@pytest.fixture
def page(new_page):
    """A page at the smallest size of a desk."""
    return new_page()


@pytest.fixture
def apart():
    """apart(function, *args): call it on another thread, with a database connection of its own."""
    from django.db import connections

    def call(function, *args, **kwargs):
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        yield lambda function, *args, **kwargs: pool.submit(
            call, function, *args, **kwargs
        ).result()


def pytest_collection_modifyitems(items):
    """Tests of the running city come last: it is built while the others run."""
    items.sort(key=_of_the_city)


def _of_the_city(item):
    return bool(item.get_closest_marker("browser")) and "city" in item.fixturenames


@pytest.fixture(scope="session", autouse=True)
def _building(request, tmp_path_factory):
    """What `city` waits for: folder, environment and process of a demonstration in the making."""
    if os.environ.get("CITY_URL") or not any(map(_of_the_city, request.session.items)):
        yield None
        return
    var = tmp_path_factory.mktemp("city")
    env = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    env |= {
        "CITYMGMT_VAR": str(var),
        "SQLITE_PATH": str(var / "city.sqlite3"),
        "DEMO": "1",
        "DEBUG": "0",
        "TIMERS": "1",
    }
    with (var / "build.log").open("wb") as log:
        build = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--no-server"],
            cwd=ROOT, env=env, stdout=log, stderr=log,
        )  # fmt: skip
    yield var, env, build
    build.kill()
    build.wait()


@pytest.fixture(scope="session")
def city(_building):
    """Address of a demonstration city of its own, built and served as `script/server` does.

    With CITY_URL in the environment, that running demonstration is used instead.
    """
    if _building is None:
        yield os.environ["CITY_URL"]
        return
    var, env, build = _building
    if build.wait() != 0:
        pytest.fail(f"the city is not built:\n{(var / 'build.log').read_text()[-4000:]}")
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, cwd=ROOT, env=env, check=True)
    port = free_port()
    with (var / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port),
             "citymgmt.asgi:application"],
            cwd=ROOT, env=env, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, server, var / "server.log")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address, server, log, seconds=60):
    """Return when the address answers; fail with the server's log when it ends or stays mute."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            opener.open(address, timeout=10).close()
            return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server at {address} does not answer:\n{log.read_text()[-4000:]}")
