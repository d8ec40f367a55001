from __future__ import annotations

from typing import Any

from api.bodies import Reply
from api.schemas.rewards import RewardOut
from api.schemas.users import User


class Person(Reply):
    """What a user's token sees of the other side."""

    id: str
    account_id: str
    first_name: str
    last_initial: str


class ReferralOut(Reply):
    """A friend who came through an advocate."""

    id: str
    referred_user: User | Person
    referrer_user: User | Person
    referred_reward: RewardOut | None
    referrer_reward: RewardOut | None
    referral_code_used: str | None
    share_link_used: str | None
    moderation_status: str
    referred_moderation_status: str
    referrer_moderation_status: str
    fraud_signals: dict[str, Any] | None
    date_referral_started: int
    date_referral_paid: int | None
    date_referral_ended: int | None
    date_moderated: int | None
    date_converted: int | None
    date_modified: int
    date_user_modified: int | None
    program_id: str


class Referrals(Reply):
    """A page of referrals."""

    count: int
    total_count: int
    referrals: list[ReferralOut]
