from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from advocate.lib.admin import Action, Badge, DetailHeader, Fact, ThemedModelAdmin, badge, dash, day, instant, person
from advocate.lib.admin.paging import CappedChangeList
from programs.feeds import search_referrals
from programs.models import Referral
from programs.search import MORE_OWNERS
from rewards.admin.feed_filters import (
    ConvertedFilter,
    ConvertedInFilter,
    ImportFilter,
    ProgramFilter,
    StartedFilter,
)
from rewards.referral_lines import code_cell, converted_badge, given_text, participant_link, program_link
from rewards.referral_rewards import given_by_referrals


class ReferralChangeList(CappedChangeList):
    """The referrals with what each has given."""

    def get_results(self, request: HttpRequest) -> None:
        """Sum up for the whole page at once."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        given = given_by_referrals(self.result_list)
        for referral in self.result_list:
            referral.given = given[referral.pk]


@admin.register(Referral)
class ReferralAdmin(ThemedModelAdmin[Referral]):
    """The feed of all referrals and each one's page."""

    page_title = gettext_lazy("Referral Feed")
    page_lead = gettext_lazy("Every friend who came through an advocate, the newest first.")
    list_display = ("started", "friend", "advocate", "program_and_way", "state", "given")
    list_display_links = ("started",)
    list_select_related = ("program", "referrer", "referred")
    list_filter = (ConvertedFilter, ProgramFilter, "source", StartedFilter, ConvertedInFilter, ImportFilter)
    ordering = ("-date_started", "-id")
    sortable_by = ()
    search_fields = ("code_used",)  # shows the field; get_search_results does the search
    search_help_text = gettext_lazy("Friend's or advocate's name, e-mail, ID or code")
    empty_title = gettext_lazy("No referrals yet")
    empty_text = gettext_lazy("A friend who signs up or orders with an advocate's code or link is listed here.")
    empty_icon = "referrals"
    owners_cut_text = MORE_OWNERS
    detail_page = "referral"
    detail_only = True

    @admin.display(description=gettext_lazy("started"))
    def started(self, referral: Referral) -> SafeString:
        """Show when the friend came."""
        return day(referral.date_started)

    @admin.display(description=gettext_lazy("friend"))
    def friend(self, referral: Referral) -> SafeString:
        """Show who was referred, with the address of their page."""
        return person(participant_link(referral.referred))

    @admin.display(description=pgettext_lazy("person", "advocate"))
    def advocate(self, referral: Referral) -> SafeString:
        """Show who referred them, with the address of their page."""
        return person(participant_link(referral.referrer))

    @admin.display(description=gettext_lazy("program"))
    def program_and_way(self, referral: Referral) -> SafeString:
        """Show the program, and how the friend came to it."""
        return person(referral.program.name, code_cell(referral))

    @admin.display(description=gettext_lazy("status"))
    def state(self, referral: Referral) -> SafeString:
        """Show whether the friend has converted, and when."""
        shown = converted_badge(referral)
        label = badge(shown.label, shown.kind)
        return person(label, day(referral.date_converted)) if referral.date_converted else label

    @admin.display(description=gettext_lazy("rewards given"))
    def given(self, referral: Any) -> SafeString:
        """Show what the referral has given, to both sides together."""
        shown = given_text(referral.given)
        return person(shown.amounts, shown.count) if shown else dash()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows what each referral has given."""
        return ReferralChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Referral], search_term: str
    ) -> tuple[QuerySet[Referral], bool]:
        """Search by the index of participants' words instead of a scan with LIKE."""
        return self.shown(request, search_referrals(search_term, among=queryset))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a referral is added on the friend's page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Referral | None = None) -> bool:
        """Refuse: a referral stays as it came."""
        return False

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer nothing: a referral is added on the friend's page."""
        return ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Referral]:
        """Return the referrals with both sides and the program."""
        return super().get_queryset(request).select_related("program", "referrer", "referred")

    def detail_header(self, request: HttpRequest, obj: Referral) -> DetailHeader:
        """Say who came through whom, where and how."""
        shown = converted_badge(obj)
        return DetailHeader(
            title=_("%(friend)s, referred by %(advocate)s") % {"friend": obj.referred, "advocate": obj.referrer},
            badges=(Badge(shown.label, shown.kind),),
            facts=(
                Fact(_("Friend"), participant_link(obj.referred)),
                Fact(str(pgettext_lazy("person", "Advocate")), participant_link(obj.referrer)),
                Fact(_("Program"), program_link(obj.program)),
                Fact(_("How"), code_cell(obj)),
                Fact(_("Started"), instant(obj.date_started)),
                Fact(_("Converted"), instant(obj.date_converted) if obj.date_converted else _("Not yet")),
            ),
        )
