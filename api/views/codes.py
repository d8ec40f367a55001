from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.access import ANYONE, KEY_READS, Caller, caller_of
from api.errors import code_not_found, reply
from api.instants import milliseconds
from api.schemas.codes import CodeOut
from api.throttle import UNKNOWN_CODES, count_call, refuse_if_spent
from api.views.users import REFUSED
from promocodes.queries.checking import WorkingCode, working_code

router = Router(tags=["Codes"])


@router.get("/open/code/{code}", auth=ANYONE, response={200: CodeOut, **REFUSED})
def check_code(request: HttpRequest, code: str) -> HttpResponse:
    """Return a referral code or a promo code if a friend can use it now; everything else is answered 404."""
    caller = caller_of(request)
    if caller.key is None:
        refuse_if_spent(request, UNKNOWN_CODES, at=caller.at)
    return reply(_checked(request, caller, code))


@router.get("/code/{code}", auth=KEY_READS, response={200: CodeOut, **REFUSED}, deprecated=True)
def check_code_by_key(request: HttpRequest, code: str) -> HttpResponse:
    """Do the same for older clients."""
    return reply(_checked(request, caller_of(request), code))


def _checked(request: HttpRequest, caller: Caller, code: str) -> dict[str, Any]:
    found = working_code(code, at=caller.at)
    if found is None:
        if caller.key is None:
            count_call(request, UNKNOWN_CODES, at=caller.at)
        raise code_not_found()
    return code_out(found)


def code_out(found: WorkingCode) -> dict[str, Any]:
    """Return a code as the API writes it."""
    advocate = found.advocate
    name = f"{advocate.first_name} {advocate.last_name[:1]}".strip()
    return {
        "code": found.code,
        "dateCreated": milliseconds(found.created_at),
        "programId": found.program.key,
        "referrerName": name,
        "reward": None,
    }
