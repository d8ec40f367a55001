from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from advocate.lib import db
from jobs.report_query import Instant, Part, ReportQuery, Text, Whole
from jobs.types import ExportType, OptionsForm
from programs.addresses import share_url
from rewards.exports.options import period_filter
from rewards.resources import UserDetailsResource

MOST_CUSTOM_FIELDS = 200

SOURCE = """programs_participant AS participant
LEFT JOIN (
    SELECT participant_id, MIN(code) AS code FROM programs_referralcode WHERE is_primary GROUP BY participant_id
) AS primary_code ON primary_code.participant_id = participant.id
{links}
{stats}
ORDER BY participant.id"""

STATS = """LEFT JOIN (
    SELECT referrer_id, COUNT(*) AS referrals, COUNT(date_converted) AS conversions
    FROM programs_referral GROUP BY referrer_id
) AS shared ON shared.referrer_id = participant.id
LEFT JOIN (
    SELECT participant_id, COUNT(*) AS rewards FROM rewards_reward GROUP BY participant_id
) AS earned ON earned.participant_id = participant.id"""


# The link of the code that the report shows; what share links begin with is the parameter.
LINKS = """LEFT JOIN programs_referralcode AS shared_code ON shared_code.is_primary
    AND shared_code.participant_id = participant.id AND shared_code.code = primary_code.code
LEFT JOIN (SELECT code_id, CAST(%s AS text) || slug AS address FROM programs_sharelink WHERE retired_at IS NULL) AS link
    ON link.code_id = shared_code.id"""

# Every column with the medium that its link names to whoever clicks it.
LINK_COLUMNS: Final = {
    "share_link": "",
    "facebook_share_link": "?rsShareMedium=FACEBOOK",
    "twitter_share_link": "?rsShareMedium=TWITTER",
    "email_share_link": "?rsShareMedium=EMAIL",
    "linkedin_share_link": "?rsShareMedium=LINKEDIN",
    "clean_share_link": "",
}


class DetailsForm(OptionsForm):
    """What the report tells of each participant beside who they are."""

    stats = forms.BooleanField(label=_("Numbers of referrals, conversions and rewards"), required=False, initial=True)
    segments = forms.BooleanField(label=_("Segments"), required=False, initial=True)
    share_links = forms.BooleanField(label=_("Share links"), required=False)


def user_details(params: Mapping[str, Any]) -> ReportQuery:
    """Return the query of all participants, in the order of the report's columns."""
    custom_fields = list(params.get("custom_fields", []))
    columns = _person()
    if params.get("stats"):
        columns |= {
            "stats_referrals": Whole("COALESCE(shared.referrals, 0)"),
            "stats_conversions": Whole("COALESCE(shared.conversions, 0)"),
            "stats_rewards": Whole("COALESCE(earned.rewards, 0)"),
        }
    if params.get("segments"):
        columns["segments"] = Text(db.joined_texts("participant.segments"))
    prefix: list[str] = []
    if params.get("share_links"):
        columns |= {name: Text(f"COALESCE(link.address || '{end}', '')") for name, end in LINK_COLUMNS.items()}
        prefix = [share_url("")]
    # A query of its own names each value, so that its key is written, as a parameter, once however often it is read.
    values = ", ".join(f"{db.json_text('custom_fields')} AS own_{n}" for n in range(len(custom_fields)))
    period, bounds = period_filter(params, created="created_at", updated="updated_at")
    parts = ", ".join(filter(None, ("*", values)))
    participants = f"(SELECT {parts} FROM programs_participant WHERE TRUE {period}) AS participant"
    columns |= {f"own_{n}": Text(f"COALESCE(participant.own_{n}, '')") for n in range(len(custom_fields))}
    source = SOURCE.format(stats=STATS if params.get("stats") else "", links=LINKS if prefix else "")
    if custom_fields or bounds:
        source = source.replace("programs_participant AS participant", participants, 1)
    return ReportQuery(columns=columns, source=source, params=[*custom_fields, *bounds, *prefix])


def with_custom_fields(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add to the options the names of the fields of their own that companies gave their participants."""
    found = db.stream_rows(db.json_keys("programs_participant", "custom_fields"))
    return {**params, "custom_fields": [name for (name,) in found][:MOST_CUSTOM_FIELDS]}


def _person() -> dict[str, Part]:
    email = "participant.email"
    return {
        "id": Text("participant.user_id"),
        "account_id": Text("participant.account_id"),
        "email": Text(email),
        "first_name": Text("participant.first_name"),
        "last_name": Text("participant.last_name"),
        "referral_code": Text("COALESCE(primary_code.code, '')"),
        "image_url": Text("participant.image_url"),
        "first_seen_ip": Text(db.address_text("participant.first_seen_ip")),
        "last_seen_ip": Text(db.address_text("participant.last_seen_ip")),
        "date_created": Instant("participant.created_at"),
        "date_blocked": Instant("participant.date_blocked"),
        "email_hash": Text(f"CASE WHEN {email} = '' THEN '' ELSE MD5(LOWER({email})) END"),
        "referral_source": Text("participant.referral_source"),
        "locale": Text("participant.locale"),
        "country_code": Text("participant.country_code"),
        "referable": Text("CASE WHEN participant.referable THEN 'true' ELSE 'false' END"),
    }


def _rows(params: Mapping[str, Any], _at: datetime) -> Iterable[Any]:
    return user_details(params).rows()


def _csv(params: Mapping[str, Any], _at: datetime) -> db.Select:
    return user_details(params).csv()


USER_DETAILS = ExportType(
    slug="user-details",
    label=_("User details"),
    description=_("Every participant with ids, names, referral code, numbers, segments and your own fields."),
    view_permission="rewards.view_reward",
    resource=UserDetailsResource,
    form=DetailsForm,
    rows=_rows,
    csv=_csv,
    complete=with_custom_fields,
    order=40,
)
