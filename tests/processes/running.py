"""Start the project's own commands as processes, hear what they say, and find what they left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import requests
from django.conf import settings as project
from django.db import connection

ROOT = Path(project.BASE_DIR)
PATIENCE_SECONDS = 60.0


class Running:
    """A ``manage.py`` command in a session of its own, with the lines it has said so far."""

    def __init__(self, *words: str, environment: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """Everything said so far."""
        return "\n".join(self.lines)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of the pattern in what is said, as soon as there is one."""
        wait_until(
            lambda: re.search(pattern, self.said) or self.process.poll() is not None, f"{pattern!r} was not said"
        )
        match = re.search(pattern, self.said)
        assert match, f"ended with {self.process.returncode} before saying {pattern!r}:\n{self.said}"
        return match

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the process and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code when the process has ended by itself."""
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(5)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))


@contextmanager
def running(*words: str, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run a command for the time of the block and leave nothing of it behind."""
    process = Running(*words, environment=environment)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.end()


def database_address() -> str:
    """Return the address of the database that this process uses, for other processes."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    user = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else given["USER"]
    return (
        f"postgres://{user}@/{given['NAME']}?host={given['HOST'] or '/var/run/postgresql'}&port={given['PORT'] or 5432}"
    )


def free_port() -> int:
    """Return a port on which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def wait_until(holds: Callable[[], object], otherwise: str, patience: float = PATIENCE_SECONDS) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"{otherwise} within {patience:.0f} s"
        time.sleep(0.05)


def is_ready(address: str) -> bool:
    """Say whether the web server at the address has all it needs."""
    try:
        return requests.get(f"{address}/readyz", timeout=5).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False


def processes_with(name: str, value: str) -> dict[int, str]:
    """Return the command lines of the living processes whose environment has this value, by process id."""
    wanted = f"{name}={value}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # ended meanwhile
    return found


def log_in(address: str, email: str, password: str) -> requests.Session:
    """Return a session of somebody who has logged in through the form."""
    session = requests.Session()
    page = session.get(f"{address}/admin/login/", timeout=20)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    form = {"username": email, "password": password, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
    answer = session.post(f"{address}/admin/login/", data=form, timeout=20, headers={"Referer": address})
    assert answer.url == f"{address}/admin/", answer.text[:2000]
    return session
