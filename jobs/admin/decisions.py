"""What a person decides on a job's page; each is one operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advocate.lib import clock
from advocate.lib.errors import DomainError
from jobs.admin.access import may_decide, visible_job
from jobs.forms import ConfirmForm
from jobs.models import Job
from jobs.operations import cancel_job, confirm_import, discard_import, retry_job
from team.audit import Actor


@require_POST
def confirm(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have a checked import applied."""
    form = ConfirmForm(request.POST)
    choices = form.cleaned_data if form.is_valid() else {}
    return _decide(request, public_id, confirm_import, _("Confirmed. The rows are being applied."), **choices)


@require_POST
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Drop a checked import."""
    return _decide(request, public_id, discard_import, _("Discarded. Nothing was changed."))


@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Cancel a job that is queued or running."""
    return _decide(request, public_id, cancel_job, _("Cancelled. Work that is under way stops in a moment."))


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Start a failed job again."""
    return _decide(request, public_id, retry_job, _("Started again."))


def _decide(
    request: HttpRequest, public_id: str, operation: Callable[..., None], success: str, **choices: bool
) -> HttpResponse:
    user: Any = request.user
    job: Job = visible_job(user, public_id)
    if not may_decide(user, job):
        raise PermissionDenied
    try:
        operation(job=job, by=Actor.of(user), at=clock.now(), **choices)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, success)
    return redirect("admin:jobs_job_detail", public_id=public_id)
