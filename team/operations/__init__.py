from __future__ import annotations

from team.operations.company import CompanyDetails, change_company
from team.operations.links import (
    LinkNotValid,
    accept_invitation,
    answer_password_resets,
    request_password_reset,
    reset_password,
)
from team.operations.members import (
    AlreadyOnTeam,
    ChangedMeanwhile,
    LastFullAccess,
    NotInvited,
    OwnAccess,
    change_role,
    create_admin,
    deactivate_member,
    invite_member,
    reactivate_member,
    resend_invitation,
)
from team.operations.profile import ProfileDetails, change_own_language, change_own_password, change_own_profile

__all__ = [
    "AlreadyOnTeam",
    "ChangedMeanwhile",
    "CompanyDetails",
    "LastFullAccess",
    "LinkNotValid",
    "NotInvited",
    "OwnAccess",
    "ProfileDetails",
    "accept_invitation",
    "answer_password_resets",
    "change_company",
    "change_own_language",
    "change_own_password",
    "change_own_profile",
    "change_role",
    "create_admin",
    "deactivate_member",
    "invite_member",
    "reactivate_member",
    "request_password_reset",
    "resend_invitation",
    "reset_password",
]
