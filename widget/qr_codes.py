from __future__ import annotations

import io

import segno
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from programs.addresses import share_url


def qr_code(text: str) -> bytes:
    """Return a text as a QR code in SVG."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=0, omitsize=True)
    return drawn.getvalue()


@require_safe
def qr_view(request: HttpRequest, slug: str) -> HttpResponse:
    """Draw the address of a share link, be there one or not; drawing takes longer than all else of a widget."""
    answer = HttpResponse(qr_code(share_url(slug)), content_type="image/svg+xml")
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
