from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class UnknownCode(DomainError):
    code = "unknown_promo_code"
    message = _("There is no such code.")


class GivenCode(DomainError):
    code = "given_promo_code"
    message = _("%(person)s has this code. Withdraw it from the page of the code, so that they get another.")


class UsedCode(DomainError):
    code = "used_promo_code"
    message = _("This code was used; %(person)s had it. What is used stays so.")


class WithdrawnCode(DomainError):
    code = "withdrawn_promo_code"
    message = _("This code was withdrawn before.")


class ExpiredCode(DomainError):
    code = "expired_promo_code"
    message = _("This code has expired.")


class FallbackCode(DomainError):
    code = "fallback_promo_code"
    message = _("This is the fallback code of “%(program)s”, which is shown while the stock is empty.")


class ReferralCodeKept(DomainError):
    code = "referral_code_kept"
    message = _("This is the referral code of %(person)s, not a promo code.")


class OtherProgram(DomainError):
    code = "other_program"
    message = _("This code belongs to the program “%(program)s”.")


REFUSALS = (
    UnknownCode,
    GivenCode,
    UsedCode,
    WithdrawnCode,
    ExpiredCode,
    FallbackCode,
    ReferralCodeKept,
    OtherProgram,
)
