from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Setting, SettingKind, Text
from widget.sharing import MEDIA, ShareText, share_buttons
from widget.viewers import Viewer


class ShareLink(Component):
    """The advocate's link, with buttons to hand it on and a QR code to show."""

    key = "share_link"
    label = _("Share link")
    about = _("The advocate's own link with a copy button, share buttons and a QR code.")
    texts = (
        Text("title", _("Heading"), "Your share link", "您的分享链接"),
        Text(
            "body",
            _("Sentence"),
            "Whoever opens it comes to us on your behalf.",
            "朋友通过此链接访问，即视为您的推荐。",
            is_long=True,
        ),
        Text("share_subject", _("Subject of a mail"), "Have a look at this", "推荐给您"),
        Text(
            "share_message",
            _("Message that is shared"),
            "I think you will like this: {link}",
            "我想您会喜欢：{link}",
            is_long=True,
        ),
        Text("qr", _("Beside the QR code"), "Let a friend scan this code.", "让朋友扫描此二维码。"),
        Text(
            "signed_out",
            _("For visitors who are not signed in"),
            "Sign in to get your share link.",
            "登录后即可获取您的分享链接。",
        ),
    )
    settings = (
        Setting("share", _("Share buttons"), SettingKind.FLAG, default=True),
        Setting("qr", _("QR code"), SettingKind.FLAG, default=True),
    )

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the link with its share buttons and QR code, as far as they are wished for."""
        link = viewer.share_link("DIRECT")
        if not link:
            return {"link": "", "field": ""}
        text = ShareText(subject=placed.texts["share_subject"], message=placed.texts["share_message"])
        return {
            "link": viewer.share_link(),
            "field": f"link-{placed.id}",
            "buttons": share_buttons(viewer, text, MEDIA) if placed.settings["share"] else [],
            "qr_code": f"{viewer.share_link()}/qr" if placed.settings["qr"] else "",
        }
