from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import (
    Action,
    Badge,
    DetailHeader,
    Fact,
    ThemedModelAdmin,
    ago,
    badge,
    dash,
    instant,
    mono,
    person,
)
from advocate.lib.admin.parts import Kind
from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from team.audit import Actor
from team.forms import ApiKeyForm
from team.models import ApiKey, User
from team.operations import NewApiKey, revoke_api_key
from team.queries import company

SCOPE_KINDS: dict[str, Kind] = {"read": "neutral", "write": "info", "money": "warning"}


@admin.register(ApiKey)
class ApiKeyAdmin(ThemedModelAdmin[ApiKey]):
    page_title = gettext_lazy("API keys")
    page_lead = gettext_lazy("What your shop's server shows to use the API. Give each program that calls its own key.")
    list_display = ("who", "scope_badge", "sid", "created", "used", "state")
    detail_page = "api_key"
    list_filter = ("scope",)
    search_fields = ("name__istartswith", "account_sid__exact")
    search_help_text = gettext_lazy("Name or account SID")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    empty_title = gettext_lazy("No API keys yet")
    empty_text = gettext_lazy("A shop's server needs one to register users, check codes and redeem rewards.")
    empty_icon = "keys"

    def get_urls(self) -> list[URLPattern]:
        """Offer the list, the form for a new key, and revoking."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="team_apikey_changelist"),
            path("add/", wrap(self.create_view), name="team_apikey_add"),
            path("<int:key_id>/change/", wrap(self.key_view), name="team_apikey_change"),
            path("<int:key_id>/revoke/", wrap(self.revoke_view), name="team_apikey_revoke"),
        ]

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Refuse Django's own form: a key is made and revoked, never changed."""
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Allow the filter on the page and nothing that could feel its way along a secret's digest."""
        return lookup == "scope__exact"

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer to create one."""
        if not self.has_add_permission(request):
            return ()
        return (Action(_("Create API key"), self._url("add"), primary=True, icon="plus"),)

    @admin.display(description=gettext_lazy("Name"))
    def who(self, key: ApiKey) -> SafeString:
        """Show its name above who created it."""
        return person(key.name, key.created_by)

    @admin.display(description=gettext_lazy("Scope"))
    def scope_badge(self, key: ApiKey) -> SafeString:
        """Show what it may do, in a badge."""
        return badge(key.get_scope_display(), SCOPE_KINDS[key.scope])

    @admin.display(description=gettext_lazy("Account SID"))
    def sid(self, key: ApiKey) -> SafeString:
        """Show the account SID, each character as it is."""
        return mono(key.account_sid)

    @admin.display(description=gettext_lazy("Created"))
    def created(self, key: ApiKey) -> SafeString:
        """Show since when there is the key."""
        return instant(key.created_at)

    @admin.display(description=gettext_lazy("Last used"))
    def used(self, key: ApiKey) -> SafeString:
        """Show when it was last used, if ever."""
        return ago(key.last_used_at) if key.last_used_at else dash()

    @admin.display(description=gettext_lazy("Status"))
    def state(self, key: ApiKey) -> SafeString:
        """Show whether it still opens anything."""
        return badge(_("Revoked")) if key.is_revoked else badge(_("Active"), "success")

    def detail_header(self, request: HttpRequest, obj: ApiKey) -> DetailHeader:
        """Say what it may do and whether it still opens anything."""
        state = Badge(_("Revoked")) if obj.is_revoked else Badge(_("Active"), "success")
        facts = [
            Fact(_("Account SID"), mono(obj.account_sid)),
            Fact(_("Created"), instant(obj.created_at)),
            Fact(_("Created by"), obj.created_by),
            Fact(_("Last used"), instant(obj.last_used_at)),
        ]
        if obj.is_revoked:
            facts.append(Fact(_("Revoked"), instant(obj.revoked_at)))
        scope = Badge(obj.get_scope_display(), SCOPE_KINDS[obj.scope])
        return DetailHeader(title=obj.name, badges=(scope, state), facts=tuple(facts))

    def key_view(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """Show a key; its secret is shown nowhere again."""
        return self.detail_view(request, str(key_id))

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """Make a key and show its secret in the answer, which the admin forbids to cache."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ApiKeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = form.save(by=_actor(request))
            except DomainError as refusal:
                messages.warning(request, str(refusal))
                return HttpResponseRedirect(self._url("changelist"))
            return self._show(request, made)
        return self._page(request, "team/api_keys/create.html", title=_("Create API key"), form=form)

    def revoke_view(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """Ask, then revoke a key."""
        if not request.user.has_perm("team.change_apikey"):
            raise PermissionDenied
        key = get_object_or_404(ApiKey, pk=key_id)
        if request.method != "POST":
            return self._page(
                request, "team/api_keys/revoke.html", title=_("Revoke %(name)s?") % {"name": key}, key=key
            )
        try:
            revoke_api_key(key=key, by=_actor(request), at=now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("“%(name)s” is revoked. Calls with it are refused.") % {"name": key})
        return HttpResponseRedirect(self._url("changelist"))

    def _show(self, request: HttpRequest, made: NewApiKey) -> HttpResponse:
        return self._page(
            request,
            "team/api_keys/created.html",
            title=_("“%(name)s” is ready") % {"name": made.key},
            made=made,
            tenant_alias=company().tenant_alias,
        )

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        request.current_app = self.admin_site.name
        page = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, page)


def _actor(request: HttpRequest) -> Actor:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return Actor.of(request.user)
