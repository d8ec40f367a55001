"""What a visitor to a microsite came with: the code of whoever sent them, from the address or an earlier visit."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import parse_qs, urlencode

from django.http import HttpRequest, HttpResponse

from api.cookies import codes_of_cookie
from api.errors import ApiError
from programs.models import Touch
from rewards.attribution import SentCode
from team.queries import company
from widget.microsite.cookies import keep, kept

CAME = "microsite-came"
CAME_DAYS = 30
LONGEST = 3000


def remember_code(request: HttpRequest, answer: HttpResponse, *, path: str) -> None:
    """Keep the code in the address, if it has one, for when the visitor is known."""
    sent = {name: request.GET[name] for name in ("rsCode", "_saasquatch") if request.GET.get(name)}
    told = urlencode(sent)
    if sent and len(told) <= LONGEST:
        keep(answer, CAME, told, path=path, days=CAME_DAYS)


def touches_of(request: HttpRequest) -> list[SentCode]:
    """Return the codes that the visitor came with; what cannot be read counts for nothing."""
    sent = parse_qs(kept(request, CAME)[:LONGEST])
    touches = [SentCode(code, Touch.Door.UPSERT) for code in sent.get("rsCode", [])[:1]]
    with suppress(ApiError):
        for cookie in sent.get("_saasquatch", [])[:1]:
            touches += codes_of_cookie(cookie, tenant_alias=company().tenant_alias)
    return touches
