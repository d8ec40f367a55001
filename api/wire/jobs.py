"""Reports and imports as the API writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from api.instants import milliseconds
from jobs.messages import job_sentence
from jobs.models import Job

EXPORT_TYPES: Final = {
    "USER": "user-details",
    "USER_REWARD_BALANCE": "reward-balances",
    "REWARD_BALANCE": "reward-balances",
    "REWARD": "reward-history",
    "REFERRAL": "referrals",
    "USER_REFERRAL": "referral-activity",
}
IMPORT_TYPES: Final = {"MUTATION/REDEEMABLE_REWARD_BALANCE": "update-balances", "MUTATION/USER": "users"}
ASKED: Final = "api"  # where a job's params keep what the call asked for
_OVER: Final = {Job.Status.FAILED, Job.Status.CANCELLED, Job.Status.DISCARDED}


def status_of(job: Job, *, at: datetime) -> str:
    """Return a job's status in the four words that clients know."""
    if job.status == Job.Status.EXPIRED or (job.status == Job.Status.DONE and not job.has_files(at)):
        return "EXPIRED"
    if job.status == Job.Status.DONE:
        return "COMPLETED"
    return "ABORTED" if job.status in _OVER else "PENDING"


def export_out(job: Job, *, at: datetime) -> dict[str, Any]:
    """Return a report: what was asked for, and where it stands."""
    asked = job.params.get(ASKED, {})
    return {
        "id": job.public_id,
        "type": asked.get("type") or _type_of(job, EXPORT_TYPES),
        "format": job.format.upper(),
        "name": job.name,
        "requester": asked.get("requester") or job.requested_by,
        "params": asked.get("params", {}),
        **_progress(job, at=at),
    }


def import_out(job: Job, *, at: datetime) -> dict[str, Any]:
    """Return an import with its counts; ``waiting`` says that a person must confirm it on Imports & Exports."""
    processed = job.rows_done + job.rows_unchanged + job.rows_refused
    return {
        "id": job.public_id,
        "type": _type_of(job, IMPORT_TYPES),
        "name": job.name,
        "requester": job.requested_by,
        "waiting": job.status == Job.Status.WAITING,
        "message": str(job_sentence(job)) or None,
        "stats": {
            "recordsProcessed": processed if job.is_over else job.progress_done,
            "recordsTotal": job.rows_total,
            "recordsDone": job.rows_done,
            "recordsUnchanged": job.rows_unchanged,
            "recordsRefused": job.rows_refused,
        },
        **_progress(job, at=at),
    }


def _progress(job: Job, *, at: datetime) -> dict[str, Any]:
    return {
        "status": status_of(job, at=at),
        "dateCreated": milliseconds(job.created_at),
        "dateCompleted": milliseconds(job.finished_at),
        "dateExpires": milliseconds(job.expires_at),
        "mailtoEmail": None,
    }


def _type_of(job: Job, types: dict[str, str]) -> str:
    return next((name for name, slug in types.items() if slug == job.type), job.type)
