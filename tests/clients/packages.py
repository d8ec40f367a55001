"""Install what a client of somebody else needs, apart from our own packages, and run it in a process of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings as project

HERE = Path(__file__).parent
VAR = Path(project.BASE_DIR) / "var"
PATIENCE_SECONDS = 120


class NotInstalled(Exception):
    """The packages could not be fetched; the message is what pip said."""


def installed(lock: str) -> Path:
    """
    Return a folder with the packages of a lock in this folder, filled at the first call; pins among them are not asked.

    :raises NotInstalled: if pip cannot fetch them
    """
    content = (HERE / lock).read_bytes()
    folder = VAR / "clients" / hashlib.sha256(content + sys.version.encode()).hexdigest()[:16]
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.{os.getpid()}")
        _install(lock, part)
        try:
            part.rename(folder)
        except OSError:  # another test process was quicker
            assert folder.exists()
    return folder


def run_client(code: str, *words: str, packages: Sequence[Path]) -> str:
    """Run Python code among these packages, the first ones first, and no others; return what it wrote."""
    path = os.pathsep.join(map(str, packages))
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *words],  # with -S our own packages are out of sight
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"},
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _install(lock: str, folder: Path) -> None:
    words = ("install", "--quiet", "--no-deps", "--require-hashes", "--target", str(folder), "-r", str(HERE / lock))
    environment = {"PIP_CACHE_DIR": str(VAR / "pip-cache"), **os.environ}
    done = subprocess.run([*_pip(), *words], check=False, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise NotInstalled(done.stderr[-2000:])


def _pip() -> list[str]:
    """Return the command of a pip: the one inside, else that of the Python which made the environment."""
    for program in dict.fromkeys((sys.executable, getattr(sys, "_base_executable", sys.executable))):
        pip = [program, "-m", "pip"]
        if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode == 0:
            return pip
    raise NotInstalled("There is no pip.")
