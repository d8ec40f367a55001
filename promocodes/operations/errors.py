from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class PoolIsOff(DomainError):
    """The program gives no promo codes yet."""

    code = "pool_is_off"
    message = _("Promo codes are not set up for %(program)s yet. Set them up under Program Rules first.")


class StockEmpty(DomainError):
    """There is no code left to give."""

    code = "stock_empty"
    message = _("No code is left in the stock of %(program)s. Upload more codes, or type one.")


class ParticipantBlocked(DomainError):
    """Who is blocked gets no codes."""

    code = "participant_blocked"
    message = _("%(name)s is blocked and gets no codes. Unblock the participant first.")


class CodeNotWithdrawable(DomainError):
    """The code is used, withdrawn or expired already, or is no advocate's."""

    code = "code_not_withdrawable"
    message = _("The code %(shown)s cannot be withdrawn any more: %(state)s.")


class ReasonMissing(DomainError):
    """A withdrawal must say why, for whoever looks at it later."""

    code = "reason_missing"
    message = _("Give the reason for withdrawing the code: your colleagues will read it.")
