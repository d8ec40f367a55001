from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.access import ANYONE, KEY_READS, USER_WRITES, Caller, caller_of, refuse_others
from api.errors import bad_request, code_not_found, reply
from api.idempotency import Answer, Call, once
from api.instants import milliseconds
from api.schemas.codes import CodeOut
from api.schemas.users import NoBody
from api.throttle import UNKNOWN_CODES, count_call, refuse_if_spent
from api.views.users import REFUSED, found_user
from programs.models import Touch, TouchOutcome
from promocodes.queries.checking import WorkingCode, working_code
from rewards import attribution

router = Router(by_alias=True, tags=["Codes"])
# Refusals that say nothing about a code that the user does not know already.
TOLD: Final = {
    TouchOutcome.ALREADY_REFERRED: "This user was referred before.",
    TouchOutcome.OWN_CODE: "A user cannot be referred by their own code.",
    TouchOutcome.FRIEND_BLOCKED: "This user is blocked.",
    TouchOutcome.NOT_REFERABLE: "This user cannot be referred.",
}


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


@router.post(
    "/open/code/{code}/account/{path:account_id}/user/{path:user_id}",
    auth=USER_WRITES,
    response={200: CodeOut, **REFUSED},
)
def apply_code(
    request: HttpRequest, code: str, account_id: str, user_id: str, body: NoBody | None = None
) -> HttpResponse:
    """
    Refer a user by a code that they typed; the same code again changes nothing.

    Refused with 400 are a user's own code, and a user who was referred before or cannot be; with 404 every other code.
    """
    caller = caller_of(request)
    refuse_others(caller, account_id, user_id)
    if caller.key is None:
        refuse_if_spent(request, UNKNOWN_CODES, at=caller.at)
    answer = once(request, lambda call: _applied(call, code, account_id, user_id))
    if caller.key is None and answer.status_code == 404:
        count_call(request, UNKNOWN_CODES, at=caller.at)
    return answer


def _applied(call: Call, code: str, account_id: str, user_id: str) -> Answer:
    """Return the answer; a refusal is one, too, because what is raised would undo the touch that is kept of it."""
    friend = found_user(account_id, user_id)
    caller = call.caller
    applied = attribution.apply_code(friend=friend, text=code, by=caller.actor, at=caller.at, door=Touch.Door.APPLIED)
    if applied.code is not None:
        return Answer(code_out(applied.code))
    outcome = applied.outcome.outcome
    refusal = bad_request(TOLD[outcome], code=outcome.value.upper()) if outcome in TOLD else code_not_found()
    return Answer(refusal.body(), refusal.status)


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
