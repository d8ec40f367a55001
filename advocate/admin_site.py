from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from advocate.engage_menu import menu_for


class AdvocateAdminSite(admin.AdminSite):
    """Django's admin with the Engage menu around it."""

    site_header = _("Advocate")
    site_title = _("Advocate")
    index_title = _("Overview")
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every admin page shows: the menu beside Django's own."""
        return {**super().each_context(request), "engage_menu": menu_for(request)}

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Log a member in; who has tried too often gets 429, so that proxies and scripts understand it as well."""
        answer = super().login(request, extra_context)
        form = (getattr(answer, "context_data", None) or {}).get("form")
        if getattr(form, "locked", False):
            answer.status_code = 429
        return answer
