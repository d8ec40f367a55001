from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib import clock
from advocate.lib.errors import DomainError
from jobs.admin.access import kind_of, visible_job
from jobs.models import Job
from jobs.operations import create_undo
from jobs.types import ImportType, UndoForm
from team.audit import Actor


def undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask why an import is to be undone, and queue that; its own page then shows what it would do."""
    user: Any = request.user
    job = visible_job(user, public_id)
    kind = kind_of(job)
    if not isinstance(kind, ImportType) or kind.undo is None:
        raise Http404
    if not kind.undo.may_start(user):
        raise PermissionDenied
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            undoing = create_undo(
                job=job, import_type=kind, reason=form.cleaned_data["reason"], by=Actor.of(user), at=clock.now()
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("admin:jobs_job_detail", public_id=undoing.public_id)
    context = {**admin.site.each_context(request), "title": _("Undo import"), "job": job, "form": form}
    return TemplateResponse(request, "jobs/undo.html", context)


def undo_url(user: Any, job: Job) -> str:
    """Return where an import is undone; nothing where that makes no sense, or is not for this person."""
    kind = kind_of(job)
    undoes = kind.undo if isinstance(kind, ImportType) else None
    if undoes is None or not job.is_over or not job.rows_done or not undoes.may_start(user):
        return ""
    return reverse("admin:jobs_job_undo", args=[job.public_id])
