from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, ThemedModelAdmin, mono
from advocate.lib.clock import now
from programs.admin.form_layout import laid_out
from programs.admin.form_pages import actor_of, form_data, form_page
from rewards.admin.settings_pages import settings_page
from rewards.forms import EditUnitForm, EditUsedUnitForm, UnitForm
from rewards.models import RewardUnit
from rewards.operations import UnitDefinition, add_unit, change_unit
from rewards.queries import unit_is_used

LAYOUT = "rewards/unit_form.html"


@admin.register(RewardUnit)
class RewardUnitAdmin(ThemedModelAdmin[RewardUnit]):
    """The units that rewards are counted in, of which a company has a handful."""

    page_title = gettext_lazy("Reward Units")
    page_lead = gettext_lazy("What rewards are counted in: money, credit, points, free months or anything else.")
    list_display = ("title", "unit_id", "kind", "currency", "exponent")
    list_display_links = ("title",)
    numeric_columns = ("exponent",)
    search_fields = ("key", "name")
    search_help_text = gettext_lazy("Name or unit ID")
    ordering = ("key",)
    empty_title = gettext_lazy("No reward units yet")
    empty_text = gettext_lazy("Add the first one, such as US dollars or Points, to give rewards in it.")
    empty_icon = "units"

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def title(self, unit: RewardUnit) -> str:
        """Show the name that people read."""
        return unit.name

    @admin.display(description=gettext_lazy("unit ID"), ordering="key")
    def unit_id(self, unit: RewardUnit) -> SafeString:
        """Show the id, each character as it is."""
        return mono(unit.key)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Lead only those to the form who may use it."""
        return super().get_list_display_links(request, list_display) if self.has_change_permission(request) else None

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer to add a unit to who may."""
        if not self.has_add_permission(request):
            return ()
        return (Action(_("Add Reward Unit"), self._url("add"), primary=True, icon="plus"),)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add a unit."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UnitForm(form_data(request), initial={"kind": RewardUnit.Kind.CREDIT})

        def submit() -> str:
            unit = add_unit(definition=form.definition(), by=actor_of(request), at=now())
            messages.success(request, _("%(unit)s was added.") % {"unit": unit.key})
            return self._url("changelist")

        lead = _("Once rewards count in it, only its name can be changed.")
        response = form_page(
            request, page=settings_page(self, _("Add Reward Unit"), lead=lead), form=form, submit=submit
        )
        return laid_out(response, LAYOUT)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change a unit; once it is used, only its name."""
        unit = self.get_object(request, unquote(object_id))
        if unit is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_change_permission(request, unit):
            raise PermissionDenied
        if unit_is_used(unit):
            return self._rename_view(request, unit)
        form = EditUnitForm(form_data(request), initial=EditUnitForm.initial_of(unit))
        page = settings_page(self, unit.key, history_url=self.history_url(request, unit))
        response = form_page(
            request, page=page, form=form, submit=lambda: self._change(request, unit, form, form.definition())
        )
        return laid_out(response, LAYOUT)

    def _rename_view(self, request: HttpRequest, unit: RewardUnit) -> HttpResponse:
        form = EditUsedUnitForm(form_data(request), initial=EditUsedUnitForm.initial_of(unit))
        lead = _(
            "Rewards count in %(unit)s, so its ID, currency and decimal places stay: another value would change "
            "what people were promised."
        )
        page = settings_page(
            self, unit.key, lead=lead % {"unit": unit.key}, history_url=self.history_url(request, unit)
        )
        return form_page(
            request, page=page, form=form, submit=lambda: self._change(request, unit, form, form.definition(unit))
        )

    def _change(
        self,
        request: HttpRequest,
        unit: RewardUnit,
        form: EditUnitForm | EditUsedUnitForm,
        definition: UnitDefinition,
    ) -> str:
        change_unit(unit=unit, definition=definition, seen_at=form.seen_at(), by=actor_of(request), at=now())
        messages.success(request, _("The changes were saved."))
        return self._url("changelist")
