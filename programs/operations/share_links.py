from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F

from programs.models import ReferralCode, ShareLink

# Small letters and digits that nobody confuses. Ten of them are 49 bits: with a million links, half a billion guesses
# find one, and what they find is where that link leads anyway. So guessing needs no throttle.
ALPHABET: Final = "23456789abcdefghjkmnpqrstvwxyz"
LENGTH: Final = 10
TRIES: Final = 5


def make_share_link(*, code: ReferralCode, at: datetime, rng: Random) -> ShareLink:
    """
    Return a code's share link, made if it has none that is current.

    :raises IntegrityError: if chance gives addresses that are taken again and again
    """
    for tries_left in reversed(range(TRIES)):
        held = current_link(code)
        if held is not None:
            return held
        slug = "".join(rng.choice(ALPHABET) for _ in range(LENGTH))
        try:
            with transaction.atomic():
                return ShareLink.objects.create(slug=slug, code=code, created_at=at)
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError


def current_link(code: ReferralCode) -> ShareLink | None:
    """Return the link that is shown with the code, if it has one."""
    return ShareLink.objects.filter(code=code, retired_at__isnull=True).first()


@transaction.atomic
def count_click(*, link: ShareLink, at: datetime) -> bool:
    """Count a click and return whether the link was still there to count it."""
    return bool(ShareLink.objects.filter(pk=link.pk).update(clicks=F("clicks") + 1, clicked_at=at))
