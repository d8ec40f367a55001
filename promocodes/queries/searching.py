"""Promo codes by what a person types: how the code begins, or who has it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Lower

from advocate.lib.found import MOST_FOUND, Found, first_of
from advocate.lib.prefixes import ascii_lower
from programs.models import Participant
from programs.queries import PEOPLE_SEARCHED, search_participants
from programs.taken_codes import codes_in
from promocodes.models import CodeHolder, PromoCode

_BEGINS_A_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def codes_beginning_with(text: str, *, among: QuerySet[PromoCode] | None = None) -> QuerySet[PromoCode]:
    """Return the promo codes that begin with ``text`` in any case, in their order, without claims of referral codes."""
    codes = PromoCode.objects.all() if among is None else among
    if not _BEGINS_A_CODE.match(text):
        return codes.none()
    low = ascii_lower(text)
    # The character after the last one: all of a code's characters are ASCII.
    following = low[:-1] + chr(ord(low[-1]) + 1)
    found = codes.alias(code_lower=Lower("code")).filter(code_lower__gte=low, code_lower__lt=following)
    return found.exclude(state=PromoCode.State.REFERRAL).order_by("code_lower")


def promo_code(text: str) -> PromoCode | None:
    """Return the promo code with this text, in whatever case it is written."""
    codes = PromoCode.objects.alias(code_lower=Lower("code")).filter(code_lower=ascii_lower(text))
    return codes.exclude(state=PromoCode.State.REFERRAL).first()


def search_codes(text: str, *, among: QuerySet[PromoCode]) -> Found[PromoCode]:
    """Return the codes, of those given, that begin with what was typed or whose advocate it finds."""
    ids = _ids(codes_beginning_with(text.strip(), among=among))
    people = search_participants(text, most=PEOPLE_SEARCHED)
    held = among.filter(participant__in=list(people.rows.order_by().values_list("pk", flat=True)[:PEOPLE_SEARCHED]))
    ids += _ids(held.order_by())
    owners = people.most if people.is_cut else 0
    return first_of(list(dict.fromkeys(ids)), among=among, most=MOST_FOUND, owners=owners)


def promo_codes_in(texts: Collection[str]) -> set[str]:
    """Return those of these texts in small letters that are promo codes, whatever has become of them."""
    return codes_in(PromoCode._meta.db_table, texts)


def search_holders(text: str, *, among: QuerySet[CodeHolder]) -> Found[CodeHolder]:
    """Return the holders, of those given, whose name, e-mail or id each word finds, or who have the code typed."""
    if not text.strip():
        return Found(among)
    owner = promo_code(text.strip())
    people = search_participants(text, most=PEOPLE_SEARCHED)
    ids = set(people.rows.order_by().values_list("pk", flat=True)[:PEOPLE_SEARCHED])
    if owner is not None and owner.participant_id is not None:
        ids.add(owner.participant_id)
    return Found(among.filter(participant__in=ids), most=people.most, is_cut=people.is_cut)


def _ids(codes: QuerySet[PromoCode]) -> list[int]:
    return list(codes.values_list("pk", flat=True)[: MOST_FOUND + 1])


def holds_codes(participant: Participant) -> bool:
    """Say whether a participant was ever given a code, or gets some."""
    held = PromoCode.objects.filter(participant=participant)
    return held.exists() or CodeHolder.objects.filter(participant=participant).exists()
