"""Content: the widgets and microsites of all programs, and the page on which one is arranged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, Badge, DetailHeader, Fact, ThemedModelAdmin, ago, badge, person
from advocate.lib.clock import now
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from widget.admin import drafts, further
from widget.admin.previews import preview_view
from widget.editor import CHANGE
from widget.forms import DisplayForm, OriginsForm
from widget.models import Display
from widget.operations import change_display, change_origins
from widget.queries import origins_of, with_working_versions
from widget.states import state_of


class ArchivedFilter(admin.SimpleListFilter):
    """Show what is in use, or what was put away."""

    title = gettext_lazy("status")
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the two choices besides everything."""
        return [("no", gettext_lazy("In use")), ("yes", gettext_lazy("Archived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Display]) -> QuerySet[Display]:
        """Return those chosen."""
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(archived_at__isnull=self.value() == "no")


@admin.register(Display)
class DisplayAdmin(ThemedModelAdmin[Display]):
    """What participants see, by program."""

    page_title = gettext_lazy("Content")
    page_lead = gettext_lazy("What participants see: each program's widgets and microsites.")
    list_display = ("title", "program_name", "kind_name", "state", "changed")
    list_filter = ("kind", ArchivedFilter)
    list_select_related = ("program",)
    ordering = ("program__name", "program_id", "-kind", "id")
    sortable_by = ()
    search_fields = ("name", "key", "program__name", "program__key")
    search_help_text = gettext_lazy("Name or program")
    empty_title = gettext_lazy("No programs yet")
    empty_text = gettext_lazy("Each program that you make has a widget and a microsite, which you arrange here.")
    empty_icon = "content"
    detail_page = "display"
    detail_only = True
    detail_template = "widget/display.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse Django's own form: a widget and a microsite ask for different things."""
        return False

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer to add one to who may."""
        return further.add_actions() if request.user.has_perm(CHANGE) else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Display]:
        """Read the versions along that say what state each is in."""
        return with_working_versions(super().get_queryset(request).select_related("program"))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Allow the filters on the page."""
        return lookup in {"kind__exact", ArchivedFilter.parameter_name}

    @admin.display(description=gettext_lazy("name"))
    def title(self, display: Display) -> SafeString:
        """Show the name, and where the microsite is."""
        return person(display.shown_name, f"/m/{display.slug}" if display.slug else display.key)

    @admin.display(description=gettext_lazy("program"))
    def program_name(self, display: Display) -> str:
        """Show whose it is."""
        return display.program.name

    @admin.display(description=gettext_lazy("kind"))
    def kind_name(self, display: Display) -> str:
        """Show what it is."""
        return display.get_kind_display()

    @admin.display(description=gettext_lazy("status"))
    def state(self, display: Display) -> SafeString:
        """Show which version is seen, and whether the draft differs."""
        return format_html_join(" ", "{}", ((badge(one.label, one.kind),) for one in badges_of(display)))

    @admin.display(description=gettext_lazy("last change"))
    def changed(self, display: Display) -> SafeString:
        """Show when somebody last worked on it."""
        return ago(state_of(display).draft.updated_at)

    def detail_header(self, request: HttpRequest, obj: Display) -> DetailHeader:
        """Say what it is, whose, and what participants see of it."""
        return DetailHeader(
            title=obj.shown_name,
            badges=badges_of(obj),
            facts=(Fact(_("Program"), obj.program.name), Fact(_("Kind"), obj.get_kind_display())),
        )

    def detail_actions(self, request: HttpRequest, obj: Display) -> Sequence[Action]:
        """Offer to publish what differs, and to throw it away."""
        state = state_of(obj)
        if not state.has_changes or obj.is_archived or not self.has_change_permission(request, obj):
            return ()
        discard = Action(_("Discard changes"), self._url("discard", obj.pk), icon="undo", dialog="discard-dialog")
        url = self._url("publish", obj.pk)
        publish = Action(_("Publish"), url, primary=True, icon="upload", dialog="publish-dialog")
        return (discard, publish) if state.current else (publish,)

    def _actions_with_edit(self, request: HttpRequest, obj: Display) -> list[Action]:
        return list(self.detail_actions(request, obj))

    def detail_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page, with the questions that its buttons ask."""
        display = self.get_object(request, unquote(object_id))
        state = state_of(display) if display else None
        extra = {"state": state, "changes": state.changes if state else (), **(extra_context or {})}
        show = super().detail_view

        @csp_update({"frame-src": [SELF]})
        def with_preview(request: HttpRequest) -> HttpResponse:
            return show(request, object_id, extra)

        return cast("HttpResponse", with_preview(request))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change the draft, show it, and change the settings."""
        wrap = self.admin_site.admin_view
        changing = [
            path(f"<int:display_id>/{one.route}", wrap(one.view), name=f"widget_display_{one.name}")
            for one in (*drafts.PAGES, *further.PAGES)
        ]
        adding = [path(one.route, wrap(one.view), name=f"widget_display_{one.name}") for one in further.ADDING]
        own = [
            path("<int:display_id>/preview/", wrap(preview_view), name="widget_display_preview"),
            path("<int:display_id>/settings/", wrap(self.settings_view), name="widget_display_settings"),
            path("<int:display_id>/sites/", wrap(self.sites_view), name="widget_display_sites"),
        ]
        return [*adding, *changing, *own, *super().get_urls()]

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the object's page: there is no form for all of it."""
        return self.change_view(request, object_id)

    def settings_view(self, request: HttpRequest, display_id: int) -> HttpResponse:
        """Change the settings of a widget or microsite."""
        display = self._display(request, display_id)
        form = DisplayForm(form_data(request), display=display)

        def submit() -> str:
            change_display(
                display=display, settings=form.settings(), seen_at=form.seen_at(), by=actor_of(request), at=now()
            )
            messages.success(request, _("The settings were saved."))
            return self._tab_url(display, "settings")

        return form_page(request, page=self._page(display, _("Settings of %(name)s")), form=form, submit=submit)

    def sites_view(self, request: HttpRequest, display_id: int) -> HttpResponse:
        """Change which sites may show the program's widgets."""
        display = self._display(request, display_id)
        form = OriginsForm(form_data(request), origins=origins_of(display.program))

        def submit() -> str:
            known = {"origins": form.wanted(), "seen": form.seen_origins()}
            change_origins(program=display.program, **known, by=actor_of(request), at=now())
            messages.success(request, _("The sites were saved."))
            return self._tab_url(display, "settings")

        page = self._page(display, _("Sites that may show the widgets"))
        return form_page(request, page=page, form=form, submit=submit)

    def _display(self, request: HttpRequest, display_id: int) -> Display:
        display = self.get_object(request, str(display_id))
        if display is None:
            raise Http404
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        return display

    def _page(self, display: Display, title: str) -> FormPage:
        return FormPage(
            title=title % {"name": display.shown_name} if "%" in title else title,
            list_title=self.page_title,
            list_url=self._url("changelist"),
            object_title=display.shown_name,
            button=_("Save"),
            cancel_url=self._tab_url(display, "settings"),
        )

    def _tab_url(self, display: Display, tab: str) -> str:
        return f"{self.detail_url(display)}?tab={tab}"


def badges_of(display: Display) -> tuple[Badge, ...]:
    """Return what participants see, and whether the draft differs, as badges."""
    if display.is_archived:
        return (Badge(_("Archived"), "neutral"),)
    state = state_of(display)
    if state.current is None:
        return (Badge(_("Not published"), "neutral"),)
    live = Badge(_("Version %(number)s is live") % {"number": state.current.number}, "success")
    return (live, Badge(_("Unpublished changes"), "warning")) if state.has_changes else (live,)
