"""A draft or version as a document in a frame: with a made-up participant, and nothing in it reaches anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from team.models import User
from widget.colours import colours_of
from widget.editor import preview_language
from widget.forms import part_form
from widget.models import Display, DisplayVersion
from widget.queries import draft_of, published_versions
from widget.rendering import render
from widget.stored import StoredComponent
from widget.viewers import SampleViewer

POLICY: Final[dict[str, list[str]]] = {
    "default-src": [NONE],
    "script-src": [SELF, settings.BASE_URL],
    "style-src": [SELF, settings.BASE_URL],
    "img-src": [SELF, "https:", "data:"],
    "connect-src": [NONE],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    # Its script may leaf through codes; without an origin of its own it can do nothing in the member's name.
    "sandbox": ["allow-scripts", "allow-popups"],
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What a preview renders: a version, or a draft with what somebody is typing."""

    components: Sequence[dict[str, Any]]


@never_cache
def preview_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Show the draft, ``?version=`` an earlier one, or the draft with what a component's form holds; save nothing."""
    if not cast("User", request.user).has_perm("widget.view_display"):
        raise PermissionDenied
    display = get_object_or_404(Display.objects.select_related("program"), pk=display_id)

    @xframe_options_sameorigin
    @csp_replace(POLICY)
    def show(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(_document(request, display))

    return cast("HttpResponse", show(request))


def _document(request: HttpRequest, display: Display) -> str:
    return render(
        _arrangement(request, display),
        viewer=SampleViewer(program=display.program, at=now()),
        language=preview_language(request),
        colours=colours_of(display),
    )


def _arrangement(request: HttpRequest, display: Display) -> Arrangement:
    number = request.GET.get("version", "")
    version = _version(display, number) if number else draft_of(display)
    if request.method != "POST":
        return Arrangement(version.components)
    return Arrangement([_as_typed(request, stored) for stored in version.components])


def _version(display: Display, number: str) -> DisplayVersion:
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    version = published_versions(display).filter(number=int(number)).first() if is_number else None
    if version is None:
        raise Http404
    return version


def _as_typed(request: HttpRequest, stored: dict[str, Any]) -> dict[str, Any]:
    """Return a component with what its form holds, if that could be saved."""
    if stored["id"] != request.GET.get("component"):
        return stored
    part = StoredComponent.read(stored)
    try:
        form = part_form(request.POST, part, seen=0)
    except DomainError:
        return stored
    return form.part(part).stored() if form.is_valid() else stored
