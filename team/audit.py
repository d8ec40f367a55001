from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from team.models import AuditEntry, User


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a member of the team, an API key or the product itself."""

    label: str
    user_id: int | None = None

    @classmethod
    def of(cls, user: User) -> Actor:
        """Return the actor that a logged-in member is."""
        return cls(label=user.email, user_id=user.pk)


SYSTEM = Actor(label="system")


@dataclass(frozen=True, slots=True)
class Change:
    """What one field was and is, as values that JSON can hold."""

    before: Any
    after: Any


def record(
    *, by: Actor, action: str, target: Model, at: datetime, changes: Mapping[str, Change] | None = None
) -> AuditEntry:
    """
    Write who did what to ``target``, in the caller's transaction.

    ``action`` is a stable code such as ``reward.cancelled``, translated where it is shown.
    """
    return AuditEntry.objects.create(
        at=at,
        user_id=by.user_id,
        actor=by.label,
        action=action,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        object_label=str(target)[:255],
        changes={name: [change.before, change.after] for name, change in (changes or {}).items()},
    )
