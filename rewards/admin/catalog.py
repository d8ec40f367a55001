from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, ThemedModelAdmin, badge, dash, mono, number, person
from advocate.lib.admin.paging import CappedChangeList
from advocate.lib.clock import now
from programs.admin.form_layout import laid_out
from programs.admin.form_pages import actor_of, form_data, form_page
from rewards.admin.settings_pages import settings_page
from rewards.amounts import amount_text
from rewards.forms import CatalogForm, EditCatalogForm
from rewards.models import CatalogReward
from rewards.operations import add_catalog_reward, change_catalog_reward
from rewards.periods import period_text
from rewards.queries import given_since

LAYOUT = "rewards/catalog_form.html"


class CatalogChangeList(CappedChangeList):
    """The catalog with how often each reward on the page was given."""

    def get_results(self, request: HttpRequest) -> None:
        """Count for the whole page in one query."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        counts = given_since(self.result_list, at=now())
        for entry in self.result_list:
            entry.given_count = counts.get(entry.pk, 0)


@admin.register(CatalogReward)
class CatalogRewardAdmin(ThemedModelAdmin[CatalogReward]):
    """The rewards that were described once, to be given many times."""

    page_title = gettext_lazy("Catalog")
    page_lead = gettext_lazy("Rewards that you describe once and give many times, by hand or by your programs' rules.")
    list_display = ("title", "value", "type", "validity", "given", "state")
    list_display_links = ("title",)
    list_select_related = ("unit",)
    list_filter = ("is_active", "type")
    numeric_columns = ("value", "given")
    search_fields = ("name", "key")
    search_help_text = gettext_lazy("Name or key")
    ordering = ("name", "id")
    empty_title = gettext_lazy("The catalog is empty")
    empty_text = gettext_lazy("Describe the first reward, such as $10 off, and give it to participants in two clicks.")
    empty_icon = "catalog"

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def title(self, entry: CatalogReward) -> SafeString:
        """Show the name with the key that files use."""
        return person(entry.name, mono(entry.key))

    @admin.display(description=gettext_lazy("value"))
    def value(self, entry: CatalogReward) -> str:
        """Show what it is worth."""
        return amount_text(entry.amount, entry.unit)

    @admin.display(description=gettext_lazy("expires after"))
    def validity(self, entry: CatalogReward) -> str | SafeString:
        """Show how long it lasts."""
        count = entry.validity_count
        return period_text(count, entry.validity_period) if count else dash()

    @admin.display(description=gettext_lazy("rewarded (30 days)"))
    def given(self, entry: Any) -> str | SafeString:
        """Show how often it was given lately."""
        return number(entry.given_count)

    @admin.display(description=gettext_lazy("status"), ordering="is_active")
    def state(self, entry: CatalogReward) -> SafeString:
        """Show whether it can be given."""
        return badge(_("Active"), "success") if entry.is_active else badge(_("Inactive"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows how often each reward was given."""
        return CatalogChangeList

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Lead only those to the form who may use it."""
        return super().get_list_display_links(request, list_display) if self.has_change_permission(request) else None

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer to add a reward to who may."""
        if not self.has_add_permission(request):
            return ()
        return (Action(_("Add Catalog Reward"), self._url("add"), primary=True, icon="plus"),)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add a reward to the catalog."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CatalogForm(form_data(request))

        def submit() -> str:
            entry = add_catalog_reward(definition=form.definition(), by=actor_of(request), at=now())
            messages.success(request, _("“%(name)s” was added to the catalog.") % {"name": entry.name})
            return self._url("changelist")

        response = form_page(request, page=settings_page(self, _("Add Catalog Reward")), form=form, submit=submit)
        return laid_out(response, LAYOUT)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change what is given from now on."""
        entry = self.get_object(request, unquote(object_id))
        if entry is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_change_permission(request, entry):
            raise PermissionDenied
        form = EditCatalogForm(form_data(request), initial=EditCatalogForm.initial_of(entry))

        def submit() -> str:
            change_catalog_reward(
                catalog_reward=entry,
                definition=form.definition(),
                seen_at=form.seen_at(),
                by=actor_of(request),
                at=now(),
            )
            messages.success(request, _("The changes were saved."))
            return self._url("changelist")

        lead = _("Changes hold for rewards given from now on; what was given before stays as it was.")
        page = settings_page(self, entry.name, lead=lead, history_url=self.history_url(request, entry))
        response = form_page(request, page=page, form=form, submit=submit)
        return laid_out(response, LAYOUT)
