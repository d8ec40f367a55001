"""Run every check that needs no database; report all that fail, not only the first."""

from __future__ import annotations

import subprocess
import sys
import time
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
    failed = [name for name in names or CHECKS if not _passes(name)]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


def _passes(name: str) -> bool:
    started = time.monotonic()
    answer = subprocess.run(
        [PYTHON, *CHECKS[name]], check=False, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    passed = answer.returncode == 0
    sys.stdout.write(f"{name:<11} {'ok' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)\n")
    if not passed:
        sys.stdout.write(answer.stdout)
    sys.stdout.flush()
    return passed


if __name__ == "__main__":
    main(sys.argv[1:])
