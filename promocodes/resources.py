from __future__ import annotations

from jobs.resources import SetResource, TableField


class PromoCodeResource(SetResource):
    """The file of an upload of codes: one column."""

    code = TableField("code", width=24)


class CodeReportResource(SetResource):
    """The columns of the report of promo codes; instants are Unix milliseconds, as in all files of the product."""

    code = TableField("code", width=24)
    program_id = TableField("programId", width=20)
    program_name = TableField("programName", width=24)
    kind = TableField("kind")
    state = TableField("status")
    advocate_user_id = TableField("advocate.id", width=26)
    advocate_account_id = TableField("advocate.accountId", width=26)
    advocate_email = TableField("advocate.email", width=30)
    assigned_at = TableField("dateAssigned", kind="integer")
    copied_at = TableField("dateCopied", kind="integer")
    used_at = TableField("dateUsed", kind="integer")
    uses = TableField("uses", kind="integer", width=8)
    friend_user_id = TableField("friend.id", width=26)
    friend_account_id = TableField("friend.accountId", width=26)
    batch = TableField("batch", width=24)
    date_added = TableField("dateAdded", kind="integer")
    withdrawn_at = TableField("dateWithdrawn", kind="integer")
    expires_at = TableField("dateExpires", kind="integer")


class GivenSetResource(SetResource):
    """What giving sets of codes tells of each advocate."""

    account_id = TableField("accountId", width=28)
    user_id = TableField("userId", width=28)
    codes = TableField("codes")
    waiting = TableField("waiting")
