from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from team.models import ApiKey, AuditEntry, Company, User
from team.secrets import digest

HISTORY_SHOWN = 20
KEYS_TRIED = 20


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


def key_of_secret(secret: str) -> ApiKey | None:
    """Return the key in force that this secret belongs to, with the company's ``tenant_alias`` beside it."""
    return _keys_in_force().filter(secret_digest=digest(secret)).first()


def key_of_sid(account_sid: str) -> ApiKey | None:
    """Return the key in force of this account SID."""
    return _keys_in_force().filter(account_sid=account_sid).first()


def newest_keys() -> list[ApiKey]:
    """Return the keys in force that may have signed a token which names none, the newest first."""
    return list(_keys_in_force().order_by("-created_at", "-pk")[:KEYS_TRIED])


def _keys_in_force() -> QuerySet[ApiKey]:
    alias = Company.objects.filter(pk=Company.ONLY_ID).values("tenant_alias")
    default = Value(Company._meta.get_field("tenant_alias").default)
    return ApiKey.objects.filter(revoked_at__isnull=True).annotate(tenant_alias=Coalesce(Subquery(alias), default))
