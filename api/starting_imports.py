"""Imports that a shop starts with an uploaded file: the same for the API and for GraphQL."""

from __future__ import annotations

from datetime import datetime

from api.errors import ApiError, bad_request, not_found
from api.operations import upload_of
from api.schemas.jobs import ImportBody
from api.wire.jobs import IMPORT_TYPES
from jobs.models import Job
from jobs.operations import ImportChoices, queue_import
from jobs.queries import job_of_id
from jobs.types import import_type
from team.audit import Actor


def unknown_file() -> ApiError:
    """Return the refusal of a file that nobody uploaded, or that is gone."""
    return bad_request("There is no such fileRef. Upload the file first.", code="UNKNOWN_FILE")


def start_uploaded(body: ImportBody, *, by: Actor, at: datetime) -> Job:
    """
    Start an import, whose rows are applied as soon as they are checked; the same file again is the same import.

    :raises ApiError: if there is no such file
    :raises DomainError: as ``queue_import`` does
    """
    stored = upload_of(body.file_ref)
    if stored is None:
        raise unknown_file()
    return queue_import(
        import_type=import_type(IMPORT_TYPES[body.type]),
        stored=stored,
        params={},
        by=by,
        at=at,
        choices=ImportChoices(without_preview=True, all_or_nothing=body.all_or_nothing, again=body.again),
        form_token=f"upload:{stored.public_id}",
    )


def import_called(import_id: str) -> Job:
    """
    Return the import of this id.

    :raises ApiError: if there is none
    """
    job = job_of_id(import_id, kind=Job.Kind.IMPORT)
    if job is None:
        raise not_found("There is no such import.")
    return job
