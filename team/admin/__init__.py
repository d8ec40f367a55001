from __future__ import annotations

from team.admin.changes import AuditEntryAdmin
from team.admin.company import CompanyAdmin
from team.admin.members import UserAdmin

__all__ = ["AuditEntryAdmin", "CompanyAdmin", "UserAdmin"]
