from __future__ import annotations

from datetime import datetime

from outbox.emails import render_email
from outbox.operations import owe_email
from team.queries import company
from widget.microsite.proofs import CODE_LIFETIME
from widget.models import SignIn


def owe_code(*, sign_in: SignIn, code: str, at: datetime) -> None:
    """Owe somebody the code that lets them into a microsite."""
    context = {
        "code": code,
        "program": sign_in.display.program.name,
        "company": company().name or sign_in.display.program.name,
        "minutes": int(CODE_LIFETIME.total_seconds() // 60),
    }
    message = render_email(name="microsite-code", to=sign_in.email, language=sign_in.language, context=context)
    owe_email(key=f"microsite-code:{sign_in.public_id}", message=message, at=at)
