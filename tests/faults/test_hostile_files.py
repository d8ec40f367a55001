"""Every kind of file through the whole import: refused whole or read right, in words that a person understands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings as project

from jobs.models import Job
from tests.factories import make_participant, make_reward
from tests.faults.hostile import HEAD, LARGE, PAID, SMALL, Outcome
from tests.faults.judging import judge, judge_apart
from tests.processes.running import database_address

SECONDS, MEGABYTES = 20, 450


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _balance(db, settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr("jobs.wake.current_app.send_task", lambda *_args, **_options: None)
    make_reward(participant=make_participant(account_id="acme", user_id="ada"))


def outcome_of(verdict):
    """Return what became of the file, having looked at what its owner is told."""
    told = [verdict.sentence, *verdict.row_sentences] if verdict.status == "failed" else verdict.row_sentences
    for sentence in told:
        assert re.fullmatch(r"[A-Z“].{20,400}[.?]", sentence, re.DOTALL), sentence
        assert not re.search(r"%\(|Refused \(|Error|Exception|Traceback|None\b", sentence.replace("#REF!", "")), (
            sentence
        )
    if verdict.status == "failed":
        return Outcome(refused=verdict.code)
    assert verdict.status == "waiting"
    return Outcome(rows=verdict.rows, good=verdict.good, reasons=verdict.reasons)


@pytest.mark.parametrize("file", SMALL, ids=lambda file: file.what)
def test_a_file_is_refused_whole_or_read_right(tmp_path, file):
    path = tmp_path / "upload"
    path.write_bytes(file.make())

    assert outcome_of(judge(path, file.name)) == file.outcome


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("file", LARGE, ids=lambda file: file.what)
def test_a_bomb_is_refused_in_little_time_and_memory(tmp_path, file):
    path = tmp_path / "upload"
    path.write_bytes(file.make())

    verdict = judge_apart(
        path, file.name, {"DATABASE_URL": database_address(), "VAR_DIR": str(tmp_path), "REDIS_URL": ""}
    )

    assert outcome_of(verdict) == file.outcome
    assert verdict.seconds < SECONDS
    assert verdict.megabytes < MEGABYTES


def saved_by(program, source, target_format):
    """Return the file as LibreOffice or Gnumeric saves it."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    target = source.with_suffix(f".{target_format}")
    if program == "soffice":
        profile = f"-env:UserInstallation=file://{source.parent}/profile"
        command = [
            program,
            profile,
            "--headless",
            "--convert-to",
            target_format,
            "--outdir",
            str(source.parent),
            str(source),
        ]
    else:
        command = [program, str(source), str(target)]
    subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=project.BASE_DIR)
    return target


@pytest.mark.office
@pytest.mark.parametrize(
    ("program", "target_format", "outcome"),
    [
        ("soffice", "xlsx", Outcome(rows=2, good=1)),
        ("soffice", "ods", Outcome(rows=2, good=1)),
        ("soffice", "xls", Outcome(refused="old_workbook")),
        ("soffice", "pdf", Outcome(refused="unsupported_file")),
        ("ssconvert", "xlsx", Outcome(rows=2, good=1)),
        ("ssconvert", "ods", Outcome(rows=2, good=1)),
        ("ssconvert", "gnumeric", Outcome(refused="unsupported_file")),
    ],
)
def test_what_spreadsheet_programs_save_is_read_or_told_apart(tmp_path, program, target_format, outcome):
    source = tmp_path / "paid.csv"
    source.write_text("\n".join((HEAD, PAID, "acme,bob,CASH/USD,0")), encoding="utf-8")

    saved = saved_by(program, source, target_format)

    assert outcome_of(judge(saved, saved.name)) == outcome
    if not outcome.refused:
        assert Job.objects.get().totals == {"CASH/USD": 500}
