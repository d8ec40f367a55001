from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Text
from widget.viewers import Viewer


class Referrals(Component):
    """The friends who came through the advocate."""

    key = "referrals"
    label = _("Referrals")
    about = _("A table of the friends who came, and whether they bought.")
    texts = (
        Text("title", _("Heading"), "Your friends", "您推荐的朋友"),
        Text("started", _("Of a friend who came"), "Came", "已来访"),
        Text("converted", _("Of a friend who bought"), "Bought", "已购买"),
        Text(
            "empty",
            _("While there are no friends"),
            "The friends who come through you will show up here.",
            "通过您的推荐而来的朋友将显示在这里。",
        ),
    )

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the latest friends."""
        return {"friends": viewer.referrals, "is_known": viewer.is_known}
