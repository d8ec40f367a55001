"""How referrals and conversions are found in their feeds, by what a person types."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower

from advocate.lib.found import MOST_FOUND, Found, first_of
from advocate.lib.prefixes import ascii_lower
from programs.models import Conversion, Participant, Program, Referral, ReferralCode
from programs.queries import PEOPLE_SEARCHED, search_participants

MOST_OFFERED = 20
MOST_LOOKED_AT = 20_000


def search_referrals(query: str, *, among: QuerySet[Referral]) -> Found[Referral]:
    """Return the referrals, of those given, of whose friend or advocate each word finds the beginning."""
    if not query.strip():
        return Found(among)
    people, owners = _people(query)
    ids = _newest(Referral.objects.filter(referrer__in=people), Referral.objects.filter(referred__in=people))
    return first_of(ids, among=among, most=MOST_FOUND, owners=owners)


def search_conversions(query: str, *, among: QuerySet[Conversion]) -> Found[Conversion]:
    """Return the conversions, of those given, of an order, a promo code or a customer as sent, or of people."""
    text = query.strip()
    if not text:
        return Found(among)
    low = ascii_lower(text)
    people, owners = _people(text)
    ids = _newest(
        Conversion.objects.filter(order_id=text),
        Conversion.objects.alias(low=Lower("promo_code")).filter(low=low).exclude(promo_code=""),
        Conversion.objects.filter(customer_id=text).exclude(customer_id=""),
        Conversion.objects.alias(low=Lower("customer_email")).filter(low=low).exclude(customer_email=""),
        Conversion.objects.filter(friend__in=people),
        Conversion.objects.filter(advocate__in=people),
    )
    return first_of(ids, among=among, most=MOST_FOUND, owners=owners)


def _people(query: str) -> tuple[list[int], int]:
    """
    Return whom the words find, and how many these are where they are not all.

    They come as numbers, so that the planner sees how few they are.
    """
    found: Found[Participant] = search_participants(query, most=PEOPLE_SEARCHED)
    return list(found.rows.order_by().values_list("pk", flat=True)), found.most if found.is_cut else 0


def _newest(*found: QuerySet[Any]) -> list[int]:
    """
    Return the numbers of the rows that any of these queries finds, the newest first.

    Each query has an index of its own, which OR in one query would not use; and with numbers in its hands PostgreSQL
    does not walk through the newest rows of all to find these.
    """
    first, *others = (rows.order_by().values_list("pk", flat=True) for rows in found)
    return sorted(set(first.union(*others, all=True)[:MOST_LOOKED_AT]), reverse=True)


def codes_to_share(query: str, *, besides: Participant) -> list[ReferralCode]:
    """Return the primary codes, in live programs, of the people whom the words find, as far as a page goes."""
    people = search_participants(query, most=PEOPLE_SEARCHED).rows.exclude(pk=besides.pk)
    newest = people.filter(date_blocked=None).order_by("-created_at", "-pk").values_list("pk", flat=True)
    codes = ReferralCode.objects.filter(
        participant__in=list(newest[:MOST_OFFERED]), is_primary=True, program__status=Program.Status.LIVE
    )
    found = codes.select_related("participant", "program").order_by("participant_id", "program__name", "pk")
    return list(found[:MOST_OFFERED])
