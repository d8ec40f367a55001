from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Setting, SettingKind, Text
from widget.viewers import Viewer


class Rewards(Component):
    """What the advocate has earned: a balance for each unit, and the latest rewards."""

    key = "rewards"
    label = _("Rewards")
    about = _("The advocate's balances and a table of their latest rewards.")
    texts = (
        Text("title", _("Heading"), "Your rewards", "您的奖励"),
        Text("available", _("Beside what is available"), "Available", "可用"),
        Text("pending", _("Beside what is pending"), "Pending", "待发放"),
        Text("redeemed", _("Beside what was redeemed"), "Redeemed", "已兑换"),
        Text("empty", _("While there are no rewards"), "Your rewards will show up here.", "您获得的奖励将显示在这里。"),
    )
    settings = (Setting("balances", _("Balances"), SettingKind.FLAG, default=True),)

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the balances, if they are wished for, and the rewards."""
        balances = viewer.balances if placed.settings["balances"] else ()
        return {"balances": balances, "rewards": viewer.rewards, "is_known": viewer.is_known}
