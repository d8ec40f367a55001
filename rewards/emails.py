from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from outbox.emails import Message, render_email
from rewards.reconciliation import Difference

SHOWN: Final = 20


def differences_message(*, differences: Sequence[Difference], to: str, language: str) -> Message:
    """
    Return the mail that tells of figures which do not agree with the ledger.

    :raises UnusableAddress: if ``to`` is no e-mail address
    """
    context = {"count": len(differences), "differences": differences[:SHOWN]}
    return render_email(name="ledger-differences", to=to, language=language, context=context)
