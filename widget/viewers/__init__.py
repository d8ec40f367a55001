"""Whom a display is shown to, and what there is of theirs to show."""

from __future__ import annotations

from widget.viewers.advocate import AdvocateViewer
from widget.viewers.anyone import Viewer
from widget.viewers.facts import BalanceLine, Numbers, ReferralLine, RewardLine, ShownCode, ShownCodes
from widget.viewers.sample import SampleViewer

__all__ = [
    "AdvocateViewer",
    "BalanceLine",
    "Numbers",
    "ReferralLine",
    "RewardLine",
    "SampleViewer",
    "ShownCode",
    "ShownCodes",
    "Viewer",
]
