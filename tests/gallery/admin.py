"""Scratch admin pages over real models, one with everything that Django's admin can show."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString

from advocate.admin_site import AdvocateAdminSite
from advocate.lib.admin import Action, Badge, DetailHeader, Fact, ThemedModelAdmin, badge, instant, mono, person
from programs.models import Participant, Program, ReferralCode
from rewards.models import CatalogReward, RewardUnit
from tests.gallery.forms import GalleryForm


class GallerySite(AdvocateAdminSite):
    """The back office with scratch pages instead of the apps' own."""

    def get_urls(self) -> list[Any]:
        """Add the page of all components."""
        return [path("gallery/", self.admin_view(self.gallery), name="gallery"), *super().get_urls()]

    def gallery(self, request: HttpRequest) -> TemplateResponse:
        """Show every component once."""
        context = {**self.each_context(request), "title": "Components", "form": GalleryForm()}
        return TemplateResponse(request, "gallery/components.html", context)


site = GallerySite(name="admin")


class OpenAdmin(ThemedModelAdmin):
    """Open to every member, whatever the roles say."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_add_permission = has_change_permission = has_view_permission


class CodeInline(admin.TabularInline):
    """Rows in a form."""

    model = ReferralCode
    fields = ("code", "program", "is_primary")
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_add_permission = has_change_permission = has_view_permission


@admin.register(Participant, site=site)
class ParticipantAdmin(OpenAdmin):
    page_lead = "Everyone who can share, was referred, or holds a reward."
    list_display = ("who", "ids", "status", "value", "added")
    list_filter = ("referable", "country_code")
    search_fields = ("email__startswith", "first_name__istartswith")
    search_help_text = "Name or e-mail"
    numeric_columns = ("value",)
    ordering = ("-created_at", "pk")
    actions = ("greet",)
    detail_page = "gallery-participant"
    fieldsets = (
        (None, {"fields": ("account_id", "user_id")}),
        ("Person", {"fields": (("first_name", "last_name"), "email", "referable", "created_at")}),
        ("More", {"classes": ["collapse"], "description": "Rarely needed.", "fields": ("segments", "updated_at")}),
    )
    readonly_fields = ("updated_at",)
    inlines = (CodeInline,)

    @admin.action(description="Greet the chosen participants")
    def greet(self, request: HttpRequest, queryset: Any) -> None:
        self.message_user(request, f"Greeted {queryset.count()}.")

    @admin.display(description="participant", ordering="first_name")
    def who(self, obj: Participant) -> SafeString:
        return person(str(obj), obj.email)

    @admin.display(description="user ID", ordering="user_id")
    def ids(self, obj: Participant) -> SafeString:
        return mono(obj.user_id)

    @admin.display(description="status")
    def status(self, obj: Participant) -> SafeString:
        return badge("Active", "success") if obj.pk % 2 else badge("Blocked", "danger")

    @admin.display(description="value", ordering="pk")
    def value(self, obj: Participant) -> int:
        return obj.pk

    @admin.display(description="added", ordering="created_at")
    def added(self, obj: Participant) -> SafeString:
        return instant(obj.created_at)

    def detail_header(self, request: HttpRequest, obj: Participant) -> DetailHeader:
        facts = (Fact("User ID", mono(obj.user_id)), Fact("Added", instant(obj.created_at)))
        return DetailHeader(title=str(obj), subtitle=obj.email, badges=(Badge("Active", "success"),), facts=facts)

    def detail_actions(self, request: HttpRequest, obj: Participant) -> list[Action]:
        return [Action("Add reward", "/admin/", primary=True, icon="plus")]


@admin.register(Program, site=site)
class ProgramAdmin(OpenAdmin):
    page_title = "Program Rules"
    list_display = ("name", "status", "created_at")
    list_editable = ("status",)
    search_fields = ("name",)
    date_hierarchy = "created_at"
    empty_title = "No programs yet"
    empty_text = "A program says who earns what for a referral."

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(RewardUnit, site=site)
class RewardUnitAdmin(OpenAdmin):
    list_display = ("key", "name")
    search_fields = ("key",)


@admin.register(CatalogReward, site=site)
class CatalogRewardAdmin(OpenAdmin):
    list_display = ("name", "unit")
    autocomplete_fields = ("unit",)
