from __future__ import annotations

from datetime import datetime

from advocate.lib.admin import Badge
from advocate.lib.admin.parts import Kind
from rewards.models import Reward

# What is good is green, what is done is blue, what waits is yellow; what is over is red.
KINDS: dict[str, Kind] = {
    Reward.Status.AVAILABLE: "success",
    Reward.Status.REDEEMED: "info",
    Reward.Status.PENDING: "warning",
    Reward.Status.EXPIRED: "danger",
    Reward.Status.CANCELLED: "danger",
}


def status_badge(reward: Reward, *, at: datetime) -> Badge:
    """Return the status as people should see it at ``at``."""
    status = reward.status_at(at)
    return Badge(status.label, KINDS[status])
