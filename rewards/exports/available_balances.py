from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from advocate.lib import db
from jobs.report_query import Instant, Money, ReportQuery, Text
from jobs.types import ExportType
from rewards.exports.options import UnitsForm, unit_filter
from rewards.resources import AvailableBalancesResource

# One row for each participant and unit with something available. What is past its expiry is not, even before the
# expiry task has marked it. The index on participant and unit gives both the groups and the order.
SOURCE = """(
    SELECT participant_id, unit_id,
        SUM(CASE WHEN status = 'AVAILABLE' AND (date_expires IS NULL OR date_expires > %s)
            THEN amount - redeemed ELSE 0 END) AS available,
        SUM(redeemed) AS redeemed
    FROM rewards_reward
    WHERE type = 'CREDIT' {units}
    GROUP BY participant_id, unit_id
    HAVING SUM(CASE WHEN status = 'AVAILABLE' AND (date_expires IS NULL OR date_expires > %s)
            THEN amount - redeemed ELSE 0 END) > 0
) AS balance
JOIN programs_participant AS participant ON participant.id = balance.participant_id
JOIN rewards_rewardunit AS unit ON unit.id = balance.unit_id
ORDER BY balance.participant_id, balance.unit_id"""


def available_balances(params: Mapping[str, Any], at: datetime) -> ReportQuery:
    """Return the query of what can be redeemed at ``at``, in the order of the report's columns."""
    units, chosen = unit_filter("unit_id", list(params.get("units", [])))
    return ReportQuery(
        columns={
            "first_name": Text("participant.first_name"),
            "last_name": Text("participant.last_name"),
            "email": Text("participant.email"),
            "date_blocked": Instant("participant.date_blocked"),
            "unit_name": Text("unit.name"),
            "currency": Text("unit.currency"),
            "available": Money("balance.available", "unit.exponent"),
            "to_redeem": Money("0", "0", shown="unit.exponent"),
            "redeemed": Money("balance.redeemed", "unit.exponent"),
            "user_id": Text("participant.user_id"),
            "account_id": Text("participant.account_id"),
            "unit": Text("unit.key"),
            "segments": Text(db.joined_texts("participant.segments")),
        },
        source=SOURCE.format(units=units),
        params=[at, *chosen, at],
    )


def _rows(params: Mapping[str, Any], at: datetime) -> Iterable[Any]:
    return available_balances(params, at).rows()


def _csv(params: Mapping[str, Any], at: datetime) -> db.Select:
    return available_balances(params, at).csv()


AVAILABLE_BALANCES = ExportType(
    slug="available-balances",
    label=_("Available reward balances by user"),
    description=_(
        "Everyone with something to redeem, one row for each unit. Pay people elsewhere, write what you paid into "
        "valueToRedeem, and import the file as “Update User Reward Balances”."
    ),
    view_permission="rewards.view_reward",
    resource=AvailableBalancesResource,
    form=UnitsForm,
    rows=_rows,
    csv=_csv,
    order=10,
)
