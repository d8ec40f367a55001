from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from advocate.lib import clock, db
from jobs.report_query import Instant, Money, Part, ReportQuery, Text
from jobs.types import ExportType
from rewards.exports.options import UnitsForm, period_filter, unit_filter
from rewards.resources import RewardHistoryResource

# What each reward is at the report's instant. Today's rows know it by themselves.
NOW = """(
    SELECT reward.*, redeemed AS redeemed_then,
        CASE WHEN status = 'AVAILABLE' AND date_expires <= %s THEN 'EXPIRED' ELSE status END AS status_then
    FROM rewards_reward AS reward
    WHERE TRUE {units}
) AS reward"""

# At an earlier instant the dates and the ledger tell: a later redemption, expiry or cancellation had not happened yet.
THEN = """(
    SELECT history.*,
        CASE WHEN date_cancelled <= %s THEN 'CANCELLED'
             WHEN date_given IS NULL OR date_given > %s THEN 'PENDING'
             WHEN redeemed_then = amount THEN 'REDEEMED'
             WHEN date_expires <= %s THEN 'EXPIRED'
             ELSE 'AVAILABLE' END AS status_then
    FROM (
        SELECT reward.*, COALESCE(entries.redeemed, 0) AS redeemed_then
        FROM rewards_reward AS reward
        LEFT JOIN (
            SELECT reward_id, SUM(CASE WHEN kind = 'REVERSAL' THEN -amount ELSE amount END) AS redeemed
            FROM rewards_rewardentry WHERE at <= %s GROUP BY reward_id
        ) AS entries ON entries.reward_id = reward.id
        WHERE reward.date_created <= %s {units}
    ) AS history
) AS reward"""

SOURCE = """{rewards}
JOIN programs_participant AS participant ON participant.id = reward.participant_id
LEFT JOIN rewards_rewardunit AS unit ON unit.id = reward.unit_id
LEFT JOIN programs_program AS program ON program.id = reward.program_id
LEFT JOIN rewards_catalogreward AS catalog ON catalog.id = reward.catalog_reward_id
{referral}
ORDER BY reward.id"""

REFERRAL = """LEFT JOIN programs_referral AS referral ON referral.id = reward.referral_id
LEFT JOIN programs_participant AS referred ON referred.id = referral.referred_id
LEFT JOIN programs_participant AS referrer ON referrer.id = referral.referrer_id"""

CREDIT = "reward.type = 'CREDIT'"


class HistoryForm(UnitsForm):
    """What the history tells of each reward, and as of when."""

    user = forms.BooleanField(label=_("Participants' names, ids and e-mails"), required=False, initial=True)
    referral = forms.BooleanField(label=_("The referral, with advocate and friend"), required=False)
    at = forms.DateTimeField(
        label=_("As of"),
        required=False,
        help_text=_("Amounts and statuses as they were at this moment. Empty: now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_at(self) -> datetime | None:
        """Refuse a moment that has not come: nobody knows what will be redeemed until then."""
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and at > clock.now():
            raise forms.ValidationError(_("Choose a moment that has passed, or leave it empty for now."))
        return at

    def params(self) -> dict[str, Any]:
        """Return the options as JSON can hold them."""
        at = self.cleaned_data["at"]
        return {
            **super().params(),
            "user": self.cleaned_data["user"],
            "referral": self.cleaned_data["referral"],
            "at": at.isoformat() if at else None,
        }


def reward_history(params: Mapping[str, Any], at: datetime) -> ReportQuery:
    """Return the query of all rewards as they are at ``at``, or were at the options' moment."""
    units, chosen = unit_filter("reward.unit_id", list(params.get("units", [])))
    period, bounds = period_filter(params, created="reward.date_created", updated="reward.updated_at")
    then = parse_datetime(str(params["at"])) if params.get("at") else None
    rewards = THEN if then else NOW
    instants = [then] * 5 if then else [at]
    columns = _reward_columns() | _meta_columns()
    if params.get("user"):
        columns = _reward_columns() | _person("participant", "participant") | _meta_columns()
    if params.get("referral"):
        columns |= _referral_columns()
    return ReportQuery(
        columns=columns,
        source=SOURCE.format(
            rewards=rewards.format(units=units + period), referral=REFERRAL if params.get("referral") else ""
        ),
        params=[*instants, *chosen, *bounds],
    )


def _reward_columns() -> dict[str, Part]:
    return {
        "id": Text("reward.public_id"),
        "type": Text("reward.type"),
        "value": Money("reward.amount", "COALESCE(unit.exponent, 0)"),
        "unit": Text("COALESCE(unit.key, '%%')"),
        "name": Text("reward.name"),
        "date_created": Instant("reward.date_created"),
        "date_scheduled_for": Instant("reward.date_scheduled_for"),
        "date_given": Instant("reward.date_given"),
        "date_expires": Instant("reward.date_expires"),
        "date_cancelled": Instant("reward.date_cancelled"),
        "date_redeemed": Instant("reward.date_redeemed"),
        "date_modified": Instant("reward.updated_at"),
        "source": Text("reward.source"),
        "fuel_tank_type": Text(
            "CASE WHEN reward.type <> 'FUELTANK' THEN '' WHEN unit.id IS NULL THEN 'PCT_DISCOUNT' ELSE 'CREDIT' END"
        ),
        "fuel_tank_code": Text("reward.fuel_tank_code"),
        "program_id": Text("COALESCE(program.key, '')"),
        "program_reward_key": Text("''"),
        "global_reward_key": Text("COALESCE(catalog.key, '')"),
        "assigned": Money(f"CASE WHEN {CREDIT} THEN reward.amount END", "unit.exponent"),
        "redeemed": Money(f"CASE WHEN {CREDIT} THEN reward.redeemed_then END", "unit.exponent"),
        "available": Money(
            "CASE WHEN reward.status_then = 'AVAILABLE' THEN reward.amount - reward.redeemed_then ELSE 0 END",
            "COALESCE(unit.exponent, 0)",
        ),
        "statuses": Text(
            "CASE WHEN reward.status_then = 'CANCELLED' AND reward.date_given IS NULL THEN 'PENDING,CANCELLED'"
            " ELSE reward.status_then END"
        ),
    }


def _meta_columns() -> dict[str, Part]:
    return {
        "meta_status": Text("reward.pending_reason"),
        "meta_message": Text("reward.customer_note"),
        "meta_internal_message": Text("reward.internal_note"),
        "meta_date_modified": Instant("reward.updated_at"),
    }


def _referral_columns() -> dict[str, Part]:
    return {
        "referral_id": Text(f"COALESCE({db.hexadecimal('referral.id', digits=24)}, '')"),
        "referral_date_started": Instant("referral.date_started"),
        "referral_date_modified": Instant("referral.updated_at"),
        "referral_code_used": Text("COALESCE(referral.code_used, '')"),
        **_person("referred", "referred"),
        **_person("referrer", "referrer"),
        "referral_date_converted": Instant("referral.date_converted"),
    }


def _person(prefix: str, table: str) -> dict[str, Part]:
    return {
        f"{prefix}_id": Text(f"COALESCE({table}.user_id, '')"),
        f"{prefix}_account_id": Text(f"COALESCE({table}.account_id, '')"),
        f"{prefix}_first_name": Text(f"COALESCE({table}.first_name, '')"),
        f"{prefix}_last_name": Text(f"COALESCE({table}.last_name, '')"),
        f"{prefix}_email": Text(f"COALESCE({table}.email, '')"),
    }


def _rows(params: Mapping[str, Any], at: datetime) -> Iterable[Any]:
    return reward_history(params, at).rows()


def _csv(params: Mapping[str, Any], at: datetime) -> db.Select:
    return reward_history(params, at).csv()


REWARD_HISTORY = ExportType(
    slug="reward-history",
    label=_("Reward history"),
    description=_("Every reward with its dates, amounts and status, now or as of a moment in the past."),
    view_permission="rewards.view_reward",
    resource=RewardHistoryResource,
    form=HistoryForm,
    rows=_rows,
    csv=_csv,
    order=30,
)
