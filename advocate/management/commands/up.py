from __future__ import annotations

import fcntl
import os
import secrets
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from advocate import processes, static_files
from advocate.lib.clock import now
from advocate.lib.supervise import Program, Supervisor
from team.operations import create_admin

ADMIN_EMAIL: Final = "admin@example.com"
READY_WITHIN_SECONDS: Final = 60
POLL_SECONDS: Final = 0.1
NAME_WIDTH: Final = 9


class Command(BaseCommand):
    """Prepare what is missing, then run web server, worker and scheduler until Ctrl-C."""

    help = "Run everything on this machine: web server, worker and scheduler. Ctrl-C stops all of them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether an empty database gets demo data."""
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database without demo data")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal asks for the end."""
        self._printing = threading.Lock()
        with _only_here(settings.VAR_DIR / "up.lock"):
            _refuse_taken_port(settings.HOST, settings.PORT)
            self._prepare()
            password = self._first_run(demo=not options["no_demo"])
            connection.close()
            supervisor = Supervisor(
                programs=(processes.scheduler(), self._web(), processes.worker()),
                environment=processes.environment(),
                say=self._say,
            )
            supervisor.run(lambda: self._welcome(supervisor, password))
        self._say("up", "Stopped.")

    def _web(self) -> Program:
        return processes.web()

    def _prepare(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say("up", "Preparing the database ...")
            call_command("migrate", interactive=False, verbosity=0)
        if static_files.collect_if_changed():
            self._say("up", "Style sheets and scripts are prepared.")

    def _first_run(self, *, demo: bool) -> str:
        """Fill a database that knows no team member, all or nothing, and return the new admin's password."""
        if get_user_model().objects.exists():
            return ""
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            if demo:
                self._say("up", "Loading demo data (once) ...")
                call_command("seed_demo", verbosity=0)
            create_admin(email=ADMIN_EMAIL, password=password, at=now())
        return password

    def _welcome(self, supervisor: Supervisor, password: str) -> None:
        """Say where to go as soon as the web server answers."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not _answers(settings.HOST, settings.PORT):
            if supervisor.stopping or time.monotonic() > deadline:
                return
            time.sleep(POLL_SECONDS)
        lines = ["", f"Advocate runs on {settings.BASE_URL}/", ""]
        if password:
            lines += [f"  E-mail    {ADMIN_EMAIL}", f"  Password  {password}", ""]
            lines += ["The password is shown only now. For a new one:"]
        else:
            lines += ["Log in as before. For a new password:"]
        lines += [f"  {_shortest(sys.executable)} manage.py changepassword {ADMIN_EMAIL}", ""]
        lines += ["Ctrl-C stops everything; the data stays.", ""]
        self._say("up", "\n".join(lines))

    def _say(self, name: str, text: str) -> None:
        with self._printing:
            for line in text.split("\n"):
                self.stdout.write(f"{name:<{NAME_WIDTH}} | {line}" if name != "up" else line)
            self.stdout.flush()


def _shortest(path: str) -> str:
    """Return the path as somebody in this folder would type it."""
    return path.removeprefix(f"{Path.cwd()}/")


@contextmanager
def _only_here(path: Path) -> Iterator[None]:
    """
    Hold a lock on the folder's data, which the system frees however this process ends.

    :raises CommandError: if Advocate already runs on it
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CommandError(
                f"Advocate already runs on the data in {path.parent} (process {holder}). Stop that one first."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _refuse_taken_port(host: str, port: int) -> None:
    """
    Try the address before anything is started.

    :raises CommandError: if it cannot be listened on
    """
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(
            f"Port {port} on {host} cannot be used ({error.strerror}). "
            f"Choose another one, for example: make run PORT={port + 1}"
        ) from None


def _answers(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
    try:
        with urllib.request.urlopen(f"http://{reachable}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
