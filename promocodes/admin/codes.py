from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from advocate.lib.admin import Action, DetailHeader, Fact, badge, dash, day, mono, person
from programs.forms import ReasonForm
from programs.search import MORE_OWNERS
from promocodes.admin.filters import BatchFilter, CopiedFilter, KindFilter, ProgramFilter, StateFilter, code_filter
from promocodes.admin.section import ManagerPart
from promocodes.admin.withdrawing import withdraw_view
from promocodes.badges import kind_text, state_badge
from promocodes.code_lines import can_withdraw
from promocodes.models import PromoCode
from promocodes.queries.listing import NewestCodes
from promocodes.queries.searching import search_codes


@admin.register(PromoCode)
class PromoCodeAdmin(ManagerPart[PromoCode]):
    """The list of all promo codes and each one's page."""

    page_lead = gettext_lazy("Every promo code, the newest first: where it is, who has it, and whether it was used.")
    list_display = ("text", "state_shown", "advocate", "program_name", "assigned", "copied", "used")
    list_display_links = ("text",)
    list_filter = (StateFilter, ProgramFilter, KindFilter, CopiedFilter, BatchFilter)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("code",)  # shows the field; get_search_results does the search
    search_help_text = gettext_lazy("Code, or the advocate's name or e-mail")
    empty_title = gettext_lazy("No codes yet")
    empty_text = gettext_lazy("Upload the codes that your shop knows, or generate some.")
    empty_icon = "codes"
    cut_text = gettext_lazy("More than %(number)s codes match. Type more, or choose a filter, to find others.")
    owners_cut_text = MORE_OWNERS
    detail_page = "promo-code"
    detail_template = "promocodes/code.html"

    @admin.display(description=gettext_lazy("code"))
    def text(self, code: PromoCode) -> SafeString:
        """Show the code, each character as it is, and how often it can be used."""
        shown = format_html('<span class="{}">{}</span>', "nowrap" if len(code.code) < 25 else "", mono(code.code))
        return person(shown, kind_text(code))

    @admin.display(description=gettext_lazy("status"))
    def state_shown(self, code: PromoCode) -> SafeString:
        """Show where it is."""
        shown = state_badge(code)
        return badge(shown.label, shown.kind)

    @admin.display(description=gettext_lazy("advocate"))
    def advocate(self, code: PromoCode) -> SafeString:
        """Show who has it, and lead to their codes."""
        holder = code.participant
        if holder is None:
            return dash()
        return format_html('<a href="{}">{}</a>', codes_url(holder.pk), person(str(holder), holder.email))

    @admin.display(description=gettext_lazy("program"))
    def program_name(self, code: PromoCode) -> SafeString:
        """Show the program, and what the code came with."""
        return person(code.pool.program.name if code.pool else "", self.batch_link(code) if code.batch else "")

    def batch_link(self, code: PromoCode) -> SafeString:
        """Lead to what it came with."""
        if code.batch is None:
            return dash()
        url = reverse("admin:promocodes_codebatch_change", args=[code.batch_id])
        return format_html('<a href="{}">{}</a>', url, code.batch.name)

    @admin.display(description=gettext_lazy("assigned"))
    def assigned(self, code: PromoCode) -> SafeString:
        """Show when the advocate got it."""
        return day(code.assigned_at)

    @admin.display(description=gettext_lazy("copied"))
    def copied(self, code: PromoCode) -> SafeString:
        """Show when the advocate copied it."""
        return day(code.copied_at)

    @admin.display(description=gettext_lazy("used"))
    def used(self, code: PromoCode) -> SafeString:
        """Show when it was last used."""
        return day(code.used_at)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PromoCode]:
        """Return the promo codes; claims of referral codes are none."""
        codes = super().get_queryset(request).exclude(state=PromoCode.State.REFERRAL)
        return codes.select_related("pool__program", "batch", "participant")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PromoCode], search_term: str
    ) -> tuple[QuerySet[PromoCode], bool]:
        """Search by the indexes of codes and of advocates' words."""
        if not search_term.strip():
            return queryset, False
        return self.shown(request, search_codes(search_term, among=queryset))

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> Paginator[PromoCode]:
        """Page through the newest codes by their indexes, unless a search has found some."""
        rows: Any = queryset if request.GET.get("q", "").strip() else NewestCodes(code_filter(request))
        return super().get_paginator(request, rows, per_page, *args, **kwargs)

    def detail_header(self, request: HttpRequest, obj: PromoCode) -> DetailHeader:
        """Say which code it is, where, and whose."""
        facts = [
            Fact(pgettext("person", "Advocate"), self.advocate(obj)),
            Fact(_("Program"), obj.pool.program.name if obj.pool else dash()),
            Fact(_("Kind"), kind_text(obj)),
            Fact(_("Batch"), self.batch_link(obj)),
        ]
        return DetailHeader(title=obj.code, badges=(state_badge(obj),), facts=tuple(facts))

    def detail_actions(self, request: HttpRequest, obj: PromoCode) -> Sequence[Action]:
        """Offer to withdraw the code, as long as that is possible."""
        if not can_withdraw(request, obj):
            return ()
        url = self._url("withdraw", obj.pk)
        return (Action(_("Withdraw"), url, danger=True, icon="ban", dialog="withdraw-dialog"),)

    def detail_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the code, with the question that its button asks."""
        question = {"withdraw_form": ReasonForm(auto_id="withdraw_%s")}
        return super().detail_view(request, object_id, question | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        """Add the page that withdraws."""
        view = self.admin_site.admin_view(withdraw_view)
        return [path("<int:code_id>/withdraw/", view, name="promocodes_promocode_withdraw"), *super().get_urls()]


def codes_url(participant_id: int) -> str:
    """Return the address of the page with a participant's codes."""
    return reverse("admin:promocodes_participant_codes", args=[participant_id])
