"""Make ``.venv`` and bring it to the locks named on the command line; needs nothing but Python and pip."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)


def main(locks: list[str]) -> None:
    """Install each lock that changed since it was last installed; say nothing when there is nothing to do."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Advocate needs Python 3.11 or later and this is {found}. Name a newer one: make PYTHON=python3.12 run"
        )
    if not _works():
        _say("Making a virtual environment in .venv ...")
        _make_environment()
    changed = [lock for lock in locks if _installed(lock) != _digest(lock)]
    if not changed:
        return
    _say(f"Installing {' and '.join(changed)} into .venv (only when a lock changes; a minute or two) ...")
    _pip("install", "--quiet", "--require-hashes", *(word for lock in locks for word in ("-r", lock)))
    for lock in changed:
        _stamp(lock).write_text(_digest(lock), encoding="ascii")


def _works() -> bool:
    if not PYTHON.exists():
        return False
    answer = subprocess.run([PYTHON, "-c", "import sys"], check=False, capture_output=True)
    return answer.returncode == 0


def _make_environment() -> None:
    # Debian ships venv without ensurepip; the pip outside can install into it just as well.
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        _run([*command, "--without-pip"])


def _pip(*arguments: str) -> None:
    inside = subprocess.run([PYTHON, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0
    pip = [str(PYTHON), "-m", "pip"] if inside else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    _run([*pip, "--disable-pip-version-check", *arguments])


def _run(command: list[str]) -> None:
    # Nothing outside the repository is touched: pip's cache goes to var/ unless the caller has chosen a place.
    environment = {"PIP_CACHE_DIR": str(ROOT / "var" / "pip-cache"), **os.environ}
    code = subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode
    if code != 0:
        sys.exit(f"This did not work, see above: {' '.join(command)}")


def _digest(lock: str) -> str:
    content = (ROOT / lock).read_bytes()
    return hashlib.sha256(content).hexdigest()


def _stamp(lock: str) -> Path:
    return VENV / f"installed-{lock}.sha256"


def _installed(lock: str) -> str:
    stamp = _stamp(lock)
    return stamp.read_text(encoding="ascii") if stamp.exists() else ""


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
