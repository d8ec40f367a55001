from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from outbox.emails import Message, render_email
from rewards.reconciliation import Difference

SHOWN: Final = 20
KINDS: Final = {"reward": _("Reward"), "reversal": _("Reversal"), "import": _("Import")}
COUNTED: Final = {"redeemed": _("Redeemed"), "amount": _("Value"), "rows": _("Rows")}


def differences_message(*, differences: Sequence[Difference], to: str, language: str) -> Message:
    """
    Return the mail that tells of figures which do not agree with the ledger.

    :raises UnusableAddress: if ``to`` is no e-mail address
    """
    lines = [(KINDS[one.kind], COUNTED.get(one.what, one.what), one) for one in differences[:SHOWN]]
    context = {"count": len(differences), "lines": lines}
    return render_email(name="ledger-differences", to=to, language=language, context=context)
