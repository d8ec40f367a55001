"""One file through the import of balances, as far as its preview: what became of it, what was said, what it took."""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.files.base import File

from advocate.lib import clock
from jobs.messages import job_sentence, row_sentence
from jobs.operations import create_import
from jobs.runner import run_job
from jobs.staged_rows import rows_of
from rewards.imports import UPDATE_BALANCES
from team.audit import Actor

MEMORY_LIMIT = 1_500_000_000
APART = "import django; django.setup(); from tests.faults.judging import judge_here; judge_here()"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an import made of a file, the sentences that its owner reads, and what it took."""

    status: str
    code: str
    sentence: str
    rows: int
    good: int
    reasons: tuple[str, ...]
    row_sentences: tuple[str, ...]
    seconds: float = 0
    megabytes: float = 0


def judge(path: Path, name: str) -> Verdict:
    """Import the file as somebody in the browser does, as far as its preview."""
    with path.open("rb") as content:
        job = create_import(
            import_type=UPDATE_BALANCES,
            upload=File(content, name=name),
            name=name,
            params={},
            by=Actor(label="ann@example.com"),
            at=clock.now(),
        )
    run_job(job.pk)
    job.refresh_from_db()
    return _verdict(job)


def _verdict(job):
    failed = job.status == job.Status.FAILED
    refused = [] if failed else list(rows_of(job, UPDATE_BALANCES).filter(state="refused").order_by("row_no")[:20])
    return Verdict(
        status=job.status,
        code=job.error_code,
        sentence=job_sentence(job),
        rows=job.rows_total,
        good=job.rows_good,
        reasons=tuple(row.code for row in refused),
        row_sentences=tuple(row_sentence(UPDATE_BALANCES, row) for row in refused),
    )


def judge_apart(path: Path, name: str, environment: dict[str, str]) -> Verdict:
    """Do the same in a process of its own, whose memory can be measured."""
    found = subprocess.run(
        [sys.executable, "-c", APART, str(path), name],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "advocate.settings", **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    facts = json.loads(found.stdout.splitlines()[-1])
    return Verdict(**{**facts, "reasons": tuple(facts["reasons"]), "row_sentences": tuple(facts["row_sentences"])})


def judge_here() -> None:
    """Write the verdict on the file that the command line names."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    logging.disable(logging.WARNING)
    begun = time.perf_counter()
    verdict = asdict(judge(Path(sys.argv[1]), sys.argv[2]))
    seconds = time.perf_counter() - begun
    status = Path("/proc/self/status").read_text(encoding="ascii")  # ru_maxrss counts the process that started this
    megabytes = int(status.split("VmHWM:")[1].split()[0]) / 1024
    sys.stdout.write(json.dumps({**verdict, "seconds": seconds, "megabytes": megabytes}))
