"""A widget as a page of its own, for a frame without the shop's script or for an app: strict, and framed by few."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request
from django.views.decorators.http import require_safe

from api.access import Token
from api.origins import own_origin
from widget.doors.callers import WHOEVER, let_in
from widget.graphql.areas import Call
from widget.loading import Asker, Wanted, load
from widget.models import AllowedOrigin

POLICY: Final = (
    "default-src 'none'; script-src {own}; style-src {own}; img-src {own} https:; connect-src {own}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {sites}"
)


@require_safe
def frame_view(request: HttpRequest, tenant_alias: str) -> HttpResponse:
    """Show a widget to whom the token names; it stands in the address, since a frame can send no header."""
    query = request.GET
    token = query.get("jwt", "")
    caller = Token().admit(request, token) if token else let_in(request, WHOEVER)
    wanted = Wanted(
        widget_type=query.get("widgetType", ""),
        medium=query.get("engagementMedium", "MOBILE"),
        locale=query.get("locale", ""),
        browsers=get_language_from_request(request),
    )
    participant = Call(request, caller).needed_participant() if caller.subject else None
    loaded = load(wanted, participant=participant, asker=Asker(caller, tenant_alias, token))
    sites = AllowedOrigin.objects.filter(program=loaded.version.display.program).order_by("origin")
    ancestors = " ".join([own_origin(), *sites.values_list("origin", flat=True)])
    answer = HttpResponse(loaded.template)
    answer.headers["Content-Security-Policy"] = POLICY.format(own=own_origin(), sites=ancestors)
    answer.headers["Referrer-Policy"] = "no-referrer"  # the token stands in the address
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
