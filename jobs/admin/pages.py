"""A job's page, the part of it that refreshes itself, and its files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from advocate.lib import clock, db
from jobs.admin import cells
from jobs.admin.access import kind_of, may_decide, visible_job
from jobs.admin.rows import row_list
from jobs.admin.start import again_url
from jobs.admin.undo import undo_url
from jobs.downloads import hand_out
from jobs.messages import job_sentence, nothing_sentence, warning_sentences
from jobs.models import Job
from jobs.operations import note_download
from jobs.operations.decide import RETRYABLE
from jobs.queries import files_of
from jobs.types import ImportType
from jobs.words import counts_of
from team.audit import Actor


def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show where a job stands, what it did, its files, and what can be done about it."""
    user: Any = request.user
    job = visible_job(user, public_id)
    kind = kind_of(job)
    has_rows = isinstance(kind, ImportType) and job.rows_total and not job.files_removed_at
    may_retry = job.error_code in RETRYABLE and job.status == Job.Status.FAILED and job.has_files(clock.now())
    undone_by = list(job.undone_by.order_by("id")) if job.rows_done else []
    context = {
        **admin.site.each_context(request),
        **_facts(job),
        "title": job.name,
        "may_decide": may_decide(user, job),
        "may_retry": may_retry,
        "again_url": "" if may_retry else again_url(user, job),
        "error": job_sentence(job),
        "warnings": [*filter(None, [nothing_sentence(job)]), *warning_sentences(job)],
        "is_same_content": any(one["code"] == "same_content" for one in job.warnings),
        "files": files_of(job, at=clock.now()),
        "rows": row_list(request, job, kind) if has_rows and isinstance(kind, ImportType) else None,
        "own_part": _own_part(request, job, kind) if isinstance(kind, ImportType) else "",
        "undo_url": "" if any(_leaves_nothing_to_undo(one, job) for one in undone_by) else undo_url(user, job),
        "undone_by": undone_by,
        "events": job.events.order_by("id"),
        "options": _options(job),
        "others_wait": not db.is_postgres(),
    }
    return TemplateResponse(request, "jobs/detail.html", context)


def _leaves_nothing_to_undo(undoing: Job, job: Job) -> bool:
    """Say whether an undo has taken all back, or may still do so: it waits for somebody, or for a worker."""
    has_undone_all = undoing.status == Job.Status.DONE and undoing.rows_done == job.rows_done
    return has_undone_all or not undoing.is_over


def live(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how far a job is; once it stands still, the whole page is worth loading again."""
    job = visible_job(request.user, public_id)
    return TemplateResponse(request, "jobs/live.html", {**_facts(job), "refreshed": True})


def download(request: HttpRequest, public_id: str, which: str) -> HttpResponseBase:
    """Hand out one of a job's files, and keep a record of who took it; gone files say so."""
    user: Any = request.user
    job = visible_job(user, public_id)
    known = {one.which: one for one in files_of(job, at=clock.now(), gone=True)}
    if which not in known:
        raise Http404
    file = known[which]
    if file.is_gone:
        context = {**admin.site.each_context(request), "title": _("This file is gone"), "job": job}
        return TemplateResponse(request, "jobs/gone.html", context, status=410)
    note_download(job=job, which=which, by=Actor.of(user), at=clock.now())
    return hand_out(file)


def _facts(job: Job) -> dict[str, Any]:
    kind = kind_of(job)
    totals = kind.format_totals(job.totals) if isinstance(kind, ImportType) else ()
    return {
        "job": job,
        "type_label": cells.type_label(job),
        "badge_kind": cells.badge_kind(job),
        "phase_label": cells.phase_label(job),
        "words": (words := cells.words_of(job)),
        "counts": counts_of(job, words),
        "totals": totals,
        "is_import": job.kind == Job.Kind.IMPORT,
    }


def _own_part(request: HttpRequest, job: Job, kind: ImportType) -> SafeString:
    if not kind.template or not job.rows_total or job.files_removed_at:
        return SafeString("")
    context = {"job": job, **kind.context(request, job)}
    return mark_safe(render_to_string(kind.template, context, request))  # noqa: S308  the template escapes


def _options(job: Job) -> list[tuple[str, str]]:
    """Return what was chosen for a job, as its type's form names it."""
    kind = kind_of(job)
    fields = kind.form.base_fields if kind and kind.form else {}
    chosen = []
    for name, value in job.params.items():
        if value not in (None, "", [], False):
            label = fields[name].label if name in fields else name
            values = value if isinstance(value, list) else [value]
            said = _said(fields.get(name), values)
            chosen.append((str(label), ", ".join(str(said.get(one, one)) for one in values)))
    return chosen


def _said(field: forms.Field | None, values: list[Any]) -> dict[Any, Any]:
    """Return what a field calls these values; of the rows of a table, which may be many, it reads these alone."""
    if isinstance(field, forms.ModelChoiceField):
        key = field.to_field_name or "pk"
        found = field.queryset.filter(**{f"{key}__in": values}) if field.queryset is not None else ()
        return {getattr(one, key): field.label_from_instance(one) for one in found}
    return dict(getattr(field, "choices", ()))
