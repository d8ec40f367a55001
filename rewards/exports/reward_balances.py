from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from advocate.lib import db
from jobs.report_query import Instant, Money, ReportQuery, Text
from jobs.types import ExportType
from rewards.exports.options import UnitsForm, period_filter, unit_filter
from rewards.resources import RewardBalancesResource

# Assigned is all that ever became the participant's; pending rewards are not theirs yet. Percentages have no credit.
SOURCE = """(
    SELECT participant_id, type, unit_id,
        SUM(CASE WHEN status = 'AVAILABLE' AND (date_expires IS NULL OR date_expires > %s)
            THEN amount - redeemed ELSE 0 END) AS available,
        SUM(CASE WHEN date_given IS NOT NULL THEN amount ELSE 0 END) AS assigned,
        SUM(redeemed) AS redeemed,
        SUM(CASE WHEN status = 'EXPIRED' OR (status = 'AVAILABLE' AND date_expires <= %s)
            THEN amount - redeemed ELSE 0 END) AS expired
    FROM rewards_reward
    WHERE TRUE {units}
    GROUP BY participant_id, type, unit_id
    HAVING COUNT(*) > 0 {period}
) AS balance
JOIN programs_participant AS participant ON participant.id = balance.participant_id
LEFT JOIN rewards_rewardunit AS unit ON unit.id = balance.unit_id
LEFT JOIN (
    SELECT participant_id, MIN(code) AS code FROM programs_referralcode WHERE is_primary GROUP BY participant_id
) AS referral ON referral.participant_id = participant.id
ORDER BY balance.participant_id, balance.type, balance.unit_id"""


def _credit(column: str, digits: str) -> Money:
    return Money(f"CASE WHEN balance.type <> 'PCT_DISCOUNT' THEN balance.{column} END", digits)


def reward_balances(params: Mapping[str, Any], at: datetime) -> ReportQuery:
    """Return the query of all balances at ``at``, in the order of the report's columns."""
    units, chosen = unit_filter("unit_id", list(params.get("units", [])))
    # A balance is as new as the newest of its rewards.
    period, bounds = period_filter(params, created="MAX(date_created)", updated="MAX(updated_at)")
    # Programs read whole numbers of the smallest fraction, people the unit itself.
    digits = "0" if params.get("smallest") else "COALESCE(unit.exponent, 0)"
    return ReportQuery(
        columns={
            "user_id": Text("participant.user_id"),
            "account_id": Text("participant.account_id"),
            "type": Text("balance.type"),
            "unit": Text("COALESCE(unit.key, '%%')"),
            "amount": Money("balance.available", digits),
            "assigned": _credit("assigned", digits),
            "redeemed": _credit("redeemed", digits),
            "expired": _credit("expired", digits),
            "email": Text("participant.email"),
            "first_name": Text("participant.first_name"),
            "last_name": Text("participant.last_name"),
            "referral_code": Text("COALESCE(referral.code, '')"),
            "image_url": Text("participant.image_url"),
            "first_seen_ip": Text(db.address_text("participant.first_seen_ip")),
            "last_seen_ip": Text(db.address_text("participant.last_seen_ip")),
            "date_created": Instant("participant.created_at"),
            "referral_source": Text("participant.referral_source"),
            "locale": Text("participant.locale"),
        },
        source=SOURCE.format(units=units, period=period),
        params=[at, at, *chosen, *bounds],
    )


def _rows(params: Mapping[str, Any], at: datetime) -> Iterable[Any]:
    return reward_balances(params, at).rows()


def _csv(params: Mapping[str, Any], at: datetime) -> db.Select:
    return reward_balances(params, at).csv()


REWARD_BALANCES = ExportType(
    slug="reward-balances",
    label=_("Reward balances by user"),
    description=_("What each participant was given, has left, redeemed and lost, percentages and codes included."),
    view_permission="rewards.view_reward",
    resource=RewardBalancesResource,
    form=UnitsForm,
    rows=_rows,
    csv=_csv,
    order=20,
)
