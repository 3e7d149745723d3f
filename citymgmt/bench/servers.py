"""Processes beside the one that measures."""

import os
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def daphne(timers="1"):
    """A web process on the database of this run; its address."""
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)]
    environment = os.environ | {"TIMERS": timers}
    with process([*command, "citymgmt.asgi:application"], port=port, env=environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def process(command, *, port=None, **options):
    """Run it beside this one, once it answers at `port`; what it says goes to a file."""
    log = Path(os.environ.get("BENCHLOG") or os.environ["CITYMGMT_VAR"]) / f"{command[2]}.log"
    with log.open("w") as out:
        options = {"stdout": out, "stderr": out, "env": os.environ} | options
        running = subprocess.Popen(command, cwd=ROOT, **options)
        try:
            if port:
                _wait_for_port(port, running, log)
            yield running
        finally:
            running.terminate()
            running.wait(20)


def _wait_for_port(port, running, log, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if running.poll() is not None:
            break
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"{' '.join(command_of(running))} did not start:\n{log.read_text()}")


def command_of(running):
    return [str(word) for word in running.args]
