from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from team.audit import Actor, Change, record
from team.emails import owe_password_changed
from team.models import User


@dataclass(frozen=True, slots=True)
class ProfileDetails:
    """What members say about themselves; blank language and zone follow the browser and the company."""

    name: str
    language: str
    time_zone: str


@transaction.atomic
def change_own_profile(*, member: User, details: ProfileDetails, at: datetime) -> None:
    """Change what a member says about themselves; nothing is recorded where nothing differs."""
    before = User.objects.select_for_update().get(pk=member.pk)
    changes = {
        name: Change(getattr(before, name), value)
        for name, value in asdict(details).items()
        if getattr(before, name) != value
    }
    if not changes:
        return
    User.objects.filter(pk=member.pk).update(**{name: change.after for name, change in changes.items()})
    record(by=Actor.of(member), action="member.profile_changed", target=member, at=at, changes=changes)
    member.refresh_from_db()


def change_own_language(*, member: User, language: str, at: datetime) -> None:
    """Keep the language that a member switched to."""
    details = ProfileDetails(name=member.name, language=language, time_zone=member.time_zone)
    change_own_profile(member=member, details=details, at=at)


def change_own_password(*, member: User, password: str, at: datetime) -> None:
    """Set a member's new password; their sessions end, and the one they are in must be renewed by the caller."""
    hashed = make_password(password)
    with transaction.atomic():
        User.objects.filter(pk=member.pk).update(password=hashed)
        record(by=Actor.of(member), action="member.password_changed", target=member, at=at)
        owe_password_changed(member=member, at=at)
    member.refresh_from_db()
