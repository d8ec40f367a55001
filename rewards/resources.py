"""The columns of the reports: names, order and kinds, as spreadsheets and other systems rely on them."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.resources import SetResource, TableField

# A Unix time in milliseconds, as all files of the product give instants.
INSTANT_WIDTH = 16
ID_WIDTH = 26
NAME_WIDTH = 18
EMAIL_WIDTH = 30
LINK_WIDTH = 36

# What reward history leaves out unless it is asked for: the option's name, and how its columns begin.
OPTIONAL_COLUMNS = {"user": "user.", "referral": "referral."}


def _text(name: str, width: int = 16) -> TableField:
    return TableField(name, width=width)


def _amount(name: str, *, highlighted: bool = False) -> TableField:
    return TableField(name, kind="decimal", width=20, highlighted=highlighted)


def _instant(name: str) -> TableField:
    return TableField(name, kind="integer", width=INSTANT_WIDTH)


class AvailableBalancesResource(SetResource):
    """
    What each participant has available of each unit; the report that comes back as *Update User Reward Balances*.

    The header is exactly the original's, of which only ``valueToRedeem`` is to be edited.
    """

    first_name = _text("firstName", NAME_WIDTH)
    last_name = _text("lastName", NAME_WIDTH)
    email = _text("email", EMAIL_WIDTH)
    date_blocked = _instant("dateBlocked")
    unit_name = _text("unitName")
    currency = _text("currency", 10)
    available = _amount("availableValue")
    to_redeem = _amount("valueToRedeem", highlighted=True)
    redeemed = _amount("totalRedeemedValue")
    user_id = _text("userId", ID_WIDTH)
    account_id = _text("accountId", ID_WIDTH)
    unit = _text("unit")
    segments = _text("segments", 20)


class BalanceUpdateResource(SetResource):
    """
    What the import *Update User Reward Balances* reads: whose balance, and how much of it to redeem.

    The e-mail, what was available and what was redeemed serve to find ids and balances that have changed since.
    """

    account_id = _text("accountId", ID_WIDTH)
    user_id = _text("userId", ID_WIDTH)
    unit = _text("unit")
    to_redeem = _amount("valueToRedeem", highlighted=True)
    email = _text("email", EMAIL_WIDTH)
    available = _amount("availableValue")
    redeemed = _amount("totalRedeemedValue")


class UserImportResource(SetResource):
    """
    What the import *Users* reads; further columns begin as in ``rewards.user_import.columns``.

    A participant's code in a program is ``referralCodes.`` with the program's ID, a field of your own ``customFields.``
    with its name.
    """

    account_id = _text("accountId", ID_WIDTH)
    user_id = _text("id", ID_WIDTH)
    first_name = _text("firstName", NAME_WIDTH)
    last_name = _text("lastName", NAME_WIDTH)
    email = _text("email", EMAIL_WIDTH)
    referable = _text("referable", 10)
    locale = _text("locale", 10)
    country_code = _text("countryCode", 12)
    image_url = _text("imageUrl", 24)
    date_created = _instant("dateCreated")
    segments = _text("segments", 20)
    referred_by = _text("referredBy.code", 20)
    referred_by_codes = _text("referredByCodes", 20)


class BalanceUndoResource(SetResource):
    """What undoing an import tells of each of its rows."""

    account_id = _text("accountId", ID_WIDTH)
    user_id = _text("userId", ID_WIDTH)
    unit = _text("unit")
    amount = _amount("value")


class RewardBalancesResource(SetResource):
    """What each participant was given, redeemed and lost of each type and unit."""

    user_id = _text("userId", ID_WIDTH)
    account_id = _text("accountId", ID_WIDTH)
    type = _text("type")
    unit = _text("unit")
    amount = _amount("amount")
    assigned = _amount("totalAssignedCredit")
    redeemed = _amount("totalRedeemedCredit")
    expired = _amount("totalExpiredCredit")
    email = _text("email", EMAIL_WIDTH)
    first_name = _text("firstName", NAME_WIDTH)
    last_name = _text("lastName", NAME_WIDTH)
    referral_code = _text("referralCode", 20)
    image_url = _text("imageUrl", 24)
    first_seen_ip = _text("firstSeenIP")
    last_seen_ip = _text("lastSeenIP")
    date_created = _instant("dateCreated")
    referral_source = _text("referralSource")
    locale = _text("locale", 10)


class RewardHistoryResource(SetResource):
    """
    Every reward with its dates, amounts and statuses.

    The participant's columns are there if the option ``user`` is on, the referral's if ``referral`` is.
    """

    id = _text("id", ID_WIDTH)
    type = _text("type")
    value = _amount("value")
    unit = _text("unit")
    name = _text("name", 24)
    date_created = _instant("dateCreated")
    date_scheduled_for = _instant("dateScheduledFor")
    date_given = _instant("dateGiven")
    date_expires = _instant("dateExpires")
    date_cancelled = _instant("dateCancelled")
    date_redeemed = _instant("dateRedeemed")
    date_modified = _instant("dateModified")
    source = _text("rewardSource")
    fuel_tank_type = _text("fuelTankType")
    fuel_tank_code = _text("fuelTankCode")
    program_id = _text("programId", 20)
    program_reward_key = _text("programRewardKey", 20)
    global_reward_key = _text("globalRewardKey", 20)
    assigned = _amount("assignedCredit")
    redeemed = _amount("redeemedCredit")
    available = _amount("availableValue")
    statuses = _text("statuses", 20)
    participant_id = _text("user.id", ID_WIDTH)
    participant_account_id = _text("user.accountId", ID_WIDTH)
    participant_first_name = _text("user.firstName", NAME_WIDTH)
    participant_last_name = _text("user.lastName", NAME_WIDTH)
    participant_email = _text("user.email", EMAIL_WIDTH)
    meta_status = _text("meta.status")
    meta_message = _text("meta.message", 24)
    meta_internal_message = _text("meta.internalMessage", 24)
    meta_date_modified = _instant("meta.dateModified")
    referral_id = _text("referral.id")
    referral_date_started = _instant("referral.dateReferralStarted")
    referral_date_modified = _instant("referral.dateModified")
    referral_code_used = _text("referral.referralCodeUsed", 20)
    referred_id = _text("referral.referredUser.id", ID_WIDTH)
    referred_account_id = _text("referral.referredUser.accountId", ID_WIDTH)
    referred_first_name = _text("referral.referredUser.firstName", NAME_WIDTH)
    referred_last_name = _text("referral.referredUser.lastName", NAME_WIDTH)
    referred_email = _text("referral.referredUser.email", EMAIL_WIDTH)
    referrer_id = _text("referral.referrerUser.id", ID_WIDTH)
    referrer_account_id = _text("referral.referrerUser.accountId", ID_WIDTH)
    referrer_first_name = _text("referral.referrerUser.firstName", NAME_WIDTH)
    referrer_last_name = _text("referral.referrerUser.lastName", NAME_WIDTH)
    referrer_email = _text("referral.referrerUser.email", EMAIL_WIDTH)
    referral_date_converted = _instant("referral.dateConverted")

    def get_export_fields(self, selected_fields: Sequence[str] | None = None) -> list[TableField]:
        """Return the chosen columns in their order."""
        fields: list[TableField] = super().get_export_fields(selected_fields)
        left_out = tuple(prefix for option, prefix in OPTIONAL_COLUMNS.items() if not self.params.get(option))
        return [field for field in fields if not field.column_name.startswith(left_out)]


class UserDetailsResource(SetResource):
    """
    Who the participants are.

    Their numbers are there if the option ``stats`` is on, their segments if ``segments`` is, the links that they share
    if ``share_links`` is, and each of the company's own fields that ``custom_fields`` names has a column.
    """

    id = _text("id", ID_WIDTH)
    account_id = _text("accountId", ID_WIDTH)
    email = _text("email", EMAIL_WIDTH)
    first_name = _text("firstName", NAME_WIDTH)
    last_name = _text("lastName", NAME_WIDTH)
    referral_code = _text("referralCode", 20)
    image_url = _text("imageUrl", 24)
    first_seen_ip = _text("firstSeenIP")
    last_seen_ip = _text("lastSeenIP")
    date_created = _instant("dateCreated")
    date_blocked = _instant("dateBlocked")
    email_hash = _text("emailHash", 34)
    referral_source = _text("referralSource")
    locale = _text("locale", 10)
    country_code = _text("countryCode", 12)
    referable = _text("referable", 10)
    stats_referrals = TableField("stats.referrals", kind="integer")
    stats_conversions = TableField("stats.conversions", kind="integer")
    stats_rewards = TableField("stats.rewards", kind="integer")
    segments = _text("segments", 24)
    share_link = _text("shareLink", LINK_WIDTH)
    facebook_share_link = _text("facebookShareLink", LINK_WIDTH)
    twitter_share_link = _text("twitterShareLink", LINK_WIDTH)
    email_share_link = _text("emailShareLink", LINK_WIDTH)
    linkedin_share_link = _text("linkedinShareLink", LINK_WIDTH)
    clean_share_link = _text("cleanShareLink", LINK_WIDTH)

    def get_export_fields(self, selected_fields: Sequence[str] | None = None) -> list[TableField]:
        """Return the chosen columns in their order, the company's own fields last."""
        fields: list[TableField] = super().get_export_fields(selected_fields)
        left_out = tuple(option for option in ("stats", "segments") if not self.params.get(option))
        if not self.params.get("share_links"):
            fields = [field for field in fields if not field.column_name.lower().endswith("sharelink")]
        own = [_text(f"customFields.{name}", 20) for name in self.params.get("custom_fields", [])]
        return [field for field in fields if not field.column_name.startswith(left_out)] + own


class ReferralActivityResource(SetResource):
    """Every referral with both sides as they are today; the header is the original's."""

    id = _text("id", ID_WIDTH)
    date_modified = _instant("dateModified")
    date_started = _instant("dateReferralStarted")
    date_converted = _instant("dateConverted")
    date_user_modified = _instant("dateUserModified")
    program_id = _text("programId", 20)
    program_name = _text("programName", 24)
    referred_email = _text("referredUserEmail", EMAIL_WIDTH)
    referred_first_name = _text("referredUserFirstName", NAME_WIDTH)
    referred_last_name = _text("referredUserLastName", NAME_WIDTH)
    referred_code = _text("referredUserReferralCode", 20)
    referred_first_seen_ip = _text("referredUserFirstSeenIP")
    referred_last_seen_ip = _text("referredUserLastSeenIP")
    referred_image_url = _text("referredUserImageUrl", 24)
    referred_locale = _text("referredUserLocale", 10)
    referred_date_created = _instant("referredUserDateCreated")
    referred_user = _text("referredUser", ID_WIDTH)
    referred_account = _text("referredAccount", ID_WIDTH)
    referrer_email = _text("referrerUserEmail", EMAIL_WIDTH)
    referrer_first_name = _text("referrerUserFirstName", NAME_WIDTH)
    referrer_last_name = _text("referrerUserLastName", NAME_WIDTH)
    referrer_code = _text("referrerUserReferralCode", 20)
    referrer_first_seen_ip = _text("referrerUserFirstSeenIP")
    referrer_last_seen_ip = _text("referrerUserLastSeenIP")
    referrer_image_url = _text("referrerUserImageUrl", 24)
    referrer_locale = _text("referrerUserLocale", 10)
    referrer_date_created = _instant("referrerUserDateCreated")
    referrer_user = _text("referrerUser", ID_WIDTH)
    referrer_account = _text("referrerAccount", ID_WIDTH)
    moderation_status = _text("moderationStatus")
    date_moderated = _instant("dateModerated")
    date_paid = _instant("dateReferralPaid")
    date_ended = _instant("dateReferralEnded")
    referred_moderation_status = _text("referredModerationStatus")
    referrer_moderation_status = _text("referrerModerationStatus")
    referred_reward = _text("referredReward", ID_WIDTH)
    referrer_reward = _text("referrerReward", ID_WIDTH)


class ReferralsResource(SetResource):
    """Every referral by its ids, in the columns that other systems read them by."""

    id = _text("id", ID_WIDTH)
    program_id = _text("programId", 20)
    referred_user = _text("referredUser", ID_WIDTH)
    referred_account = _text("referredAccount", ID_WIDTH)
    referred_reward = _text("referredReward", ID_WIDTH)
    referred_moderation_status = _text("referredModerationStatus")
    referrer_user = _text("referrerUser", ID_WIDTH)
    referrer_account = _text("referrerAccount", ID_WIDTH)
    referrer_reward = _text("referrerReward", ID_WIDTH)
    referrer_moderation_status = _text("referrerModerationStatus")
    date_started = _instant("dateReferralStarted")
    date_converted = _instant("dateConverted")
    date_paid = _instant("dateReferralPaid")
    date_ended = _instant("dateReferralEnded")
    date_moderated = _instant("dateModerated")
