"""Imports that a shop's server starts with a file that it uploaded to ``POST /export/upload``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.access import need_key
from api.errors import ApiError, invalid
from api.operations import upload_of
from api.refusals import body_of
from api.schemas.jobs import ImportBody
from api.starting_imports import import_called, start_uploaded, unknown_file
from api.wire.jobs import import_out
from jobs.models import Job
from team.models import ApiKey
from widget.graphql.areas import Area, Info, call_of

STATUS: Final = {"PENDING": "PENDING", "COMPLETED": "COMPLETED"}


def _validate(_root: Any, info: Info, jobInput: Mapping[str, Any]) -> dict[str, Any]:
    """Say what stands against starting an import; what its rows hold is checked once it is started."""
    need_key(call_of(info).caller, ApiKey.Scope.MONEY)
    try:
        body = _body(jobInput)
    except ApiError as error:
        return {"errors": error.problems or [error.message]}
    return {"errors": [] if upload_of(body.file_ref) else [unknown_file().message]}


def _create(_root: Any, info: Info, jobInput: Mapping[str, Any]) -> dict[str, Any]:
    """Start an import, as ``POST /import`` does."""
    caller = call_of(info).caller
    need_key(caller, ApiKey.Scope.MONEY)
    return _out(start_uploaded(_body(jobInput), by=caller.actor, at=caller.at), info)


def _job(_root: Any, info: Info, id: str) -> dict[str, Any]:  # noqa: A002  (the schema's name)
    """Return where an import stands, as ``GET /import/…`` does."""
    need_key(call_of(info).caller, ApiKey.Scope.READ)
    return _out(import_called(id), info)


def _body(sent: Mapping[str, Any]) -> ImportBody:
    """
    Return what is to be imported; ``params`` says the two things that the API's own body has besides.

    :raises ApiError: if it cannot be imported so
    """
    if sent.get("mailtoEmail"):
        raise invalid(["mailtoEmail: no mail is sent when an import of an API key is done; ask for job"])
    params = sent.get("params") or {}
    if not isinstance(params, dict):
        raise invalid(["params: an object with allOrNothing and again, or nothing"])
    return body_of(ImportBody, {"type": sent["type"], "fileRef": sent.get("fileRef"), **params})


def _out(job: Job, info: Info) -> dict[str, Any]:
    out = import_out(job, at=call_of(info).caller.at)
    stats = {"recordsProcessed": out["stats"]["recordsProcessed"], "errors": out["stats"]["recordsRefused"]}
    # An import that was done stays so here, also when its files are gone: there is no word for that.
    status = "COMPLETED" if job.status == Job.Status.DONE else STATUS.get(out["status"], "ABORTED")
    return {**out, "status": status, "stats": stats}


AREA: Final = Area(
    """
    scalar JobType
    enum DataFileFormat { CSV XLSX JSONL }
    enum JobStatus { PENDING ABORTED COMPLETED }
    input JobInput {
      type: JobType! fileRef: String name: String requester: String outputFormat: DataFileFormat mailtoEmail: String
      params: RSJsonNode
    }
    type ValidateJobCreationResult { errors: [String!]! }
    type JobStats { recordsProcessed: Long! errors: Long! }
    type Job {
      id: ID! type: JobType! name: String requester: String status: JobStatus! outputFormat: DataFileFormat
      dateCreated: RSDate dateCompleted: RSDate dateExpires: RSDate mailtoEmail: String fileRef: String
      stats: JobStats
    }
    extend type Query {
      validateJobCreation(jobInput: JobInput!): ValidateJobCreationResult!
      job(id: ID!): Job
    }
    extend type Mutation { createJob(jobInput: JobInput!): Job }
    """,
    {"Query.validateJobCreation": _validate, "Query.job": _job, "Mutation.createJob": _create},
)
