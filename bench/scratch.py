"""Scratch databases for benchmarks, each a copy of a loaded one, and steps in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit


class Place:
    """Where the scratch databases are: a PostgreSQL server, or a folder for SQLite."""

    def __init__(self, server: str, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.names: set[str] = set()

    def url(self, name: str) -> str:
        if self.server:
            return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))
        return f"sqlite:///{self.folder}/{name}.sqlite3"

    def make(self, name: str, template: str = "") -> None:
        self.names.add(name)
        if self.server:
            self._execute(f"DROP DATABASE IF EXISTS {name}")
            self._execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
            self._execute("CHECKPOINT")
        elif template:
            shutil.copyfile(self.folder / f"{template}.sqlite3", self.folder / f"{name}.sqlite3")

    def drop_all(self) -> None:
        for name in self.names if self.server else ():
            self._execute(f"DROP DATABASE IF EXISTS {name}")

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)


def run_step(place: Place, name: str, script: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a step of a benchmark on one of the databases and return what it printed last."""
    environment = {
        **os.environ,
        "DATABASE_URL": place.url(name),
        "REDIS_URL": "",
        "VAR_DIR": str(place.folder),
        "DJANGO_SETTINGS_MODULE": "advocate.settings",
    }
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))
