from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.operations import AccountFull, CodeTaken, DoNotTrack, InvalidValue


class BlankUserId(DomainError):
    """Half of what names a user is missing."""

    code = "blank_user_id"
    message = _("%(column)s is empty. Every user needs an account ID and an ID; use the same for both if you have one.")


class TextTooLong(DomainError):
    code = "text_too_long"
    message = _("%(column)s has more than %(most)s characters. Shorten it.")


class ForbiddenCharacter(DomainError):
    code = "forbidden_character"
    message = _("%(column)s contains an invisible character (NUL). Type it anew.")


class InvalidEmail(DomainError):
    code = "invalid_email"
    message = _("“%(found)s” is no e-mail address. It looks like name@example.com.")


class InvalidLocale(DomainError):
    code = "invalid_locale"
    message = _("“%(found)s” is no locale. It is a language and a country with an underscore between, such as en_US.")


class InvalidCountry(DomainError):
    code = "invalid_country"
    message = _("“%(found)s” is no country. It is two capital letters, such as US or CN.")


class InvalidReferable(DomainError):
    code = "invalid_referable"
    message = _("“%(found)s” is neither true nor false.")


class InvalidInstant(DomainError):
    code = "invalid_instant"
    message = _(
        "“%(found)s” is no date that can be taken. Write milliseconds since 1970 as in the reports, or a date such as "
        "2026-01-31, not in the future."
    )


class InvalidUrl(DomainError):
    code = "invalid_url"
    message = _("“%(found)s” is no web address. It begins with https://.")


class InvalidSegment(DomainError):
    code = "invalid_segment"
    message = _(
        "“%(found)s” is no segment: it has up to 100 characters, no comma, and one tilde before it to remove it."
    )


class TooManySegments(DomainError):
    code = "too_many_segments"
    message = _("A row names up to %(most)s segments.")


class InvalidReferralCode(DomainError):
    code = "invalid_referral_code"
    message = _("“%(found)s” is no code. It has up to 64 letters A to Z, digits, hyphens and underscores.")


class RepeatedUser(DomainError):
    code = "repeated_user"
    message = _("Row %(first)s has the same account ID and ID. Keep one row for each user.")


REFUSALS = (
    BlankUserId,
    TextTooLong,
    ForbiddenCharacter,
    InvalidEmail,
    InvalidLocale,
    InvalidCountry,
    InvalidReferable,
    InvalidInstant,
    InvalidUrl,
    InvalidSegment,
    TooManySegments,
    InvalidReferralCode,
    RepeatedUser,
    AccountFull,
    CodeTaken,
    DoNotTrack,
    InvalidValue,
)
