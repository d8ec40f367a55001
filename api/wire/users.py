"""Participants as the API writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from api.errors import bad_request
from api.instants import milliseconds
from api.wire.share_links import links_of_user
from programs.models import Participant, ReferralCode
from rewards.attribution import RegisteredUser


def open_user(user: RegisteredUser) -> dict[str, Any]:
    """Return a participant as the ``/open`` calls do."""
    participant, codes = user.participant, user.codes
    return {
        "id": participant.user_id,
        "accountId": participant.account_id,
        "firstName": participant.first_name,
        "lastName": participant.last_name,
        "email": participant.email,
        "imageUrl": participant.image_url,
        "cookieId": None,
        "locale": participant.locale or None,
        "countryCode": participant.country_code or None,
        "referable": participant.referable,
        "firstSeenIP": participant.first_seen_ip,
        "lastSeenIP": participant.last_seen_ip,
        "dateCreated": milliseconds(participant.created_at),
        "referralCodes": {key: held.code for key, held in codes.items() if held.code},
        "programShareLinks": {key: links_of_user(held.slug) for key, held in codes.items() if held.slug},
        "customFields": participant.custom_fields,
        "segments": participant.segments,
        "referredByCodes": list(user.referred_by),
    }


def plain_user(participant: Participant, *, code: str = "") -> dict[str, Any]:
    """Return a participant as lists of users do."""
    email = participant.email
    return {
        "id": participant.user_id,
        "accountId": participant.account_id,
        "firstName": participant.first_name,
        "lastName": participant.last_name,
        "lastInitial": participant.last_name[:1],
        "email": email,
        "emailHash": hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest() if email else None,
        "imageUrl": participant.image_url,
        "referralCode": code or None,
        "locale": participant.locale or None,
        "countryCode": participant.country_code or None,
        "referable": participant.referable,
        "segments": participant.segments,
        "customFields": participant.custom_fields,
        "firstSeenIP": participant.first_seen_ip,
        "lastSeenIP": participant.last_seen_ip,
        "referralSource": participant.referral_source or None,
        "dateCreated": milliseconds(participant.created_at),
        "dateBlocked": milliseconds(participant.date_blocked),
    }


def user_by_code(code: ReferralCode) -> dict[str, Any]:
    """Return what anybody may know of the advocate whose code this is."""
    advocate = code.participant
    return {
        "id": advocate.user_id,
        "accountId": advocate.account_id,
        "firstName": advocate.first_name,
        "lastInitial": advocate.last_name[:1],
        "referralCode": code.code,
        "imageUrl": advocate.image_url,
    }


def chosen(user: dict[str, Any], *, fields: str, extra_fields: str) -> dict[str, Any]:
    """
    Return the fields of a reply that were asked for; ``extra_fields`` adds to all, and all are there already.

    :raises ApiError: if both are given, or one names what there is not
    """
    if fields and extra_fields:
        raise bad_request("Send fields or extraFields, not both.")
    names = _names(fields) or _names(extra_fields)
    if unknown := [name for name in names if name not in user]:
        raise bad_request(f"There is no field {unknown[0]}.")
    return {name: user[name] for name in names} if fields else user


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def page(name: str, rows: Iterable[dict[str, Any]], total: int) -> dict[str, Any]:
    """Return a page of a list in its envelope."""
    shown = list(rows)
    return {"count": len(shown), "totalCount": total, name: shown}
