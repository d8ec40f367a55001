from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from api.access import tenant_alias_of
from api.cookies import codes_by_program
from api.errors import reply
from programs.queries import codes_that_referred
from widget.doors.callers import WHOEVER, let_in
from widget.graphql.areas import Call


@require_safe
def cookie_view(request: HttpRequest, tenant_alias: str) -> HttpResponse:
    """
    Return the codes that a friend came with, for the shop's script to fill in: from their cookie, else their referral.

    ``codes`` is an object with a place for each program and one called ``0``, because clients read it either way.
    """
    caller = let_in(request, WHOEVER)
    cookie = request.GET.get("cookies", "")
    codes: dict[str, Any] = dict(codes_by_program(cookie, tenant_alias=tenant_alias_of(request)))
    if not codes:
        friend = Call(request, caller).participant
        codes = {str(place): code for place, code in enumerate(codes_that_referred(friend)[:1])} if friend else {}
    return reply({"codes": {"0": next(iter(codes.values())), **codes} if codes else {}})
