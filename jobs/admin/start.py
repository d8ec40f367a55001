"""The two pages that start a job: Create Report and Import."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from advocate.lib import clock
from advocate.lib.errors import DomainError
from jobs.admin.access import kind_of, startable_exports, startable_imports
from jobs.forms import ImportForm, ReportForm
from jobs.models import Job
from jobs.operations import create_export, create_import
from jobs.types import ImportType
from team.audit import Actor

Status = Job.Status
COME_TO_NOTHING: Final = (Status.FAILED, Status.CANCELLED, Status.DISCARDED)


def create_report(request: HttpRequest) -> HttpResponse:
    """Ask for a report and queue it."""
    user: Any = request.user
    kinds = startable_exports(user)
    if not kinds:
        raise PermissionDenied
    form = ReportForm(request.POST or None, kinds=kinds, chosen=request.GET.get("type", ""))
    if request.method == "POST" and form.is_valid():
        job = create_export(
            export_type=form.kind,
            name=form.cleaned_data["name"] or _default_name(form),
            file_format=form.cleaned_data["format"],
            params=form.params(),
            by=Actor.of(user),
            at=clock.now(),
            form_token=form.cleaned_data["form_token"],
        )
        return _to(job)
    return _page(request, "jobs/create_report.html", _("Create Report"), form)


def import_file(request: HttpRequest) -> HttpResponse:
    """Ask for a file, store it and queue its import; the page answers as soon as the file is kept."""
    user: Any = request.user
    kinds = startable_imports(user)
    if not kinds:
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None, kinds=kinds, chosen=request.GET.get("type", ""))
    if request.method == "POST" and form.is_valid():
        try:
            job = create_import(
                import_type=form.kind,
                upload=form.cleaned_data["file"],
                name=form.file_name,
                params=form.params(),
                by=Actor.of(user),
                at=clock.now(),
                choices=form.choices(),
                form_token=form.cleaned_data["form_token"],
            )
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return _to(job)
    return _page(request, "jobs/import_file.html", _("Import"), form)


def again_url(user: Any, job: Job) -> str:
    """Return where an import that came to nothing is tried again; nothing where there is no such page for them."""
    kind = kind_of(job)
    if job.status not in COME_TO_NOTHING or not isinstance(kind, ImportType) or not kind.may_start(user):
        return ""
    if kind.start_url is not None:
        return kind.start_url(job)
    return f"{reverse('admin:jobs_job_import')}?{urlencode({'type': kind.slug})}" if kind.reads_file else ""


def _default_name(form: ReportForm) -> str:
    return f"{form.kind.label} {formats.date_format(timezone.localdate(), 'Y-m-d')}"


def _to(job: Job) -> HttpResponse:
    return redirect("admin:jobs_job_detail", public_id=job.public_id)


def _page(request: HttpRequest, template: str, title: str, form: ReportForm | ImportForm) -> HttpResponse:
    if form.is_bound and form.errors:
        messages.error(request, _("Nothing was started yet: look at the fields marked below."))
    context = {**admin.site.each_context(request), "title": title, "form": form, "options": form.options}
    return TemplateResponse(request, template, context)
