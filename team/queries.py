from __future__ import annotations

from django.db.models import Q, QuerySet

from team.models import AuditEntry, Company, User

HISTORY_SHOWN = 20


def company() -> Company:
    """Return the company as Settings → General has it, or as it is before anybody has been there."""
    return Company.objects.filter(pk=Company.ONLY_ID).first() or Company()


def history_of(*, object_type: str, object_id: str, limit: int = HISTORY_SHOWN) -> list[AuditEntry]:
    """Return the latest changes of one object, newest first; ``object_type`` is such as ``rewards.reward``."""
    entries = AuditEntry.objects.filter(object_type=object_type, object_id=object_id)
    return list(entries.select_related("user").order_by("-at", "-id")[:limit])


def changes_by(*, member: User, limit: int = HISTORY_SHOWN) -> list[AuditEntry]:
    """Return what a member has changed lately, newest first."""
    return list(AuditEntry.objects.filter(user=member).select_related("user").order_by("-at", "-id")[:limit])


def members_who_can_log_in() -> QuerySet[User]:
    """Return the active members who have accepted their invitation."""
    return User.objects.filter(Q(is_active=True) & Q(joined_at__isnull=False))
