from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class BlankCode(DomainError):
    code = "blank_code"
    message = _("The row has no code.")


class InvalidCode(DomainError):
    code = "invalid_code"
    message = _("A code has up to 64 characters, and only letters A to Z, digits, hyphens and underscores.")


class RepeatedCode(DomainError):
    code = "repeated_code"
    message = _("Row %(first)s has the same code. Upper and lower case do not make a difference.")


class KnownCode(DomainError):
    """The code is in a pool, and nobody has it."""

    code = "known_code"
    message = _("This code is there already: program “%(program)s”, batch “%(batch)s”.")


class KnownGivenCode(DomainError):
    """The code is in a pool, and somebody has got it."""

    code = "known_given_code"
    message = _("This code is there already: program “%(program)s”, batch “%(batch)s”, given to %(person)s.")


class KnownReferralCode(DomainError):
    code = "known_referral_code"
    message = _("This is the referral code of %(person)s in the program “%(program)s”.")


class BadPattern(DomainError):
    code = "bad_pattern"
    message = _(
        "A pattern has up to 64 characters: letters A to Z, digits, hyphens and underscores stay as they are, and each "
        "# becomes a random character."
    )


class GuessableCodes(DomainError):
    code = "guessable_codes"
    message = _(
        "Codes with %(has)s random characters could be guessed. One-time codes need at least %(needed)s of these "
        "characters."
    )


class TooFewCodes(DomainError):
    code = "too_few_codes"
    message = _(
        "There are not enough different codes of this form for %(count)s of them. Take at least %(needed)s random "
        "characters."
    )


class TooManyCodes(DomainError):
    code = "too_many_codes"
    message = _("Up to %(limit)s codes can be generated at once.")


REFUSALS = (BlankCode, InvalidCode, RepeatedCode, KnownCode, KnownGivenCode, KnownReferralCode)
PATTERN_REFUSALS = (BadPattern, GuessableCodes, TooFewCodes, TooManyCodes)
