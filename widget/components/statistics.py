from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Text
from widget.viewers import Viewer


class Statistics(Component):
    """How far the advocate's sharing has gone, in three numbers."""

    key = "statistics"
    label = _("Statistics")
    about = _("Clicks on the advocate's link, friends who came, and friends who bought.")
    texts = (
        Text("title", _("Heading"), "How you are doing", "您的推荐成绩"),
        Text("clicks", _("Below the clicks"), "Clicks on your link", "链接点击次数"),
        Text("friends", _("Below the friends who came"), "Friends who came", "已来访的朋友"),
        Text("converted", _("Below the friends who bought"), "Friends who bought", "已购买的朋友"),
    )

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the three numbers with what they count; a visitor has none."""
        numbers, texts = viewer.numbers, placed.texts
        names = ("clicks", "friends", "converted")
        return {"lines": [(texts[name], getattr(numbers, name)) for name in names] if viewer.is_known else []}
