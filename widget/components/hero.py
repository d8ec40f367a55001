from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Setting, SettingKind, Text, filled
from widget.images import shown_image
from widget.viewers import Viewer


class Hero(Component):
    """The heading of a display, with a sentence and a picture if wished."""

    key = "hero"
    label = _("Hero")
    about = _("A large heading with a sentence, and a picture if you like.")
    texts = (
        Text("title", _("Heading"), "Share with your friends, {firstName}", "{firstName}，与朋友分享"),
        Text("title_unnamed", _("Heading without a name"), "Share with your friends", "与朋友分享"),
        Text(
            "body",
            _("Sentence"),
            "Give your friends a discount, and get rewarded when they use it.",
            "为朋友送上优惠，朋友使用后您即可获得奖励。",
            is_long=True,
        ),
        Text("alt", _("Picture in words"), "", ""),
    )
    settings = (
        Setting("image", _("Picture"), SettingKind.URL, help=_("An address that begins with https://. Empty: none.")),
    )

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the heading, which calls the participant by name where there is one."""
        name, texts = viewer.first_name, placed.texts
        heading = filled(texts["title"], firstName=name) if name else texts["title_unnamed"]
        return {"heading": heading, "image": shown_image(placed.settings["image"])}
