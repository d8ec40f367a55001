from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from advocate.lib.admin import ThemedModelAdmin, instant
from team.audit import action_name, action_names
from team.history import line_of, who_did
from team.models import AuditEntry, User
from team.searching import search_changes

MEMBERS_OFFERED = 200


class MemberFilter(admin.SimpleListFilter):
    """Find changes by who made them."""

    title = gettext_lazy("member")
    parameter_name = "member"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the team, as far as a list can offer it."""
        return [(str(member.pk), str(member)) for member in User.objects.order_by("name", "email")[:MEMBERS_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Return what they changed."""
        value = self.value() or ""
        return queryset.filter(user_id=int(value)) if value.isdigit() else queryset


class ActionFilter(admin.SimpleListFilter):
    """Find changes by what was done."""

    title = gettext_lazy("what")
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return every kind of change that an app has named."""
        return action_names()

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Return the changes of that kind."""
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ThemedModelAdmin[AuditEntry]):
    page_title = gettext_lazy("Changes")
    page_lead = gettext_lazy("Who changed what and when, before and after. Nothing here can be edited or deleted.")
    list_display = ("when", "who", "what", "what_to", "before_and_after")
    list_display_links = None
    list_filter = (ActionFilter, MemberFilter, "at")
    list_select_related = ("user",)
    search_fields = ("object_label",)  # shows the field; get_search_results does the search
    search_help_text = gettext_lazy("Name or ID of what was changed, or e-mail of who did it")
    ordering = ("-at", "-id")
    sortable_by = ()
    empty_title = gettext_lazy("No changes yet")
    empty_text = gettext_lazy("Whatever a person or an API key changes will be listed here.")
    empty_icon = "inbox"
    cut_text = gettext_lazy("More than %(number)s changes match. These are the newest: type more, or choose a filter.")

    def get_urls(self) -> list[URLPattern]:
        """Offer the list alone."""
        return [path("", self.admin_site.admin_view(self.changelist_view), name="team_auditentry_changelist")]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """Search by the indexes of names, IDs and doers instead of a scan with LIKE."""
        return self.shown(request, search_changes(search_term, among=queryset))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: entries are written with the change they tell of."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Refuse: entries never change."""
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Allow the filters on the page, one object's entries, and no way into other tables."""
        return lookup in {"at__gte", "at__lt", "member", "what", "object_type", "object_id"}

    @admin.display(description=gettext_lazy("When"))
    def when(self, entry: AuditEntry) -> SafeString:
        """Show when it was changed."""
        return instant(entry.at)

    @admin.display(description=gettext_lazy("Who"))
    def who(self, entry: AuditEntry) -> str:
        """Show who changed it."""
        return who_did(entry)

    @admin.display(description=gettext_lazy("What"))
    def what(self, entry: AuditEntry) -> str:
        """Show what was done, by its name."""
        return action_name(entry.action)

    @admin.display(description=gettext_lazy("Object"))
    def what_to(self, entry: AuditEntry) -> SafeString | str:
        """Show what was changed, which leads to its page where it has one."""
        line = line_of(entry)
        if not line.object_url:
            return line.object_label
        return format_html('<a href="{}">{}</a>', line.object_url, line.object_label)

    @admin.display(description=gettext_lazy("Before and after"))
    def before_and_after(self, entry: AuditEntry) -> SafeString:
        """Show each field that changed, before and after."""
        return render_to_string("team/changed_fields.html", {"changes": line_of(entry).changes})
