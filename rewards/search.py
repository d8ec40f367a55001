from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from advocate.lib.search import SearchHit, SearchSource, Seeker, register_search
from rewards.amounts import amount_text
from rewards.models import Reward
from rewards.queries import REWARD_ID


def find_rewards(words: str, limit: int, _seeker: Seeker) -> list[SearchHit]:
    """Return the reward whose ID was typed; rewards of a person are on that person's page."""
    if not REWARD_ID.fullmatch(words):
        return []
    found = Reward.objects.filter(public_id=words.lower()).select_related("unit", "participant")[:limit]
    return [
        SearchHit(
            title=f"{reward.name or reward.get_type_display()} · {amount_text(reward.amount, reward.unit)}",
            subtitle=f"{reward.participant} · {reward.get_status_display()}",
            url=reverse("admin:rewards_reward_change", args=[reward.pk]),
        )
        for reward in found
    ]


def register() -> None:
    """Let the search from any page find a reward by its ID."""
    register_search(SearchSource("rewards", _("Rewards"), "rewards.view_reward", find_rewards, 40))
