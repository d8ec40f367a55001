"""The types of components, in the order in which they are offered; a new one gets a file here and a line below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from widget.components.base import Choice, Component, Placed, Setting, SettingKind, Text, filled
from widget.components.hero import Hero
from widget.components.image import Image
from widget.components.promo_codes import PromoCodes
from widget.components.referral_code import ReferralCode
from widget.components.referrals import Referrals
from widget.components.rewards import Rewards
from widget.components.share_link import ShareLink
from widget.components.statistics import Statistics
from widget.components.text import PlainText

COMPONENTS: Final[tuple[Component, ...]] = (
    Hero(),
    PromoCodes(),
    ShareLink(),
    ReferralCode(),
    Statistics(),
    Rewards(),
    Referrals(),
    PlainText(),
    Image(),
)
COMPONENT_OF: Final[Mapping[str, Component]] = {component.key: component for component in COMPONENTS}

__all__ = [
    "COMPONENTS",
    "COMPONENT_OF",
    "Choice",
    "Component",
    "Placed",
    "Setting",
    "SettingKind",
    "Text",
    "filled",
]
