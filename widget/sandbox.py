"""A page of the back office that shows a widget as a shop's page does, with a demo participant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from advocate.lib.clock import now
from advocate.lib.pages import Page, register_page
from team.models import User
from team.queries import company
from widget.demo import LOCALES, demo_token, demo_user
from widget.embedding import LIBRARY
from widget.models import Display
from widget.widget_types import type_of


@dataclass(frozen=True, slots=True)
class Choices:
    """How the widget is to be shown."""

    language: str
    medium: str
    is_visitor: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Choices:
        """Return what was chosen, with the usual for what was not."""
        asked = request.GET
        return cls(
            language="zh" if asked.get("language") == "zh" else "en",
            medium="POPUP" if asked.get("medium") == "POPUP" else "EMBED",
            is_visitor=asked.get("visitor") == "1",
        )


@require_safe
@never_cache
def sandbox_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Show a widget in the vendor's script, to a demo participant or a visitor, once a button is pressed."""
    if not cast("User", request.user).has_perm("widget.change_display"):
        raise PermissionDenied
    display = get_object_or_404(Display.objects.select_related("program"), pk=display_id, kind=Display.Kind.WIDGET)

    # The vendor's script sets styles of its frame in a way that is an inline style; nothing else here does.
    @csp_update(
        {
            "script-src": [settings.BASE_URL],
            "style-src": [settings.BASE_URL, UNSAFE_INLINE],
            "connect-src": [settings.BASE_URL],
            "img-src": [SELF, "https:"],
        }
    )
    def show(_request: HttpRequest) -> HttpResponse:
        return TemplateResponse(request, "widget/sandbox.html", _context(request, display)).render()

    return cast("HttpResponse", show(request))


def _context(request: HttpRequest, display: Display) -> dict[str, Any]:
    choices, at = Choices.of(request), now()
    user = demo_user(choices.language)
    setup = {
        "options": {
            "tenantAlias": company().tenant_alias,
            "domain": settings.BASE_URL,
            "npmCdn": f"{settings.BASE_URL}/a/npm",
        },
        "widgetType": type_of(display),
        "engagementMedium": choices.medium,
        "locale": LOCALES[choices.language],
        "user": None if choices.is_visitor else user,
        "token": "" if choices.is_visitor else demo_token(user, at=at),
    }
    return {
        **admin.site.each_context(request),
        "title": _("Sandbox"),
        "display": display,
        "choices": choices,
        "setup": setup,
        "library": static(LIBRARY),
    }


def register() -> None:
    """Add the page."""
    register_page(Page("widget-sandbox/<int:display_id>/", sandbox_view, "widget_sandbox"))
