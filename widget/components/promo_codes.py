from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Setting, SettingKind, Text, filled
from widget.sharing import ShareText, share_buttons
from widget.viewers import ShownCode, Viewer


class PromoCodes(Component):
    """The advocate's promo codes to leaf through, copy and share, one at a time."""

    key = "promo_codes"
    label = _("Promo codes")
    about = _("The advocate's promo codes, one at a time, with a copy button and share buttons.")
    texts = (
        Text("title", _("Heading"), "Your promo codes", "您的促销码"),
        Text(
            "body",
            _("Sentence"),
            "Give each friend a code of their own: it is their discount and your reward.",
            "为每位朋友送上一个专属促销码：朋友享优惠，您得奖励。",
            is_long=True,
        ),
        Text(
            "page", _("Which of the codes"), "{currentPage} of {totalPages}", "第 {currentPage} 个，共 {totalPages} 个"
        ),
        Text(
            "copied_before",
            _("Under a code that was copied before"),
            "You've copied this code before",
            "您之前复制过此促销码",
        ),
        Text("share_subject", _("Subject of a mail"), "A discount for you", "送您一份优惠"),
        Text(
            "share_message",
            _("Message that is shared"),
            "Use my code {code} for a discount: {link}",
            "使用我的促销码 {code} 即可享受优惠：{link}",
            is_long=True,
        ),
        Text(
            "fallback",
            _("With the fallback code, while the stock is empty"),
            "Your own codes are on their way. Until then you can share this one.",
            "您的专属促销码即将准备好，在此之前您可以分享这个促销码。",
            is_long=True,
        ),
        Text(
            "empty",
            _("While the stock is empty and there is no fallback code"),
            "Your codes are not ready yet. Please come back soon, or contact our support.",
            "您的促销码尚未准备好。请稍后再来，或联系我们的客服。",
            is_long=True,
        ),
        Text(
            "signed_out",
            _("For visitors who are not signed in"),
            "Sign in to get your promo codes.",
            "登录后即可获取您的促销码。",
        ),
    )
    settings = (Setting("share", _("Share buttons"), SettingKind.FLAG, default=True),)

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the codes with their numbers and share buttons, or the words for there being none."""
        found = viewer.promo_codes
        count = len(found.codes)
        return {
            "entries": [self._entry(viewer, placed, code, place, count) for place, code in enumerate(found.codes, 1)],
            "is_fallback": found.is_fallback,
            "is_numbered": count > 1,
            "is_known": viewer.is_known,
        }

    def _entry(self, viewer: Viewer, placed: Placed, code: ShownCode, place: int, count: int) -> dict[str, Any]:
        text = ShareText(
            subject=placed.texts["share_subject"],
            message=filled(placed.texts["share_message"], code=code.text),
        )
        return {
            "code": code,
            "field": f"code-{placed.id}-{place}",
            "number": filled(placed.texts["page"], currentPage=place, totalPages=count),
            "buttons": share_buttons(viewer, text) if placed.settings["share"] else [],
        }
