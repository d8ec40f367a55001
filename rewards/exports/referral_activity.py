from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from advocate.lib import db
from jobs.report_query import Instant, Part, ReportQuery, Text
from jobs.types import ExportType
from rewards.exports.options import ProgramsForm, period_filter, program_filter
from rewards.resources import ReferralActivityResource

# A referral has one reward for each side in the columns of this report: the first that was given for it.
SOURCE: Final = """programs_referral AS referral
JOIN programs_program AS program ON program.id = referral.program_id
JOIN programs_participant AS referred ON referred.id = referral.referred_id
JOIN programs_participant AS referrer ON referrer.id = referral.referrer_id
{codes}
LEFT JOIN (
    SELECT referral_id,
        MIN(CASE WHEN source = 'REFERRED' THEN id END) AS of_friend,
        MIN(CASE WHEN source = 'FRIEND_SIGNUP' THEN id END) AS of_advocate
    FROM rewards_reward WHERE referral_id IS NOT NULL GROUP BY referral_id
) AS given ON given.referral_id = referral.id
LEFT JOIN rewards_reward AS referred_reward ON referred_reward.id = given.of_friend
LEFT JOIN rewards_reward AS referrer_reward ON referrer_reward.id = given.of_advocate
WHERE TRUE {wanted}
ORDER BY referral.id"""

CODES: Final = """LEFT JOIN programs_referralcode AS referred_code ON referred_code.is_primary
    AND referred_code.participant_id = referred.id AND referred_code.program_id = program.id
LEFT JOIN programs_referralcode AS referrer_code ON referrer_code.is_primary
    AND referrer_code.participant_id = referrer.id AND referrer_code.program_id = program.id"""

# Nothing is held back for moderation, paid or ended here; columns for that say so, or stay empty.
APPROVED: Final = Text("'APPROVED'")
NEVER: Final = Instant("CAST(NULL AS timestamp)")


def referral_activity(params: Mapping[str, Any]) -> ReportQuery:
    """Return the query of all referrals with both sides, in the order of the report's columns."""
    columns: dict[str, Part] = {
        "id": Text(db.hexadecimal("referral.id", digits=24)),
        "date_modified": Instant("referral.updated_at"),
        "date_started": Instant("referral.date_started"),
        "date_converted": Instant("referral.date_converted"),
        "date_user_modified": Instant("referred.updated_at"),
        "program_id": Text("program.key"),
        "program_name": Text("program.name"),
        **_side("referred"),
        **_side("referrer"),
        "moderation_status": Text("'ACTIONED'"),
        "date_moderated": NEVER,
        "date_paid": NEVER,
        "date_ended": NEVER,
        "referred_moderation_status": APPROVED,
        "referrer_moderation_status": APPROVED,
        "referred_reward": Text("COALESCE(referred_reward.public_id, '')"),
        "referrer_reward": Text("COALESCE(referrer_reward.public_id, '')"),
    }
    return referral_query(columns, params, codes=CODES)


def referral_query(columns: Mapping[str, Part], params: Mapping[str, Any], *, codes: str = "") -> ReportQuery:
    """Return a query of the referrals that the options ask for; ``codes`` joins the codes of both sides."""
    programs, chosen = program_filter("program.key", list(params.get("programs", [])))
    period, bounds = period_filter(params, created="referral.date_started", updated="referral.updated_at")
    source = SOURCE.format(codes=codes, wanted=programs + period)
    return ReportQuery(columns=columns, source=source, params=[*chosen, *bounds])


def _side(side: str) -> dict[str, Part]:
    return {
        f"{side}_email": Text(f"{side}.email"),
        f"{side}_first_name": Text(f"{side}.first_name"),
        f"{side}_last_name": Text(f"{side}.last_name"),
        f"{side}_code": Text(f"COALESCE({side}_code.code, '')"),
        f"{side}_first_seen_ip": Text(db.address_text(f"{side}.first_seen_ip")),
        f"{side}_last_seen_ip": Text(db.address_text(f"{side}.last_seen_ip")),
        f"{side}_image_url": Text(f"{side}.image_url"),
        f"{side}_locale": Text(f"{side}.locale"),
        f"{side}_date_created": Instant(f"{side}.created_at"),
        f"{side}_user": Text(f"{side}.user_id"),
        f"{side}_account": Text(f"{side}.account_id"),
    }


def _rows(params: Mapping[str, Any], _at: datetime) -> Iterable[Any]:
    return referral_activity(params).rows()


def _csv(params: Mapping[str, Any], _at: datetime) -> db.Select:
    return referral_activity(params).csv()


REFERRAL_ACTIVITY = ExportType(
    slug="referral-activity",
    label=_("Referral activity"),
    description=_("Who referred whom in which program, when they converted, and the rewards of both."),
    view_permission="programs.view_referral",
    resource=ReferralActivityResource,
    form=ProgramsForm,
    rows=_rows,
    csv=_csv,
    order=50,
)
