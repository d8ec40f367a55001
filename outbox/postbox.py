from __future__ import annotations

from datetime import datetime

from outbox.emails import render_email
from outbox.operations import owe_email
from team.postbox import Mail


def take_mail(mail: Mail, *, at: datetime) -> bool:
    """Owe a mail of the team's room, which lies below and only knows that somebody takes its mails."""
    message = render_email(
        name=mail.name, to=mail.to, language=mail.language, time_zone=mail.time_zone, context=mail.context
    )
    return owe_email(key=mail.key, message=message, at=at)
