from __future__ import annotations

from typing import Final, cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from outbox.models import Email

POLICY: Final[dict[str, list[str]]] = {
    "default-src": [NONE],
    "script-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "font-src": [NONE],
    "connect-src": [NONE],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    # A link may leave the frame, in a tab of its own; nothing else can happen in it.
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def preview(request: HttpRequest, email: Email) -> HttpResponse:
    """Return a mail's HTML under a policy of its own: with inline styles, as mails have them, and nothing that runs."""

    @xframe_options_sameorigin
    @csp_replace(POLICY)
    def show(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(email.html.replace("<head>", '<head><base target="_blank">', 1))

    return cast("HttpResponse", show(request))
