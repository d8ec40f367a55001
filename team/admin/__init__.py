from __future__ import annotations

from team.admin.api_keys import ApiKeyAdmin
from team.admin.changes import AuditEntryAdmin
from team.admin.company import CompanyAdmin
from team.admin.members import UserAdmin

__all__ = ["ApiKeyAdmin", "AuditEntryAdmin", "CompanyAdmin", "UserAdmin"]
