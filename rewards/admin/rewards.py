from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, DetailHeader, Fact, ThemedModelAdmin, badge, dash, instant, mono, person
from advocate.lib.clock import now
from programs.search import MORE_PEOPLE
from rewards.admin import reward_forms
from rewards.amounts import amount_text
from rewards.badges import status_badge
from rewards.forms import ReasonForm, RedeemForm
from rewards.models import Reward, RewardType
from rewards.queries import search_rewards


@admin.register(Reward)
class RewardAdmin(ThemedModelAdmin[Reward]):
    """The feed of all rewards and each one's page."""

    page_title = gettext_lazy("Reward Feed")
    page_lead = gettext_lazy("Everything that participants were given or promised, the newest first.")
    list_display = ("created", "participant_name", "title", "value", "program_and_source", "state")
    list_display_links = ("title",)
    list_select_related = ("participant", "unit", "program")
    list_filter = ("status", "unit", "program", "rule", "type", "source", "date_created")
    numeric_columns = ("value",)
    ordering = ("-date_created", "-id")
    sortable_by = ("created",)
    search_fields = ("public_id",)  # shows the field; get_search_results does the search
    search_help_text = gettext_lazy("Participant's name, e-mail or ID, or a reward ID")
    empty_title = gettext_lazy("No rewards yet")
    empty_text = gettext_lazy("Open a participant and choose Add Reward, or let your programs' rules give them.")
    empty_icon = "feed"
    cut_text = MORE_PEOPLE
    detail_page = "reward"
    detail_only = True
    detail_template = "rewards/reward.html"

    @admin.display(description=gettext_lazy("date created"), ordering="date_created")
    def created(self, reward: Reward) -> SafeString:
        """Show when it was given or promised."""
        return instant(reward.date_created)

    @admin.display(description=gettext_lazy("participant"))
    def participant_name(self, reward: Reward) -> SafeString:
        """Show whose it is, with the address of their page."""
        participant = reward.participant
        return format_html('<a href="{}">{}</a>', participant_url(reward), person(str(participant), participant.email))

    @admin.display(description=gettext_lazy("reward"))
    def title(self, reward: Reward) -> SafeString:
        """Show what it is called and of which type it is."""
        return person(reward.name, reward.get_type_display()) if reward.name else person(reward.get_type_display())

    @admin.display(description=gettext_lazy("value"))
    def value(self, reward: Reward) -> SafeString:
        """Show what it is worth, and in which unit."""
        return person(amount_text(reward.amount, reward.unit), reward.unit.key if reward.unit else "")

    @admin.display(description=gettext_lazy("program"))
    def program_and_source(self, reward: Reward) -> SafeString:
        """Show the program it is counted under, and how it came."""
        return person(reward.program.name if reward.program else dash(), reward.get_source_display())

    @admin.display(description=gettext_lazy("status"))
    def state(self, reward: Reward) -> SafeString:
        """Show the status, which past the expiry is EXPIRED before the task has run."""
        state = status_badge(reward, at=now())
        return badge(state.label, state.kind)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Reward], search_term: str
    ) -> tuple[QuerySet[Reward], bool]:
        """Search by the indexes of reward IDs and of participants' words instead of a scan with LIKE."""
        return self.shown(request, search_rewards(search_term, among=queryset))

    def has_change_permission(self, request: HttpRequest, obj: Reward | None = None) -> bool:
        """Refuse: a reward changes only by what is done with it."""
        return False

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer nothing: a reward is added on its participant's page."""
        return ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reward]:
        """Return the rewards with what their page shows."""
        return (
            super()
            .get_queryset(request)
            .select_related("participant", "unit", "program", "catalog_reward", "rule", "conversion")
        )

    def detail_header(self, request: HttpRequest, obj: Reward) -> DetailHeader:
        """Say what it is, whose, and what is left."""
        owner = format_html('<a href="{}">{}</a>', participant_url(obj), obj.participant)
        left = amount_text(obj.left, obj.unit) if obj.type == RewardType.CREDIT else dash()
        return DetailHeader(
            title=obj.name or f"{obj.get_type_display()} {amount_text(obj.amount, obj.unit)}",
            badges=(status_badge(obj, at=now()),),
            facts=(
                Fact(_("Participant"), owner),
                Fact(_("Value"), amount_text(obj.amount, obj.unit)),
                Fact(_("Not redeemed"), left),
                Fact(_("Reward ID"), mono(obj.public_id)),
            ),
        )

    def detail_actions(self, request: HttpRequest, obj: Reward) -> Sequence[Action]:
        """Offer what can be done with the reward as it is, to who may do it."""
        actions = []
        if reward_forms.can_redeem(request, obj):
            url = self._url("redeem", obj.pk)
            actions.append(Action(_("Redeem"), url, primary=True, icon="check", dialog="redeem-dialog"))
        if reward_forms.can_cancel(request, obj):
            url = self._url("cancel", obj.pk)
            actions.append(Action(_("Cancel reward"), url, danger=True, icon="ban", dialog="cancel-dialog"))
        return actions

    def _detail_context(self, request: HttpRequest, obj: Reward) -> dict[str, Any]:
        """Add the questions that the buttons ask."""
        dialogs: dict[str, Any] = {}
        if reward_forms.can_redeem(request, obj):
            dialogs["redeem_form"] = RedeemForm(reward=obj, auto_id="redeem_%s")
        if reward_forms.can_cancel(request, obj):
            dialogs["cancel_form"] = ReasonForm(auto_id="cancel_%s")
        return super()._detail_context(request, obj) | dialogs

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Give a reward to the participant that the address names."""
        return reward_forms.add_view(request)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that redeem, cancel and reverse."""
        view = self.admin_site.admin_view
        return [
            path("<int:reward_id>/redeem/", view(reward_forms.redeem_view), name="rewards_reward_redeem"),
            path("<int:reward_id>/cancel/", view(reward_forms.cancel_view), name="rewards_reward_cancel"),
            path("redemptions/<int:entry_id>/reverse/", view(reward_forms.reverse_view), name="rewards_entry_reverse"),
            *super().get_urls(),
        ]


def participant_url(reward: Reward) -> str:
    """Return the address of the page of whose it is."""
    return reverse("admin:programs_participant_change", args=[reward.participant_id])
