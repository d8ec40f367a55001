from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Setting, SettingKind, Text
from widget.images import shown_image
from widget.viewers import Viewer


class Image(Component):
    """A picture."""

    key = "image"
    label = _("Image")
    about = _("A picture from an address of yours.")
    texts = (Text("alt", _("Picture in words"), "", ""),)
    settings = (
        Setting("image", _("Picture"), SettingKind.URL, help=_("An address that begins with https://. Empty: none.")),
    )

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the picture's address."""
        return {"image": shown_image(placed.settings["image"])}
