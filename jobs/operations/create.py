from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jobs import files
from jobs.errors import EmptyUpload, NothingToUndo, ReasonMissing, TooLarge
from jobs.models import Job, JobEvent, new_public_id
from jobs.operations.events import note
from jobs.types import ExportType, ImportType
from jobs.wake import wake_after_commit
from team import audit
from team.audit import Actor

MEGABYTE = 2**20
NAME_LENGTH = 200
REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """
    How someone wants a file imported.

    ``reading`` may fix what is otherwise found out: ``encoding``, ``separator``, ``sheet``, and ``header`` (``yes`` or
    ``no``) where it is optional. ``again`` lets the same content in a second time.
    """

    without_preview: bool = False
    all_or_nothing: bool = False
    again: bool = False
    reading: Mapping[str, str] = field(default_factory=dict)


DEFAULT_CHOICES = ImportChoices()


def create_export(
    *,
    export_type: ExportType,
    name: str,
    file_format: str,
    params: Mapping[str, Any],
    by: Actor,
    at: datetime,
    form_token: str | None = None,
) -> Job:
    """
    Queue a report and return its job; the same form sent twice is one report.
    """
    job = Job(
        kind=Job.Kind.EXPORT,
        type=export_type.slug,
        name=_clipped(name or str(export_type.label)),
        format=file_format,
        phase=Job.Phase.WRITING,
        params=dict(params),
    )
    return _queue(job, by=by, at=at, form_token=form_token)


def create_import(
    *,
    import_type: ImportType,
    upload: File[bytes],
    name: str,
    params: Mapping[str, Any],
    by: Actor,
    at: datetime,
    choices: ImportChoices = DEFAULT_CHOICES,
    form_token: str | None = None,
) -> Job:
    """
    Store an uploaded file, queue its import and return the job; the same form sent twice is one import.

    ``name`` is the file's name as its owner calls it.

    :raises EmptyUpload: if there is nothing in the file
    :raises TooLarge: if it is larger than the type or the settings allow
    """
    if form_token and (earlier := Job.objects.filter(form_token=form_token).first()):
        return earlier
    stored = store_upload(upload=upload, name=name, import_type=import_type)
    queued = queue_import(
        import_type=import_type, stored=stored, params=params, by=by, at=at, choices=choices, form_token=form_token
    )
    if queued.public_id != stored.public_id:
        files.remove_stored(stored.file.name)
    return queued


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A file in storage for a job that may be queued with it; ``public_id`` will be the job's."""

    public_id: str
    name: str
    file: files.StoredFile


def store_upload(*, upload: File[bytes], name: str, import_type: ImportType | None = None) -> StoredUpload:
    """
    Store a file for an import; no transaction must be open, for storage may be elsewhere.

    :raises EmptyUpload: if there is nothing in the file
    :raises TooLarge: if it is larger than the type or the settings allow
    """
    _check_size(upload.size or 0, import_type)
    public_id = new_public_id()
    return StoredUpload(public_id, name, files.store_upload(upload, public_id=public_id, name=name))


def queue_import(
    *,
    import_type: ImportType,
    stored: StoredUpload,
    params: Mapping[str, Any],
    by: Actor,
    at: datetime,
    choices: ImportChoices = DEFAULT_CHOICES,
    form_token: str | None = None,
) -> Job:
    """
    Queue the import of a stored file and return its job; the same ``form_token`` twice is one import.

    :raises TooLarge: if the file is larger than the type allows
    """
    _check_size(stored.file.size, import_type)
    job = Job(
        public_id=stored.public_id,
        kind=Job.Kind.IMPORT,
        type=import_type.slug,
        name=_clipped(stored.name),
        phase=Job.Phase.READING,
        params=dict(params),
        reading=dict(choices.reading),
        source_file=stored.file.name,
        source_name=_clipped(stored.name),
        source_bytes=stored.file.size,
        source_sha256=stored.file.sha256,
        without_preview=choices.without_preview,
        all_or_nothing=choices.all_or_nothing,
        again=choices.again,
    )
    return _queue(job, by=by, at=at, form_token=form_token)


def create_run(
    *,
    import_type: ImportType,
    name: str,
    params: Mapping[str, Any],
    by: Actor,
    at: datetime,
    choices: ImportChoices = DEFAULT_CHOICES,
    form_token: str | None = None,
) -> Job:
    """
    Queue a job of a type that reads no file and return it; the same form sent twice is one job.

    Its results come as CSV, which has no limit of rows.
    """
    job = Job(
        kind=Job.Kind.IMPORT,
        type=import_type.slug,
        name=_clipped(name),
        format=Job.Format.CSV,
        phase=Job.Phase.READING,
        params=dict(params),
        without_preview=choices.without_preview,
        all_or_nothing=choices.all_or_nothing,
    )
    return _queue(job, by=by, at=at, form_token=form_token)


def create_undo(
    *, job: Job, import_type: ImportType, reason: str, by: Actor, at: datetime, form_token: str | None = None
) -> Job:
    """
    Queue the undoing of an applied import and return its job, which shows first what it would do.

    :raises NothingToUndo: if the import is not over, or has applied nothing
    :raises ReasonMissing: if no reason is given
    """
    undo = import_type.undo
    if undo is None or not job.is_over or not job.rows_done:
        raise NothingToUndo(name=job.name)
    if not reason.strip():
        raise ReasonMissing
    undoing = Job(
        kind=Job.Kind.IMPORT,
        type=undo.slug,
        name=_clipped(_("Undo of %(name)s") % {"name": job.name}),
        phase=Job.Phase.READING,
        params={"reason": reason.strip()[:REASON_LENGTH]},
        undoes=job,
    )
    return _queue(undoing, by=by, at=at, form_token=form_token)


def _queue(job: Job, *, by: Actor, at: datetime, form_token: str | None) -> Job:
    job.requester_id = by.user_id
    job.requested_by = by.label
    job.form_token = form_token or None
    job.created_at = at
    job.expires_at = at + timedelta(days=settings.FILES_KEPT_DAYS)
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            note(job_id=job.pk, code=JobEvent.Code.CREATED, at=at, actor=by.label)
            audit.record(by=by, action=f"{job.kind}.created", target=job, at=at)
            wake_after_commit(job.pk)
    except IntegrityError:
        # The other half of a double click was quicker; any other conflict is an error of ours.
        first = Job.objects.filter(form_token=form_token).first() if form_token else None
        if first is None:
            raise
        return first
    return job


def _check_size(size: int, import_type: ImportType | None) -> None:
    own = import_type.max_bytes if import_type else None
    limit = own or settings.IMPORT_MAX_BYTES
    if size > limit:
        raise TooLarge(limit=limit // MEGABYTE)
    if not size:
        raise EmptyUpload


def _clipped(name: str) -> str:
    return name[:NAME_LENGTH]
