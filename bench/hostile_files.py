"""
Send every kind of hostile file through the import of balances and print what its owner would read, and what it took.

    PYTHONPATH=. python bench/hostile_files.py [--language zh-hans]

Each file is imported in a process of its own, on a fresh SQLite database in a temporary folder. Exit status 1 if one
was not refused or read as it should be, or took more than 20 s or 450 MB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SECONDS, MEGABYTES = 20, 450
PREPARE = """
import django
django.setup()
from tests.factories import make_participant, make_reward
make_reward(participant=make_participant(account_id="acme", user_id="ada"))
"""


def main() -> int:
    """Judge all the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", default="en")
    language = parser.parse_args().language
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    with TemporaryDirectory() as folder:
        environment = {"VAR_DIR": folder, "DATABASE_URL": "", "REDIS_URL": "", "LANGUAGE_CODE": language}
        os.environ.update(environment)
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], check=True)
        subprocess.run([sys.executable, "-c", PREPARE], check=True)
        failures = _judge_all(Path(folder), environment)
    print(f"\n{failures or 'no'} files were not judged as they should be")
    return 1 if failures else 0


def _judge_all(folder: Path, environment: dict[str, str]) -> int:
    import django

    django.setup()
    from tests.faults.hostile import LARGE, SMALL
    from tests.faults.judging import judge_apart

    failures = 0
    for file in (*SMALL, *LARGE):
        path = folder / "upload"
        path.write_bytes(file.make())
        failures += _tell(file, judge_apart(path, file.name, environment))
    return failures


def _tell(file: Any, verdict: Any) -> bool:
    """Print a verdict and return whether it is wrong."""
    found = (verdict.code, verdict.rows, verdict.good, verdict.reasons)
    expected = (file.outcome.refused, file.outcome.rows, file.outcome.good, file.outcome.reasons)
    wrong = found != expected or verdict.seconds > SECONDS or verdict.megabytes > MEGABYTES
    said = [verdict.sentence or f"{verdict.rows} rows, {verdict.good} of them to do", *verdict.row_sentences]
    print(f"{'WRONG ' if wrong else ''}{file.what}  ({verdict.seconds:.1f} s, {verdict.megabytes:.0f} MB)", flush=True)
    for sentence in said:
        print(f"    {sentence}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
