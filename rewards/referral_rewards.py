"""What referrals and conversions have given to both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Sum

from programs.models import Referral
from rewards.models import Reward, RewardUnit


@dataclass(frozen=True, slots=True)
class Given:
    """How much of a unit, or of percentages where there is none, some rewards are worth together."""

    unit: RewardUnit | None
    amount: int
    count: int


def given_by_referrals(referrals: Iterable[Referral]) -> Mapping[int, list[Given]]:
    """Sum up the rewards of each referral that were not cancelled, by unit, in two queries."""
    rows = (
        Reward.objects.filter(referral__in=[referral.pk for referral in referrals])
        .exclude(status=Reward.Status.CANCELLED)
        .order_by()
        .values("referral_id", "unit_id")
        .annotate(amount=Sum("amount"), count=Count("id"))
        .order_by("referral_id", "unit_id")
    )
    found = list(rows)
    units = RewardUnit.objects.in_bulk({row["unit_id"] for row in found if row["unit_id"]})
    given: dict[int, list[Given]] = defaultdict(list)
    for row in found:
        given[row["referral_id"]].append(Given(units.get(row["unit_id"]), row["amount"], row["count"]))
    return given
