from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet

from team.models import AuditEntry, Company, User

HISTORY_SHOWN = 20


def company() -> Company:
    """Return the company as Settings → General has it, or as it is before anybody has been there."""
    return Company.objects.filter(pk=Company.ONLY_ID).first() or Company()


def language_of(member: User) -> str:
    """Return the language of mails to a member: their own, else the company's, else the deployment's."""
    return member.language or company().default_language or settings.LANGUAGE_CODE


def time_zone_of(member: User) -> str:
    """Return the time zone of mails to a member; blank is the deployment's."""
    return member.time_zone or company().time_zone


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
