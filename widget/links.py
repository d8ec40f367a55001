from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from programs.models import Participant, ReferralCode, ShareLink


@dataclass(frozen=True, slots=True)
class PrimaryLink:
    """An advocate's primary code in a program with its share link."""

    code: str
    slug: str
    clicks: int


def primary_links(participant: Participant) -> Mapping[str, PrimaryLink]:
    """Return the participant's primary codes with their links by the programs' keys, in one query."""
    return primary_links_of([participant])[participant.pk]


def primary_links_of(participants: Sequence[Participant]) -> dict[int, Mapping[str, PrimaryLink]]:
    """Return the primary codes of each of these participants as :func:`primary_links` does, in one query."""
    found: dict[int, dict[str, PrimaryLink]] = {one.pk: {} for one in participants}
    links = ShareLink.objects.filter(code=OuterRef("pk"), retired_at__isnull=True)
    codes = ReferralCode.objects.filter(participant__in=list(found), is_primary=True).order_by("program_id")
    rows = codes.values_list(
        "participant_id",
        "program__key",
        "code",
        Subquery(links.values("slug")[:1]),
        Subquery(links.values("clicks")[:1]),
    )
    for owner, key, code, slug, clicks in rows:
        found[owner][key] = PrimaryLink(code, slug or "", clicks or 0)
    return {**found}
