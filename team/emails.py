from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from team import links
from team.models import Role, User
from team.postbox import Mail, owe
from team.queries import company, language_of, time_zone_of


def owe_invitation(*, member: User, inviter: str, at: datetime) -> None:
    """Owe a new member the link under which they choose their name and password."""
    path = reverse("accept_invitation", args=[links.member_code(member), links.INVITATION.make_token(member, at)])
    mail = Mail(
        key=f"team.invitation.{member.pk}.{at.isoformat()}",
        name="invitation",
        to=member.email,
        language=language_of(member),
        context={
            "inviter": inviter,
            "company": company().name,
            "role": Role(member.role).label,
            "link_path": path,
            "days": links.INVITATION.lifetime.days,
        },
    )
    owe(mail, at=at)


def owe_password_reset(*, member: User, request_id: int, language: str, at: datetime) -> None:
    """Owe a member the link under which they choose a new password; one for each request."""
    path = reverse(
        "password_reset_confirm", args=[links.member_code(member), links.PASSWORD_RESET.make_token(member, at)]
    )
    mail = Mail(
        key=f"team.password-reset.{request_id}",
        name="password-reset",
        to=member.email,
        language=member.language or language,
        time_zone=member.time_zone,
        context={"link_path": path, "hours": int(links.PASSWORD_RESET.lifetime.total_seconds() // 3600)},
    )
    owe(mail, at=at)


def owe_password_changed(*, member: User, at: datetime) -> None:
    """Tell a member that their password was changed, so that they notice when it was not them."""
    mail = Mail(
        key=f"team.password-changed.{member.pk}.{at.isoformat()}",
        name="password-changed",
        to=member.email,
        language=language_of(member),
        time_zone=time_zone_of(member),
        context={"at": at, "reset_path": reverse("admin_password_reset")},
    )
    owe(mail, at=at)
