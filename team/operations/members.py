from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from team.audit import SYSTEM, Actor, Change, record
from team.emails import owe_invitation
from team.models import Role, User
from team.queries import members_who_can_log_in


class AlreadyOnTeam(DomainError):
    """The address belongs to a member, perhaps a deactivated one."""

    code = "already_on_team"
    message = _("%(email)s is on the team already. Look for them in the list; a deactivated member can be reactivated.")


class NotInvited(DomainError):
    """No invitation is open for the member."""

    code = "not_invited"
    message = _("%(name)s has accepted the invitation already or is deactivated, so there is none to send again.")


class OwnAccess(DomainError):
    """Somebody tried to change what they themselves may do."""

    code = "own_access"
    message = _("Nobody changes their own role or deactivates themselves. Ask another member with Full access.")


class LastFullAccess(DomainError):
    """Nobody could manage the team any more."""

    code = "last_full_access"
    message = _("%(name)s is the last active member with Full access. Give it to somebody else first.")


class ChangedMeanwhile(DomainError):
    """The member is not what the person saw when they decided."""

    code = "changed_meanwhile"
    message = _("Somebody else changed %(name)s a moment ago. Look at the page again before you decide.")


@transaction.atomic
def invite_member(*, email: str, role: Role, name: str = "", language: str = "", by: Actor, at: datetime) -> User:
    """
    Add a member who is to set their password by the link that they are mailed.

    :raises AlreadyOnTeam: if the address belongs to a member, deactivated ones included
    """
    member = _add_member(email=email, password=None, role=role, name=name, language=language, invited_at=at)
    changes = {"email": Change(None, member.email), "role": Change(None, member.role)}
    record(by=by, action="member.invited", target=member, at=at, changes=changes)
    owe_invitation(member=member, inviter=by.label, at=at)
    return member


@transaction.atomic
def resend_invitation(*, member: User, by: Actor, at: datetime) -> None:
    """
    Mail an invited member a new link; the older one stops working.

    :raises NotInvited: if they are not waiting for one
    """
    waiting = User.objects.filter(pk=member.pk, is_active=True, joined_at__isnull=True)
    if not waiting.update(invited_at=at):
        raise NotInvited(name=str(member))
    member.refresh_from_db()
    record(by=by, action="member.invited_again", target=member, at=at)
    owe_invitation(member=member, inviter=by.label, at=at)


@transaction.atomic
def change_role(*, member: User, role: Role, by: Actor, at: datetime) -> None:
    """
    Give a member another role; the same role again changes nothing.

    :raises OwnAccess: if somebody tries it with their own
    :raises LastFullAccess: if nobody else could log in with Full access afterwards
    :raises ChangedMeanwhile: if the member's role is not the one that was shown any more
    """
    _refuse_own(member, by)
    if role == member.role:
        return
    if member.role == Role.FULL_ACCESS:
        _refuse_last(member)
    if not User.objects.filter(pk=member.pk, role=member.role).update(role=role):
        raise ChangedMeanwhile(name=str(member))
    changes = {"role": Change(str(member.role), str(role))}
    record(by=by, action="member.role_changed", target=member, at=at, changes=changes)
    member.role = role


@transaction.atomic
def deactivate_member(*, member: User, by: Actor, at: datetime) -> None:
    """
    Take a member's access away at once, their sessions and links included; a second time changes nothing.

    :raises OwnAccess: if somebody tries it with themselves
    :raises LastFullAccess: if nobody else could log in with Full access afterwards
    """
    _refuse_own(member, by)
    _refuse_last(member)
    # Sessions and links must not come back to life with the member.
    active = User.objects.filter(pk=member.pk, is_active=True)
    if not active.update(is_active=False, sessions_ended_at=at):
        return
    record(by=by, action="member.deactivated", target=member, at=at, changes={"is_active": Change(True, False)})
    member.refresh_from_db()


@transaction.atomic
def reactivate_member(*, member: User, by: Actor, at: datetime) -> None:
    """Let a deactivated member in again, with the role and password they had; a second time changes nothing."""
    _refuse_own(member, by)
    if not User.objects.filter(pk=member.pk, is_active=False).update(is_active=True):
        return
    record(by=by, action="member.reactivated", target=member, at=at, changes={"is_active": Change(False, True)})
    member.refresh_from_db()


@transaction.atomic
def create_admin(*, email: str, password: str, at: datetime, by: Actor = SYSTEM) -> User:
    """
    Add a member with Full access and a password, without a mail; for the first start and for whoever is locked out.

    :raises AlreadyOnTeam: if the address belongs to a member
    """
    member = _add_member(email=email, password=password, role=Role.FULL_ACCESS, joined_at=at)
    changes = {"email": Change(None, member.email), "role": Change(None, member.role)}
    record(by=by, action="member.created", target=member, at=at, changes=changes)
    return member


def _add_member(
    *,
    email: str,
    password: str | None,
    role: Role,
    name: str = "",
    language: str = "",
    invited_at: datetime | None = None,
    joined_at: datetime | None = None,
) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(
                email,
                password,
                role=role,
                name=name,
                language=language,
                invited_at=invited_at,
                joined_at=joined_at,
            )
    except IntegrityError:
        raise AlreadyOnTeam(email=email) from None


def _refuse_own(member: User, by: Actor) -> None:
    if by.user_id == member.pk:
        raise OwnAccess


def _refuse_last(member: User) -> None:
    """Lock everybody with Full access, so that two who demote each other cannot both succeed."""
    holders = members_who_can_log_in().filter(role=Role.FULL_ACCESS).select_for_update().order_by("pk")
    if {holder.pk for holder in holders} == {member.pk}:
        raise LastFullAccess(name=str(member))
