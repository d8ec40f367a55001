from __future__ import annotations

from team.operations.api_keys import (
    ApiKeyMadeAlready,
    ApiKeyRevoked,
    NewApiKey,
    create_api_key,
    note_key_use,
    reencrypt_api_keys,
    revoke_api_key,
)
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
    "ApiKeyMadeAlready",
    "ApiKeyRevoked",
    "ChangedMeanwhile",
    "CompanyDetails",
    "LastFullAccess",
    "LinkNotValid",
    "NewApiKey",
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
    "create_api_key",
    "deactivate_member",
    "invite_member",
    "note_key_use",
    "reactivate_member",
    "reencrypt_api_keys",
    "request_password_reset",
    "resend_invitation",
    "reset_password",
    "revoke_api_key",
]
