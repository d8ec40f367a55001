from __future__ import annotations

from typing import Any, Final, NoReturn

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from api.access import (
    ANYONE,
    KEY_READS,
    KEY_WRITES,
    USER_READS,
    USER_WRITES,
    caller_of,
    refuse_others,
)
from api.errors import account_not_found, code_not_found, not_for_accounts, reply, user_not_found
from api.registering import registration_of, touches_of
from api.schemas.users import NoBody, OpenUser, Problem, User, UserBody, UserByCode, Users
from api.throttle import UNKNOWN_CODES, count_call, refuse_if_spent
from api.wire.users import chosen, open_user, page, plain_user, user_by_code
from programs import operations
from programs.models import Participant
from programs.queries import advocate_of_code, participant_of, primary_codes_of, search_participants
from rewards import attribution
from rewards.operations import delete_account, delete_participant

router = Router(by_alias=True, tags=["Users"])
REFUSED: Final = {400: Problem, 401: Problem, 403: Problem, 404: Problem}
MOST: Final = 1000
BLOCKED_BY_API: Final = "Blocked through the API"


@router.put(
    "/open/account/{path:account_id}/user/{path:user_id}", auth=USER_WRITES, response={200: OpenUser, **REFUSED}
)
def upsert_user(
    request: HttpRequest,
    account_id: str,
    user_id: str,
    body: UserBody,
    fields: str = "",
    extra_fields: str = Query("", alias="extraFields"),
) -> HttpResponse:
    """
    Register a user, or change what differs; the reply has their code and share links in every live program.

    In each program the first valid code of `referredByCodes` and `cookies` refers the user, for good. A code that is
    refused is no error here: the participant's page tells why.
    """
    caller = caller_of(request)
    user = attribution.upsert_user(
        account_id=account_id,
        user_id=user_id,
        registration=registration_of(caller, account_id, user_id, body),
        touches=touches_of(request, body),
        by=caller.actor,
        at=caller.at,
    )
    return reply(chosen(open_user(user), fields=fields, extra_fields=extra_fields))


@router.post(
    "/open/account/{path:account_id}/user/{path:user_id}", auth=USER_WRITES, response={201: OpenUser, **REFUSED}
)
def create_user(request: HttpRequest, account_id: str, user_id: str, body: UserBody) -> HttpResponse:
    """Register a new user."""
    caller = caller_of(request)
    user = attribution.create_user(
        account_id=account_id,
        user_id=user_id,
        registration=registration_of(caller, account_id, user_id, body),
        touches=touches_of(request, body),
        by=caller.actor,
        at=caller.at,
    )
    return reply(open_user(user), status=201)


@router.get("/open/account/{path:account_id}/user/{path:user_id}", auth=USER_READS, response={200: OpenUser, **REFUSED})
def get_user(
    request: HttpRequest,
    account_id: str,
    user_id: str,
    fields: str = "",
    extra_fields: str = Query("", alias="extraFields"),
) -> HttpResponse:
    """Return a user."""
    refuse_others(caller_of(request), account_id, user_id)
    user = open_user(attribution.user_of(found_user(account_id, user_id)))
    return reply(chosen(user, fields=fields, extra_fields=extra_fields))


@router.delete("/open/account/{path:account_id}/user/{path:user_id}", auth=KEY_WRITES, response={204: None, **REFUSED})
def delete_user(
    request: HttpRequest,
    account_id: str,
    user_id: str,
    do_not_track: bool = Query(False, alias="doNotTrack"),
    preserve_empty_account: bool = Query(True, alias="preserveEmptyAccount"),
) -> HttpResponse:
    """
    Forget a user: name, e-mail, ids, events and codes go, rewards not yet redeemed are cancelled.

    The ledger of what was redeemed stays, without a name. With `doNotTrack` the ids cannot be registered again.
    `preserveEmptyAccount` changes nothing: an account is no more than its users.
    """
    caller = caller_of(request)
    participant = found_user(account_id, user_id)
    delete_participant(participant=participant, do_not_track=do_not_track, by=caller.actor, at=caller.at)
    return HttpResponse(status=204)


@router.delete("/open/account/{path:account_id}", auth=KEY_WRITES, response={204: None, **REFUSED})
def delete_users_of_account(
    request: HttpRequest, account_id: str, do_not_track: bool = Query(False, alias="doNotTrack")
) -> HttpResponse:
    """Forget all users of an account, each as one who is deleted alone; again deletes who was left by a failed call."""
    caller = caller_of(request)
    if not delete_account(account_id=account_id, do_not_track=do_not_track, by=caller.actor, at=caller.at):
        raise account_not_found()
    return HttpResponse(status=204)


@router.get("/open/user", auth=ANYONE, response={200: UserByCode, **REFUSED})
def get_user_by_code(request: HttpRequest, referral_code: str = Query(alias="referralCode")) -> HttpResponse:
    """Return what anybody may know of the advocate whose referral code this is, primary or not."""
    caller = caller_of(request)
    if caller.key is None:
        refuse_if_spent(request, UNKNOWN_CODES, at=caller.at)
    code = advocate_of_code(referral_code)
    if code is None:
        if caller.key is None:
            count_call(request, UNKNOWN_CODES, at=caller.at)
        raise code_not_found()
    return reply(user_by_code(code))


@router.get("/user", auth=KEY_READS, response={200: User, **REFUSED})
def get_plain_user_by_code(request: HttpRequest, referral_code: str = Query(alias="referralCode")) -> HttpResponse:
    """Return the user whose referral code this is."""
    code = advocate_of_code(referral_code)
    if code is None:
        raise code_not_found()
    return reply(plain_user(code.participant, code=code.code))


@router.post("/user", auth=KEY_WRITES, response={200: User, **REFUSED}, deprecated=True)
def upsert_plain_user(request: HttpRequest, body: UserBody) -> HttpResponse:
    """Do for older clients what `PUT` does at the user's own address."""
    caller = caller_of(request)
    user = attribution.upsert_user(
        account_id=body.account_id,
        user_id=body.id,
        registration=registration_of(caller, body.account_id, body.id, body),
        touches=touches_of(request, body),
        by=caller.actor,
        at=caller.at,
    )
    return reply(_with_code(user.participant))


@router.post("/accountsync", auth=KEY_WRITES, response=REFUSED, deprecated=True)
def sync_account(request: HttpRequest) -> NoReturn:
    """Refuse what only programs of a former kind have: accounts with subscriptions; users are all there is."""
    raise not_for_accounts()


@router.get("/users", auth=KEY_READS, response={200: Users, **REFUSED})
def list_users(
    request: HttpRequest,
    query: str = "",
    limit: int = Query(10, ge=1, le=MOST),
    offset: int = Query(0, ge=0, le=10**9),
) -> HttpResponse:
    """Return users, the newest first; `query` finds the beginnings of names, e-mail addresses and ids."""
    found = search_participants(query).rows.order_by("-created_at", "-pk")
    shown = list(found[offset : offset + limit])
    codes = primary_codes_of(shown)
    rows = (plain_user(participant, code=codes.get(participant.pk, "")) for participant in shown)
    return reply(page("users", rows, found.count()))


@router.post("/account/{path:account_id}/user/{path:user_id}/block", auth=KEY_WRITES, response={200: NoBody, **REFUSED})
def block_user(request: HttpRequest, account_id: str, user_id: str, body: NoBody | None = None) -> HttpResponse:
    """Keep a user from referring and being referred; doing so again changes nothing."""
    caller = caller_of(request)
    operations.block_participant(
        participant=found_user(account_id, user_id), reason=BLOCKED_BY_API, by=caller.actor, at=caller.at
    )
    return reply({})


@router.post(
    "/account/{path:account_id}/user/{path:user_id}/unblock", auth=KEY_WRITES, response={200: NoBody, **REFUSED}
)
def unblock_user(request: HttpRequest, account_id: str, user_id: str, body: NoBody | None = None) -> HttpResponse:
    """Let a blocked user refer and be referred again."""
    caller = caller_of(request)
    operations.unblock_participant(
        participant=found_user(account_id, user_id), reason="", by=caller.actor, at=caller.at
    )
    return reply({})


# An id may hold a slash, so that these addresses come after those which begin like them.
@router.get(
    "/account/{path:account_id}/user/{path:user_id}", auth=KEY_READS, response={200: User, **REFUSED}, deprecated=True
)
def get_plain_user(request: HttpRequest, account_id: str, user_id: str) -> HttpResponse:
    """Return a user to older clients."""
    return reply(_with_code(found_user(account_id, user_id)))


@router.get("/account/{path:account_id}", auth=KEY_READS, response=REFUSED, deprecated=True)
def get_account(request: HttpRequest, account_id: str) -> NoReturn:
    """Refuse it for the same reason."""
    raise not_for_accounts()


def _with_code(participant: Participant) -> dict[str, Any]:
    return plain_user(participant, code=primary_codes_of([participant]).get(participant.pk, ""))


def found_user(account_id: str, user_id: str) -> Participant:
    """
    Return the participant of a path.

    :raises ApiError: if there is none
    """
    participant = participant_of(account_id=account_id, user_id=user_id)
    if participant is None:
        raise user_not_found()
    return participant
