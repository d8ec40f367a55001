from __future__ import annotations

from jobs.resources import SetResource, TableField


class ParticipantResource(SetResource):
    """The columns of the participants report; instants are Unix milliseconds, as in all files of the product."""

    account_id = TableField("accountId", width=24)
    user_id = TableField("userId", width=24)
    first_name = TableField("firstName")
    last_name = TableField("lastName")
    email = TableField("email", width=32)
    locale = TableField("locale", width=10)
    country_code = TableField("countryCode", width=12)
    referable = TableField("referable", width=10)
    date_blocked = TableField("dateBlocked", kind="integer")
    segments = TableField("segments", width=24)
    created_at = TableField("dateCreated", kind="integer")
