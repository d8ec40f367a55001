from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from advocate.lib.admin import Action, ThemedModelAdmin, badge, day, instant, person
from jobs.admin import cells, decisions, pages, start, undo
from jobs.admin.access import startable_exports, startable_imports, visible_jobs
from jobs.models import Job
from jobs.types import export_types, import_types

LIVE = "_live"


class TypeFilter(admin.SimpleListFilter):
    """Filter by the types that the viewer may see."""

    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the types by their names."""
        kinds = [*export_types(), *import_types()]
        return [(kind.slug, kind.label) for kind in kinds if kind.may_view(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Return the jobs of the chosen type."""
        return queryset.filter(type=self.value()) if self.value() else queryset


class MineFilter(admin.SimpleListFilter):
    """Filter by who asked."""

    title = _("requester")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("me", _("Me")), ("others", _("Others"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Return the viewer's own jobs, or the others."""
        if self.value() == "me":
            return queryset.filter(requester=request.user.pk)
        return queryset.exclude(requester=request.user.pk) if self.value() == "others" else queryset


@admin.register(Job)
class JobAdmin(ThemedModelAdmin[Job]):
    page_title = _("Imports & Exports")
    page_lead = _("Reports you run and files you import, with what became of every row.")
    list_display = ("title", "of_type", "requested", "state", "created", "expires")
    list_display_links = None
    list_filter = ("kind", TypeFilter, "status", MineFilter)
    search_fields = ("name", "source_name", "public_id", "requested_by")
    search_help_text = _("Name, file, or who asked")
    ordering = ("-created_at", "-id")
    empty_title = _("No reports or imports yet")
    empty_text = _("Create a report to download your data, or import a file to bring balances back.")
    change_list_template = "jobs/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Return the jobs of types that the viewer may see."""
        return visible_jobs(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse the stock form: jobs start on pages of their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """Refuse the stock form: a job changes by what it does."""
        return False

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Return Import and Create Report, for those who may."""
        actions = []
        if startable_imports(request.user):
            actions.append(Action(_("Import"), reverse("admin:jobs_job_import"), icon="upload"))
        if startable_exports(request.user):
            actions.append(Action(_("Create Report"), reverse("admin:jobs_job_report"), primary=True, icon="plus"))
        return actions

    def detail_url(self, obj: Job) -> str:
        """Return the address of a job's page."""
        return reverse("admin:jobs_job_detail", args=[obj.public_id])

    def get_urls(self) -> list[URLPattern]:
        """Return the list and the designed pages; Django's own forms have no address."""
        wrap = self.admin_site.admin_view
        routes = (
            ("", self.changelist_view, "changelist"),
            ("report/", start.create_report, "report"),
            ("import/", start.import_file, "import"),
            ("<slug:public_id>/", pages.detail, "detail"),
            ("<slug:public_id>/live/", pages.live, "live"),
            ("<slug:public_id>/files/<slug:which>/", pages.download, "download"),
            ("<slug:public_id>/confirm/", decisions.confirm, "confirm"),
            ("<slug:public_id>/discard/", decisions.discard, "discard"),
            ("<slug:public_id>/cancel/", decisions.cancel, "cancel"),
            ("<slug:public_id>/retry/", decisions.retry, "retry"),
            ("<slug:public_id>/undo/", undo.undo, "undo"),
        )
        return [path(route, wrap(view), name=f"jobs_job_{name}") for route, view, name in routes]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; with ``_live`` only its rows, for refreshing them while jobs are under way."""
        asked = request.GET.copy()
        is_live = asked.pop(LIVE, None) is not None
        request.GET = asked  # type: ignore[assignment]  # the list refuses parameters that it does not know
        asked[LIVE] = "1"
        live_url = f"{request.path}?{asked.urlencode()}"
        del asked[LIVE]
        answer = super().changelist_view(request, {"live_url": live_url, **(extra_context or {})})
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            shown = answer.context_data["cl"].result_list
            answer.context_data["is_live"] = any(job.is_under_way for job in shown)
            if is_live:
                answer.template_name = "jobs/list_rows.html"
        return answer

    @admin.display(description=_("name"), ordering="name")
    def title(self, job: Job) -> SafeString:
        """Show what it is called, which leads to it, above what came of it."""
        link = format_html('<a href="{}">{}</a>', self.detail_url(job), job.name)
        return person(link, cells.outcome(job))

    @admin.display(description=_("type"), ordering="type")
    def of_type(self, job: Job) -> SafeString:
        """Show its type above whether it is a report or an import; what reads no file is neither."""
        return person(cells.type_label(job), "" if cells.is_run(job) else job.get_kind_display())

    @admin.display(description=_("requester"), ordering="requested_by")
    def requested(self, job: Job) -> str:
        """Show who asked for it."""
        return str(job.requester or job.requested_by)

    @admin.display(description=_("status"), ordering="status")
    def state(self, job: Job) -> SafeString:
        """Show how far it is, or how it ended."""
        if job.is_under_way:
            return SafeString(render_to_string("jobs/progress.html", {"job": job, "label": cells.phase_label(job)}))
        return badge(job.get_status_display(), cells.badge_kind(job))

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, job: Job) -> SafeString:
        """Show when it was asked for."""
        return instant(job.created_at)

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, job: Job) -> SafeString:
        """Show until when its files are kept."""
        return day(None if job.files_removed_at else job.expires_at)
