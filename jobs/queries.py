from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import Job

CONTENT_TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ANY_CONTENT: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FileOfJob:
    """A file that a job has or had; ``name`` is what a person sees, ``stored_name`` where storage keeps it."""

    which: str
    label: str | Promise
    name: str
    stored_name: str
    size: int
    is_gone: bool

    @property
    def content_type(self) -> str:
        """Return the media type; an uploaded file is never shown by the browser, whatever it is."""
        suffix = PurePosixPath(self.stored_name).suffix
        return ANY_CONTENT if self.which == "source" else CONTENT_TYPES.get(suffix, ANY_CONTENT)


def same_content(job: Job) -> QuerySet[Job]:
    """Return the other import that counts as the import of the job's content, if there is one."""
    return Job.objects.filter(content_key=content_key(job)).exclude(pk=job.pk)


def content_key(job: Job) -> str:
    """Return what the database lets one import have: its type with its file's content."""
    return f"{job.type}:{job.source_sha256}"


def files_of(job: Job, *, at: datetime, gone: bool = False) -> list[FileOfJob]:
    """Return the files of a job that can be downloaded at an instant; with ``gone`` also those that could once."""
    over = not job.has_files(at)
    if over and not gone:
        return []
    stem = PurePosixPath(job.name).stem if job.kind == Job.Kind.IMPORT else job.name
    found = [
        _file(job.result_file, "report", _("Report"), job.name, job.result_bytes, job, over)
        if job.kind == Job.Kind.EXPORT
        else _file(job.result_file, "results", _("Results"), f"{stem} results", job.result_bytes, job, over),
        _file(job.errors_file, "errors", _("Refused rows"), f"{stem} errors", job.errors_bytes, job, over),
        FileOfJob("source", _("Uploaded file"), job.source_name, job.source_file, job.source_bytes, over),
    ]
    return [one for one in found if one.stored_name or (over and one.size)]


def _file(
    stored_name: str, which: str, label: str | Promise, stem: str, size: int, job: Job, is_gone: bool
) -> FileOfJob:
    suffix = PurePosixPath(stored_name).suffix or f".{job.format or Job.Format.CSV}"
    return FileOfJob(which, label, f"{stem}{suffix}", stored_name, size, is_gone)


def jobs_by_age(kind: str) -> QuerySet[Job]:
    """Return the reports or the imports, the newest first."""
    return Job.objects.filter(kind=kind).order_by("-created_at", "-id")


def job_of_id(public_id: str, *, kind: str) -> Job | None:
    """Return the report or import of this id."""
    return Job.objects.filter(kind=kind, public_id=public_id).first()


def ids_of_jobs(public_ids: Iterable[str]) -> set[str]:
    """Return which of these ids are jobs'."""
    return set(Job.objects.filter(public_id__in=list(public_ids)).values_list("public_id", flat=True))
