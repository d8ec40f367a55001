from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Final

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from ninja import Router, UploadedFile
from ninja.params.functions import File, Query

from advocate.lib import clock
from api.access import KEY_MOVES_MONEY, KEY_READS, caller_of, tenant_alias_of
from api.errors import ApiError, bad_request, not_found, reply
from api.idempotency import Answer, Call, once
from api.instants import instant
from api.operations import keep_upload
from api.schemas.jobs import ExportBody, ExportOut, Exports, ImportBody, ImportOut, Uploaded
from api.starting_imports import import_called, start_uploaded
from api.views.rewards import CONFLICTS
from api.views.users import MOST, REFUSED
from api.wire.jobs import ASKED, EXPORT_TYPES, export_out, import_out, status_of
from api.wire.users import page
from jobs.downloads import hand_out
from jobs.exporting import PLAIN
from jobs.models import Job
from jobs.operations import create_export, note_download
from jobs.queries import files_of, job_of_id, jobs_by_age
from jobs.types import export_type

router = Router(by_alias=True, tags=["Reports and imports"])
LINK_SECONDS: Final = 300
SALT: Final = "api.export"
PERIODS: Final = ("created_since", "created_before", "updated_since", "updated_before")
OF_PROGRAMS: Final = {"REFERRAL", "USER_REFERRAL"}
BALANCES: Final = {"REWARD_BALANCE", "USER_REWARD_BALANCE"}
EITHER: Final = ("created_or_updated_since", "created_or_updated_before")


@router.post("/export", auth=KEY_READS, response={201: ExportOut, **CONFLICTS})
def create_report(request: HttpRequest, body: ExportBody) -> HttpResponse:
    """Start a report; poll it until its status is `COMPLETED`, then download it. Takes an `Idempotency-Key`."""

    def create(call: Call) -> Answer:
        params, asked = _report_params(body), body.model_dump(mode="json", by_alias=True, exclude_none=True)
        job = create_export(
            export_type=export_type(EXPORT_TYPES[body.type]),
            name=body.name,
            file_format=body.format.lower(),
            params={**params, PLAIN: True, ASKED: asked},
            by=call.caller.actor,
            at=call.caller.at,
        )
        return Answer(export_out(job, at=call.caller.at), status=201)

    return once(request, create)


@router.get("/export/history/list", auth=KEY_READS, response={200: Exports, **REFUSED})
def list_reports(
    request: HttpRequest, limit: int = Query(10, ge=1, le=MOST), offset: int = Query(0, ge=0, le=10**9)
) -> HttpResponse:
    """Return the reports, the newest first."""
    found = jobs_by_age(Job.Kind.EXPORT)
    at = caller_of(request).at
    rows = (export_out(job, at=at) for job in found[offset : offset + limit])
    return reply(page("data", rows, found.count()))


@router.post("/export/upload", auth=KEY_MOVES_MONEY, response={200: Uploaded, **REFUSED})
def upload_file(request: HttpRequest, file: UploadedFile = File()) -> HttpResponse:
    """Upload a file for an import, as `multipart/form-data`; it is kept until an import is started with it."""
    caller = caller_of(request)
    kept = keep_upload(
        upload=file,
        name=PurePath(file.name or "file.csv").name,
        tenant_alias=tenant_alias_of(request),
        by=caller.actor,
        at=caller.at,
    )
    return reply({"fileRef": kept.ref})


@router.get("/export/{export_id}", auth=KEY_READS, response={200: ExportOut, **REFUSED})
def get_report(request: HttpRequest, export_id: str) -> HttpResponse:
    """Return where a report stands."""
    return reply(export_out(_report(export_id), at=caller_of(request).at))


@router.get("/export/{export_id}/download", auth=KEY_READS, response={303: None, **REFUSED})
def download_report(request: HttpRequest, export_id: str) -> HttpResponse:
    """Lead to the report's file, by a link that is good for five minutes."""
    caller = caller_of(request)
    job = _report(export_id)
    status = status_of(job, at=caller.at)
    if status != "COMPLETED":
        raise ApiError(404 if status == "EXPIRED" else 400, "NOT_READY", f"The status of this report is {status}.")
    note_download(job=job, which="report", by=caller.actor, at=caller.at)
    token = signing.dumps(job.public_id, salt=SALT)
    address = reverse("api:give_file", args=[tenant_alias_of(request), token])
    answer = HttpResponse(status=303)
    answer.headers["Location"] = address
    return answer


@router.get("/export/file/{token}", url_name="give_file", include_in_schema=False)
def give_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Hand out the file that a link of ``download_report`` leads to."""
    try:
        public_id = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature as error:
        raise not_found("This link is not good any more.") from error
    job = _report(public_id)
    report = next((file for file in files_of(job, at=clock.now()) if file.which == "report"), None)
    if report is None:
        raise not_found("This file is gone.")
    return hand_out(report)


@router.post("/import", auth=KEY_MOVES_MONEY, response={201: ImportOut, **CONFLICTS})
def start_import(request: HttpRequest, body: ImportBody) -> HttpResponse:
    """
    Start an import with an uploaded file; poll it until its status is `COMPLETED`. Takes an `Idempotency-Key`.

    The rows are applied as soon as they are checked. The same `fileRef` again is the same import.
    """

    def start(call: Call) -> Answer:
        job = start_uploaded(body, by=call.caller.actor, at=call.caller.at)
        return Answer(import_out(job, at=call.caller.at), status=201)

    return once(request, start)


@router.get("/import/{import_id}", auth=KEY_READS, response={200: ImportOut, **REFUSED})
def get_import(request: HttpRequest, import_id: str) -> HttpResponse:
    """Return where an import stands, with its counts."""
    return reply(import_out(import_called(import_id), at=caller_of(request).at))


def _report(export_id: str) -> Job:
    job = job_of_id(export_id, kind=Job.Kind.EXPORT)
    if job is None:
        raise not_found("There is no such report.")
    return job


def _report_params(body: ExportBody) -> dict[str, Any]:
    """
    Return the options of a report that a call asks for.

    :raises ApiError: if the report has no such option, or an instant is none
    """
    params = _options(body)
    if body.params is None:
        return params
    for name in (*PERIODS, *EITHER, "at"):
        value = getattr(body.params, name)
        if value is None:
            continue
        if name == "at" and body.type != "REWARD":
            raise bad_request("at is for reports of the type REWARD.")
        if body.type in BALANCES and not name.endswith("_since"):
            raise bad_request(f"{name} is not possible for reports of the type {body.type}.")
        params[name] = _instant(name, value).astimezone(UTC).isoformat()
    return params


def _options(body: ExportBody) -> dict[str, Any]:
    """
    Return what the report tells and of which program.

    :raises ApiError: if the report is not about programs
    """
    columns = body.params.fields if body.params else None
    program = body.params.program_id if body.params else None
    if body.type in OF_PROGRAMS:
        return {"programs": [program] if program else []}
    if program:
        raise bad_request("programId is for reports of the types REFERRAL and USER_REFERRAL.")
    if body.type == "USER":
        with_stats = bool(columns and columns.include_user_stats_fields)
        return {"stats": with_stats, "segments": True, "share_links": True}
    if body.type == "REWARD":
        with_user = columns is None or columns.include_user_fields is not False
        return {"user": with_user, "referral": bool(columns and columns.include_referral_fields)}
    return {"smallest": True}


def _instant(name: str, value: int | str) -> datetime:
    if isinstance(value, int):
        return instant(value)
    try:
        parsed = parse_datetime(value)
    except ValueError:
        parsed = None
    if parsed is None or not is_aware(parsed):
        raise bad_request(f"{name} must be milliseconds since 1970 or ISO 8601 with its offset from UTC.")
    return parsed
