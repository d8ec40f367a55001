"""The pages that withdraw many codes at once: those of a file, or what is left of a batch."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from advocate.lib import clock
from advocate.lib.errors import DomainError
from advocate.lib.pages import Page, register_page
from jobs.models import Job
from jobs.operations import ImportChoices, create_import, create_run
from programs.forms import ReasonForm
from promocodes.imports import WITHDRAW_BATCH, WITHDRAW_CODES
from promocodes.models import CodeBatch
from promocodes.upload_forms import WithdrawFileForm
from team.audit import Actor


def withdraw_file(request: HttpRequest) -> HttpResponse:
    """Ask for a file of codes to withdraw; the job's page shows first which they are."""
    if not WITHDRAW_CODES.may_start(request.user):
        raise PermissionDenied
    form = WithdrawFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _to(_start_file(request, form))
        except DomainError as error:
            form.add_error("file", str(error))
    return _page(request, form, title=_("Withdraw codes"))


def withdraw_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Ask why what is left of a batch is to be withdrawn; the job's page shows first what that is."""
    batch = get_object_or_404(CodeBatch.objects.select_related("pool__program"), pk=batch_id)
    if not WITHDRAW_BATCH.may_start(request.user):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        params = {
            "program": batch.pool.program.key,
            "batch": batch.pk,
            "reason": form.cleaned_data["reason"],
        }
        name = _("Withdrawal of %(batch)s") % {"batch": batch.name}
        return _to(create_run(import_type=WITHDRAW_BATCH, name=name, params=params, by=Actor.of(user), at=clock.now()))
    return _page(request, form, title=_("Withdraw the batch “%(batch)s”") % {"batch": batch.name}, batch=batch)


def _start_file(request: HttpRequest, form: WithdrawFileForm) -> Job:
    user: Any = request.user
    header = form.cleaned_data["header"]
    return create_import(
        import_type=WITHDRAW_CODES,
        upload=form.cleaned_data["file"],
        name=form.file_name,
        params=form.params(),
        by=Actor.of(user),
        at=clock.now(),
        choices=ImportChoices(reading={"header": header} if header else {}),
    )


def _to(job: Job) -> HttpResponse:
    return redirect("admin:jobs_job_detail", public_id=job.public_id)


def _page(request: HttpRequest, form: Any, *, title: str, batch: CodeBatch | None = None) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "form": form, "batch": batch}
    return TemplateResponse(request, "promocodes/withdraw.html", context)


def register() -> None:
    """Add both pages."""
    register_page(Page("promocodes/withdraw/", withdraw_file, "promocodes_withdraw"))
    register_page(Page("promocodes/codebatch/<int:batch_id>/withdraw/", withdraw_batch, "promocodes_withdraw_batch"))
