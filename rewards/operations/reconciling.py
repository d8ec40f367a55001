from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from outbox.operations import owe_email
from rewards.emails import differences_message
from rewards.reconciliation import Difference
from team.models import Role
from team.queries import company, members_who_can_log_in


@transaction.atomic
def report_differences(*, differences: Sequence[Difference], at: datetime) -> int:
    """
    Owe everyone with full access, and the company's account address, a mail about differences; return how many.

    However often it is called, each gets one a day.
    """
    readers = {member.email: member.language for member in members_who_can_log_in().filter(role=Role.FULL_ACCESS)}
    account = company()
    if account.account_email:
        readers.setdefault(account.account_email, account.default_language)
    owed = 0
    for address, language in readers.items():
        message = differences_message(differences=differences, to=address, language=language)
        owed += owe_email(key=f"ledger:{at.date()}:{address[:150]}", message=message, at=at)
    return owed
