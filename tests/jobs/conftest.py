from __future__ import annotations

import io

import pytest
from django.core.files.base import File
from django.db import connection

from jobs import types
from jobs.models import Job
from jobs.operations import ImportChoices, create_export, create_import
from jobs.operations.create import DEFAULT_CHOICES
from jobs.runner import run_job
from team.audit import Actor
from tests.conftest import NOON
from tests.jobs.scores import SCORE_REPORT, SCORES, Score, ScoreRow

ANN = Actor(label="ann@example.com")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Add the tables of the tests' own import."""
    with django_db_blocker.unblock():
        if Score._meta.db_table in connection.introspection.table_names():
            return
        with connection.schema_editor() as editor:
            editor.create_model(ScoreRow)
            editor.create_model(Score)


@pytest.fixture(autouse=True)
def _types(monkeypatch):
    """Offer the tests' own types, and those only."""
    monkeypatch.setattr(types, "_imports", {SCORES.slug: SCORES})
    monkeypatch.setattr(types, "_exports", {SCORE_REPORT.slug: SCORE_REPORT})


@pytest.fixture(autouse=True)
def _working_worker(working_worker):
    """Let jobs run here and now."""


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[int]:
    """Keep messages off the broker and return the ids of the jobs that workers were woken for."""
    ids: list[int] = []

    def send(_name, args, **_options):
        ids.append(args[0])

    monkeypatch.setattr("jobs.wake.current_app.send_task", send)
    return ids


def csv_of(*lines: str, name: str = "scores.csv") -> File:
    return File(io.BytesIO("\n".join(("userId,points", *lines)).encode()), name=name)


def upload(*lines: str, choices: ImportChoices = DEFAULT_CHOICES, **options) -> Job:
    """Return a queued import of these rows."""
    name = options.pop("name", "scores.csv")
    return create_import(
        import_type=SCORES,
        upload=options.pop("file", None) or csv_of(*lines),
        name=name,
        params={},
        by=options.pop("by", ANN),
        at=NOON,
        choices=choices,
        **options,
    )


def checked(*lines: str) -> Job:
    """Return an import that waits for its confirmation."""
    return run(upload(*lines))


def report(**options) -> Job:
    """Return a queued report."""
    options = {"name": "Report", "file_format": "csv", "params": {}, **options}
    return create_export(export_type=SCORE_REPORT, by=ANN, at=NOON, **options)


def run(job: Job) -> Job:
    """Run a job as a worker does, and return it as it is then."""
    run_job(job.pk)
    job.refresh_from_db()
    return job
