"""Compile requirements*.txt, with hashes, from requirements*.in; further words go to uv (such as ``--upgrade``)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = ("--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url")
HEADER = "# Compiled by `make lock` from {source}; do not edit.\n"


def main(words: list[str]) -> None:
    """Compile the locks; the second one is bound to the first one's versions."""
    for name in ("requirements", "requirements-dev", "tests/clients/requirements"):
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, "--no-header", *words, f"{name}.in"]
        environment = {"UV_CACHE_DIR": str(ROOT / "var" / "uv-cache"), **os.environ}
        subprocess.run([*command, "-o", f"{name}.txt"], check=True, cwd=ROOT, env=environment)
        _tidy(ROOT / f"{name}.txt", HEADER.format(source=f"{name}.in"))


def _tidy(lock: Path, header: str) -> None:
    """Leave out where this machine looked for packages, which is nobody else's business."""
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("--find-links", "--index-url", "--extra-index-url"))]
    lock.write_text(header + "".join(kept), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
