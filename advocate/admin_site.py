from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from advocate.engage_menu import first_steps, menu_for, pages_named
from advocate.lib.pages import page_urls
from advocate.lib.panels import rendered_panels
from advocate.lib.search import SHORTEST_QUERY, is_too_short, search_everywhere

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
A_YEAR = 365 * 24 * 3600


class AdvocateAdminSite(admin.AdminSite):
    """Django's admin with the Engage menu around it, an Overview, and one search for all."""

    site_header = _("Advocate")
    site_title = _("Advocate")
    index_title = _("Overview")
    index_template = "admin/overview.html"
    enable_nav_sidebar = False
    empty_value_display = "–"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every admin page shows: the menu instead of Django's list of apps."""
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": self.site_url,
            "has_permission": self.has_permission(request),
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
            "engage_menu": menu_for(request),
        }

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Log a member in; who has tried too often gets 429, so that proxies and scripts understand it as well."""
        answer = super().login(request, extra_context)
        form = (getattr(answer, "context_data", None) or {}).get("form")
        if getattr(form, "locked", False):
            answer.status_code = 429
        return answer

    def password_change(  # type: ignore[override]  # a redirect is an answer, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one page for it."""
        return HttpResponseRedirect(reverse("own_password"))

    def password_change_done(  # type: ignore[override]  # a redirect is an answer, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the profile, which says so."""
        return HttpResponseRedirect(reverse("own_profile"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the pages that belong to no app."""
        own: list[URLResolver | URLPattern] = [
            path("search/", self.admin_view(self.search), name="search"),
            path("theme/", require_POST(choose_theme), name="theme"),
            *page_urls(self.admin_view),
        ]
        return own + list(super().get_urls())

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show Overview: what the apps have to say, or the first steps while they have nothing."""
        request.current_app = self.name
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "panels": rendered_panels(request, "overview"),
            "first_steps": first_steps(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.index_template or "admin/overview.html", context)

    def app_index(  # type: ignore[override]  # a redirect is an answer, too
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to Overview: how the code is divided is nothing that an admin needs to know."""
        return HttpResponseRedirect(reverse("admin:index"))

    def search(self, request: HttpRequest) -> HttpResponse:
        """Show everything that the words find; ``?fragment=1`` leaves the page around it out."""
        words = request.GET.get("q", "").strip()
        fragment = "fragment" in request.GET
        user: Any = request.user
        context = {
            "words": words,
            "pages": pages_named(words, request),
            "groups": search_everywhere(words, seeker=user, limit=5 if fragment else 20),
            "too_short": bool(words) and is_too_short(words),
            "shortest": SHORTEST_QUERY,
        }
        if fragment:
            return TemplateResponse(request, "admin/search_hits.html", context)
        page = {**self.each_context(request), "title": _("Search"), **context}
        return TemplateResponse(request, "admin/search.html", page)


def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice in a cookie, and lead back."""
    theme = request.POST.get("theme", "auto")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("admin:index")
    answer = HttpResponseRedirect(target)
    if theme in THEMES:
        answer.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return answer
