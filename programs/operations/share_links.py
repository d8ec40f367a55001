from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from random import Random, SystemRandom
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef

from advocate.lib.db import batches, load_rows, run_in_chunks
from programs.models import ReferralCode, ShareLink

# Small letters and digits that nobody confuses. Ten of them are 49 bits: with a million links, half a billion guesses
# find one, and what they find is where that link leads anyway. So guessing needs no throttle.
ALPHABET: Final = "23456789abcdefghjkmnpqrstvwxyz"
LENGTH: Final = 10
TRIES: Final = 5
LOOKED_AT_ONCE: Final = 10_000
MADE_AT_ONCE: Final = 1_000
SECURE: Final = SystemRandom()
# Each letter stands for as many bytes as any other; the few bytes that are left over stand for none.
EVEN_BYTES: Final = 256 - 256 % len(ALPHABET)
LETTER_OF_BYTE: Final = (ALPHABET * 9)[:256].encode()
UNEVEN_BYTES: Final = bytes(range(EVEN_BYTES, 256))


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


def make_share_links(*, code_ids: Sequence[int], at: datetime, rng: Random) -> None:
    """
    Make the share links of codes that have none yet, all at once.

    :raises IntegrityError: if chance gives an address that is taken, or a code has a link
    """
    slugs = random_slugs(len(code_ids), rng)
    rows = ((slug, code_id, 0, at) for slug, code_id in zip(slugs, code_ids, strict=True))
    load_rows(ShareLink, ("slug", "code", "clicks", "created_at"), rows)


def make_missing_share_links(*, at: datetime, rng: Random = SECURE) -> int:
    """
    Give their share links to advocates who joined before there were any, and return how many links were made.

    Again makes nothing. Each chunk is a short transaction of its own, so that other writers have a turn.
    """
    return sum(run_in_chunks(_codes_without_link(), partial(_make_links, at=at, rng=rng)))


def _codes_without_link() -> Iterator[list[int]]:
    """Yield the primary codes that have no current link, from those that were made first on, in short looks."""
    last = ReferralCode.objects.aggregate(last=Max("pk"))["last"] or 0
    current = ShareLink.objects.filter(code=OuterRef("pk"), retired_at__isnull=True)
    lacking = ReferralCode.objects.filter(~Exists(current), is_primary=True)
    for low in range(0, last + 1, LOOKED_AT_ONCE):
        found = list(
            lacking.filter(pk__range=(low, low + LOOKED_AT_ONCE - 1)).order_by("pk").values_list("pk", flat=True)
        )
        yield from batches(found, MADE_AT_ONCE)


def _make_links(code_ids: Sequence[int], *, at: datetime, rng: Random) -> int:
    """Make links and return how many; who got one meanwhile keeps it, and whose address is taken comes next time."""
    before = ShareLink.objects.filter(code__in=code_ids).count()
    made = zip(random_slugs(len(code_ids), rng), code_ids, strict=True)
    links = [ShareLink(slug=slug, code_id=code_id, created_at=at) for slug, code_id in made]
    ShareLink.objects.bulk_create(links, ignore_conflicts=True)
    return ShareLink.objects.filter(code__in=code_ids).count() - before


def random_slugs(count: int, rng: Random) -> list[str]:
    """Return addresses that nobody guesses, from a few draws instead of one for each letter."""
    letters = ""
    while len(letters) < count * LENGTH:
        drawn = rng.randbytes(2 * LENGTH * count)
        letters += drawn.translate(LETTER_OF_BYTE, UNEVEN_BYTES).decode()
    return [letters[start : start + LENGTH] for start in range(0, count * LENGTH, LENGTH)]


def current_link(code: ReferralCode) -> ShareLink | None:
    """Return the link that is shown with the code, if it has one."""
    return ShareLink.objects.filter(code=code, retired_at__isnull=True).first()


@transaction.atomic
def count_click(*, link: ShareLink, at: datetime) -> bool:
    """Count a click and return whether the link was still there to count it."""
    return bool(ShareLink.objects.filter(pk=link.pk).update(clicks=F("clicks") + 1, clicked_at=at))
