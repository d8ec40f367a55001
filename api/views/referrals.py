from __future__ import annotations

import re
from datetime import datetime
from typing import Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from api.access import KEY_READS, USER_READS, caller_of, refuse_others
from api.errors import bad_request, not_found, reply
from api.instants import LATEST, instant
from api.schemas.referrals import ReferralOut, Referrals
from api.views.users import MOST, REFUSED
from api.wire.referrals import APPROVED, referrals_out
from api.wire.users import page
from programs.queries import Side, find_referrals, referral_of_id

router = Router(by_alias=True, tags=["Referrals"])
Moderation = Literal["PENDING", "APPROVED", "DENIED"]
REFERRAL_ID: Final = re.compile(r"0{8}([0-9a-f]{16})")
PERIOD: Final = re.compile(r"(\d{1,16})(?:,(\d{1,16}))?")


@router.get("/referrals", auth=KEY_READS, response={200: Referrals, **REFUSED})
def list_referrals(
    request: HttpRequest,
    referring_account_id: str | None = Query(None, alias="referringAccountId"),
    referring_user_id: str | None = Query(None, alias="referringUserId"),
    started: str = Query("", alias="dateReferralStarted", description="From an instant on, or `from,to`."),
    paid: str = Query("", alias="dateReferralPaid"),
    ended: str = Query("", alias="dateReferralEnded"),
    referred_moderation: Moderation | None = Query(None, alias="referredModerationStatus"),
    referrer_moderation: Moderation | None = Query(None, alias="referrerModerationStatus"),
    limit: int = Query(10, ge=1, le=MOST),
    offset: int = Query(0, ge=0, le=10**9),
) -> HttpResponse:
    """
    Return referrals, the newest first.

    Referrals are neither paid, ended nor held for moderation here: those filters find what says so, which is nothing.
    """
    since, until = _period("dateReferralStarted", started)
    _period("dateReferralPaid", paid)
    _period("dateReferralEnded", ended)
    found = find_referrals(referrer=Side(referring_account_id, referring_user_id), since=since, until=until)
    if paid or ended or {referred_moderation, referrer_moderation} - {None, APPROVED}:
        found = found.none()
    rows = referrals_out(list(found[offset : offset + limit]), at=caller_of(request).at)
    return reply(page("referrals", rows, found.count()))


@router.get("/referrals/{referral_id}", auth=KEY_READS, response={200: ReferralOut, **REFUSED})
def get_referral(request: HttpRequest, referral_id: str) -> HttpResponse:
    """Return a referral."""
    number = REFERRAL_ID.fullmatch(referral_id)
    referral = referral_of_id(int(number[1], 16)) if number else None
    if referral is None:
        raise not_found("There is no such referral.")
    return reply(referrals_out([referral], at=caller_of(request).at)[0])


@router.get("/open/referrals", auth=USER_READS, response={200: Referrals, **REFUSED})
def list_referrals_of_user(
    request: HttpRequest,
    referring_account_id: str | None = Query(None, alias="referringAccountId"),
    referring_user_id: str | None = Query(None, alias="referringUserId"),
    referred_account_id: str | None = Query(None, alias="referredAccountId"),
    referred_user_id: str | None = Query(None, alias="referredUserId"),
    started: str = Query("", alias="dateReferralStarted", description="From an instant on, or `from,to`."),
    limit: int = Query(10, ge=1, le=MOST),
    offset: int = Query(0, ge=0, le=10**9),
) -> HttpResponse:
    """Return the referrals that a user made, or by which a user came; both ids of one side are needed."""
    caller = caller_of(request)
    referrer = Side(referring_account_id, referring_user_id)
    referred = Side(referred_account_id, referred_user_id)
    whole = [side for side in (referrer, referred) if side.is_whole]
    if not whole:
        raise bad_request("Send referringAccountId with referringUserId, or referredAccountId with referredUserId.")
    refuse_others(caller, str(whole[0].account_id), str(whole[0].user_id))
    since, until = _period("dateReferralStarted", started)
    found = find_referrals(referrer=referrer, referred=referred, since=since, until=until)
    shown = list(found[offset : offset + limit])
    rows = referrals_out(shown, at=caller.at, friends_only=caller.subject is not None)
    return reply(page("referrals", rows, found.count()))


def _period(name: str, text: str) -> tuple[datetime | None, datetime | None]:
    """
    Return the instants from and to which a filter asks.

    :raises ApiError: if they are none
    """
    if not text:
        return None, None
    match = PERIOD.fullmatch(text)
    if match is None or any(int(part) > LATEST for part in match.groups() if part):
        raise bad_request(f"{name} must be an instant in milliseconds, or two of them with a comma between.")
    return instant(int(match[1])), instant(int(match[2])) if match[2] else None
