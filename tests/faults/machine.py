"""Workers, a scheduler and a Redis of our own, to be killed, paused and stopped in the middle of an import."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from tests.processes.running import Running, database_address, free_port, processes_with, wait_until


class RedisServer:
    """A Redis that can be stopped and started again on the same port; it forgets everything, as a flushed one does."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._server: subprocess.Popen[bytes] | None = None

    @staticmethod
    def is_installed() -> bool:
        """Say whether there is a Redis to start."""
        return shutil.which("redis-server") is not None

    def start(self) -> None:
        """Start it, empty, and return when it answers."""
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Redis does not answer")

    def stop(self) -> None:
        """End it without warning."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(10)
            self._server = None

    def flush(self) -> None:
        """Throw away every message that waits."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url) as client, suppress(redis.ConnectionError):
            return bool(client.ping())
        return False


class Machine:
    """
    The processes of a deployment around the database that this process uses.

    With a Redis the worker forks; without, it uses threads and the broker in ``folder``.
    """

    def __init__(self, folder: Path, *, broker: str = "", settings: Mapping[str, str] | None = None) -> None:
        self.environment = {
            "DATABASE_URL": database_address(),
            "REDIS_URL": broker,
            "VAR_DIR": str(folder),
            "STORAGE_URL": f"file://{folder}/files",
            "SECRET_KEY": "N8s-kV3w_7qLxA2eYtR5uI9oPzC4mBd6GhJfSaQ1WvXnE0TbKyUi",
            "PORT": str(free_port()),
            "CELERY_SKIP_CHECKS": "1",  # they cost half a second with each start; test_up has them
            "JOB_LEASE_SECONDS": "3",
            "JOB_SWEEP_SECONDS": "1",
            "WORKER_CONCURRENCY": "2",
            "WEB_WORKERS": "1",
            **(settings or {}),
        }
        self.folder = folder
        self._running: list[Running] = []

    @property
    def address(self) -> str:
        """Where its web server listens."""
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def said(self) -> str:
        """All that its processes said."""
        return "\n".join(process.said for process in self._running)

    def start(self, *words: str) -> Running:
        """Start a ``manage.py`` command that runs until it is ended or killed."""
        process = Running(*words, environment=self.environment)
        self._running.append(process)
        return process

    def worker(self) -> Running:
        """Start a worker and return when it takes messages."""
        process = self.start("worker")
        process.wait_for(r"ready\.")
        return process

    def supervised_worker(self) -> int | None:
        """Return the process id of the worker that ``manage.py up`` has started, if it lives."""
        found = processes_with("VAR_DIR", self.environment["VAR_DIR"])
        return min((pid for pid, command in found.items() if " worker " in command), default=None)

    def end_all(self) -> None:
        """Kill whatever still runs."""
        for process in self._running:
            kill(process, signal.SIGCONT)
            kill(process)
            process.wait()
        # A killed ``up`` leaves its children behind, which are sessions of their own.
        for pid in processes_with("VAR_DIR", self.environment["VAR_DIR"]):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def kill(process: Running, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a process with all that it has forked."""
    if process.process.poll() is None:
        os.killpg(process.process.pid, number)


@contextmanager
def machine(folder: Path, *, broker: str = "", settings: Mapping[str, str] | None = None) -> Iterator[Machine]:
    """Give a machine for the time of the block and leave nothing of it running."""
    made = Machine(folder, broker=broker, settings=settings)
    try:
        yield made
    finally:
        made.end_all()


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Give a running Redis of our own for the time of the block."""
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
