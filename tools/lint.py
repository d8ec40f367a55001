"""Run every check that needs no database; report all that fail, not only the first."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
CHECKS: dict[str, list[str]] = {
    "style": ["-m", "ruff", "check", "--quiet", "."],
    "format": ["-m", "ruff", "format", "--quiet", "--check", "."],
    "layers": ["-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
    "types": ["-m", "mypy", "--no-error-summary", "."],
    "templates": ["-m", "djlint", "templates", "--lint", "--quiet"],
    "policy": ["tools/policy.py"],
    "system": ["manage.py", "check", "--fail-level", "WARNING"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "messages": ["tools/messages.py", "check"],
}


def main(names: list[str]) -> None:
    """Run the named checks, or all."""
    unknown = set(names) - set(CHECKS)
    if unknown:
        sys.exit(f"There is no check named {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}.")
    failed = []
    chosen = names or list(CHECKS)
    with ThreadPoolExecutor(os.cpu_count()) as at_once:  # types take one core for long
        for name, (passed, said) in zip(chosen, at_once.map(_check, chosen), strict=True):
            sys.stdout.write(said)
            sys.stdout.flush()
            failed += [] if passed else [name]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


def _check(name: str) -> tuple[bool, str]:
    """Return whether the check passes, and what to say of it."""
    started = time.monotonic()
    answer = subprocess.run(
        [PYTHON, *CHECKS[name]], check=False, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    passed = answer.returncode == 0
    said = f"{name:<11} {'ok' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)\n"
    return passed, said if passed else said + answer.stdout


if __name__ == "__main__":
    main(sys.argv[1:])
