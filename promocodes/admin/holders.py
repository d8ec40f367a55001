from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from advocate.lib.admin import dash, instant, person
from programs.search import MORE_PEOPLE
from promocodes.admin.codes import codes_url
from promocodes.admin.filters import ProgramFilter, WaitingFilter
from promocodes.admin.participant_codes import participant_codes
from promocodes.admin.section import ManagerPart
from promocodes.models import CodeHolder
from promocodes.queries.searching import search_holders

SEE = "promocodes.view_promocode"


@admin.register(CodeHolder)
class CodeHolderAdmin(ManagerPart[CodeHolder]):
    """Choose the participant whose codes you want to view."""

    page_lead = gettext_lazy("Choose the participant whose codes you want to view.")
    list_display = ("advocate", "program_name", "since", "waiting")
    list_display_links = None
    list_filter = (ProgramFilter, WaitingFilter)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("participant",)  # shows the field; get_search_results does the search
    search_help_text = gettext_lazy("Name, e-mail, user ID, account ID, or one of their codes")
    empty_title = gettext_lazy("Nobody has codes yet")
    empty_text = gettext_lazy("Advocates get theirs when promo codes are switched on for their program.")
    empty_icon = "participants"
    cut_text = MORE_PEOPLE

    @admin.display(description=gettext_lazy("advocate"))
    def advocate(self, holder: CodeHolder) -> SafeString:
        """Show who it is, and lead to their codes."""
        who = holder.participant
        shown = person(str(who), who.email if who.email != str(who) else who.user_id)
        return format_html('<a href="{}">{}</a>', codes_url(who.pk), shown)

    @admin.display(description=gettext_lazy("program"))
    def program_name(self, holder: CodeHolder) -> str:
        """Show where they get codes."""
        return holder.pool.program.name

    @admin.display(description=gettext_lazy("gets codes since"))
    def since(self, holder: CodeHolder) -> SafeString:
        """Show since when they get codes."""
        return instant(holder.joined_at)

    @admin.display(description=gettext_lazy("waiting since"))
    def waiting(self, holder: CodeHolder) -> SafeString:
        """Show since when they wait for codes, if they do."""
        return instant(holder.waiting_since) if holder.waiting_since else dash()

    def has_view_permission(self, request: HttpRequest, obj: CodeHolder | None = None) -> bool:
        """Let those see who holds codes who may see the codes."""
        return request.user.has_perm(SEE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Follow the permission to see codes."""
        return request.user.has_perm(SEE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodeHolder]:
        """Return who gets codes, with their programs."""
        return super().get_queryset(request).select_related("participant", "pool__program")

    def get_ordering(self, request: HttpRequest) -> Any:
        """Show who waits in the order in which they are served, and else the latest first."""
        return ("waiting_since", "id") if request.GET.get("waiting") == "yes" else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CodeHolder], search_term: str
    ) -> tuple[QuerySet[CodeHolder], bool]:
        """Search by the index of participants' words."""
        return self.shown(request, search_holders(search_term, among=queryset))

    def get_urls(self) -> list[URLPattern]:
        """Add the page with a participant's codes."""
        view = self.admin_site.admin_view(participant_codes)
        return [path("of/<int:participant_id>/", view, name="promocodes_participant_codes"), *super().get_urls()]

    def detail_url(self, obj: CodeHolder) -> str:
        """Return the address of the page with their codes."""
        return codes_url(obj.participant_id)
