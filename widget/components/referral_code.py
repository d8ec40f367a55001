from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Placed, Text
from widget.viewers import Viewer


class ReferralCode(Component):
    """The code that names the advocate, to say or type."""

    key = "referral_code"
    label = _("Referral code")
    about = _("The code that names the advocate, with a copy button.")
    texts = (
        Text("title", _("Heading"), "Your referral code", "您的推荐代码"),
        Text("body", _("Sentence"), "", "", is_long=True),
        Text(
            "signed_out",
            _("For visitors who are not signed in"),
            "Sign in to get your referral code.",
            "登录后即可获取您的推荐代码。",
        ),
    )

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return the code."""
        return {"code": viewer.referral_code, "field": f"referral-code-{placed.id}"}
