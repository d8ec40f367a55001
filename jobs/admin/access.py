"""Which jobs a person may see and what they may do with them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from jobs.models import Job
from jobs.types import ExportType, ImportType, JobType, UnknownType, export_types, import_types, type_of


def visible_jobs(user: Any) -> QuerySet[Job]:
    """Return the jobs of the types that someone may view."""
    exports = [kind.slug for kind in export_types() if kind.may_view(user)]
    imports = [kind.slug for kind in import_types() if kind.may_view(user)]
    return Job.objects.filter(
        Q(kind=Job.Kind.EXPORT, type__in=exports) | Q(kind=Job.Kind.IMPORT, type__in=imports)
    ).select_related("requester")


def visible_job(user: Any, public_id: str) -> Job:
    """
    Return a job that someone may see.

    :raises Http404: if there is none, or it is not for them; the two cannot be told apart
    """
    job = visible_jobs(user).filter(public_id=public_id).first()
    if job is None:
        raise Http404
    return job


def may_decide(user: Any, job: Job) -> bool:
    """Say whether someone may confirm, discard, cancel and start again: whoever may start such a job."""
    try:
        return type_of(job).may_start(user)
    except UnknownType:
        return False


def startable_exports(user: Any) -> list[ExportType]:
    """Return the types of reports that someone may create."""
    return [kind for kind in export_types() if kind.may_start(user)]


def startable_imports(user: Any) -> list[ImportType]:
    """Return the types of imports that someone may start."""
    return [kind for kind in import_types() if kind.reader is not None and kind.may_start(user)]


def kind_of(job: Job) -> JobType | None:
    """Return a job's type; ``None`` if no app offers it any more."""
    try:
        return type_of(job)
    except UnknownType:
        return None
