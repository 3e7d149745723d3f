"""The processes of the full profile: started as they are installed, and killed."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds for a server to come up
WEBS = ("web", "web-2")
# Of the shell that calls: nothing of it belongs to the city of a drill. PGOPTIONS may say that a
# commit is acknowledged before it is on the disk.
FOREIGN = ("PGOPTIONS", "SQLITE_PATH", "HTTPS", "DEMO", "DEBUG", "TIMERS", "HOST", "PORT")


class Installation:
    """PostgreSQL, Redis, two web processes, worker and beat in a folder of their own."""

    def __init__(self, place: Path):
        self.place = place
        self.home = place / "services"
        for name in FOREIGN:
            os.environ.pop(name, None)
        os.environ |= {"SERVICES_HOME": str(self.home), "CITYMGMT_VAR": str(place)}
        os.environ["DJANGO_SETTINGS_MODULE"] = "citymgmt.settings"
        (place / "static").mkdir()
        self.start_services()
        self.ports = [free_port() for _web in WEBS]
        celery = [sys.executable, "-m", "celery", "-A", "citymgmt"]
        webs = {
            name: Process(
                place / f"{name}.log", "-m", "daphne", "-v", "0", "-b", "127.0.0.1",
                "-p", str(port), "citymgmt.asgi:application",
            )
            for name, port in zip(WEBS, self.ports, strict=True)
        }  # fmt: skip
        self.processes = webs | {
            "worker": Process(
                place / "worker.log", *celery[1:], "worker", "--loglevel", "warning",
                "--concurrency", "2",
            ),
            "beat": Process(
                place / "beat.log", *celery[1:], "beat", "--loglevel", "warning",
                "--schedule", str(place / "beat"),
            ),
        }  # fmt: skip

    @property
    def addresses(self) -> list[str]:
        return [f"127.0.0.1:{port}" for port in self.ports]

    def start(self):
        for process in self.processes.values():
            process.start()
        until = time.monotonic() + PATIENCE
        for name, port in zip(WEBS, self.ports, strict=True):
            while not answers(port):
                if time.monotonic() > until:
                    raise SystemExit(f"{name} did not start:\n" + self.processes[name].said())
                time.sleep(0.1)

    def start_services(self):
        """Start PostgreSQL and Redis, or those of them that are down, where they were."""
        until = time.monotonic() + PATIENCE
        while True:
            done = subprocess.run(
                [ROOT / "script" / "services", "start"], capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                break
            # What a killed server held, its last processes still hold for a moment.
            if time.monotonic() > until:
                raise SystemExit(done.stderr)
            time.sleep(0.3)
        os.environ |= dict(re.findall(r"(\w+_URL)=(\S+)", done.stdout))

    def stop(self):
        for process in self.processes.values():
            process.kill()
        subprocess.run([ROOT / "script" / "services", "stop"], capture_output=True, check=False)

    def remove(self):
        data = Path((self.home / "data").read_text().strip())
        for folder in (data, self.place):
            shutil.rmtree(folder, ignore_errors=True)

    def fallen(self) -> list[str]:
        """The processes that ended although nobody killed them, as often as they did."""
        for process in self.processes.values():
            process.look()
        return [name for name, one in self.processes.items() for _time in range(one.fallen)]

    # --- what a drill does to them --------------------------------------------------------------
    def victims(self):
        """{name: (kill, start again)}, in the order in which they die."""
        own = {name: (one.kill, one.start) for name, one in self.processes.items()}
        return own | {
            "PostgreSQL": (self.kill_postgres, self.start_services),
            "Redis": (self.kill_redis, self.start_services),
        }

    def kill_postgres(self):
        data = Path((self.home / "data").read_text().strip())
        _kill(int((data / "postmaster.pid").read_text().split()[0]))

    def kill_redis(self):
        """With all that it knew."""
        _kill(int((self.home / "redis" / "pid").read_text()))
        (self.home / "redis" / "dump.rdb").unlink(missing_ok=True)


class Process:
    """A Python process and its children, in a group of their own."""

    def __init__(self, log: Path, *arguments: str):
        self.log = log
        self.command = [sys.executable, *arguments]
        self.running: subprocess.Popen | None = None
        self.fallen = 0

    def start(self):
        with self.log.open("a") as out:
            self.running = subprocess.Popen(
                self.command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
            )

    def look(self):
        """Count it if it ended by itself."""
        if self.running is not None and self.running.poll() is not None:
            self.fallen += 1
            self.running = None

    def kill(self):
        self.look()
        if self.running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            self.running = None

    def said(self, lines=30) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def _kill(pid):
    """Kill it and wait until it is gone; a zombie that nobody buries is."""
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while _lives(pid) and time.monotonic() < until:
        time.sleep(0.05)


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
