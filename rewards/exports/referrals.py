from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from advocate.lib import db
from jobs.report_query import Instant, Part, ReportQuery, Text
from jobs.types import ExportType
from rewards.exports.options import ProgramsForm
from rewards.exports.referral_activity import APPROVED, NEVER, referral_query
from rewards.resources import ReferralsResource


def referrals(params: Mapping[str, Any]) -> ReportQuery:
    """Return the query of all referrals by their ids, in the order of the report's columns."""
    columns: dict[str, Part] = {
        "id": Text(db.hexadecimal("referral.id", digits=24)),
        "program_id": Text("program.key"),
        "referred_user": Text("referred.user_id"),
        "referred_account": Text("referred.account_id"),
        "referred_reward": Text("COALESCE(referred_reward.public_id, '')"),
        "referred_moderation_status": APPROVED,
        "referrer_user": Text("referrer.user_id"),
        "referrer_account": Text("referrer.account_id"),
        "referrer_reward": Text("COALESCE(referrer_reward.public_id, '')"),
        "referrer_moderation_status": APPROVED,
        "date_started": Instant("referral.date_started"),
        "date_converted": Instant("referral.date_converted"),
        "date_paid": NEVER,
        "date_ended": NEVER,
        "date_moderated": NEVER,
    }
    return referral_query(columns, params)


def _rows(params: Mapping[str, Any], _at: datetime) -> Iterable[Any]:
    return referrals(params).rows()


def _csv(params: Mapping[str, Any], _at: datetime) -> db.Select:
    return referrals(params).csv()


REFERRALS = ExportType(
    slug="referrals",
    label=_("Referrals by ID"),
    description=_("The ids of both sides of each referral, its dates and rewards, for other systems to read."),
    view_permission="programs.view_referral",
    resource=ReferralsResource,
    form=ProgramsForm,
    rows=_rows,
    csv=_csv,
    order=55,
)
