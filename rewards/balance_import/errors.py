from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class BlankId(DomainError):
    """Half of what names a participant is missing."""

    code = "blank_id"
    message = _("%(column)s is empty. Take it from the report, it says whose balance this is.")


class UnknownParticipant(DomainError):
    """Nobody has these ids."""

    code = "unknown_participant"
    message = _(
        "Nobody has the account ID “%(account_id)s” and the user ID “%(user_id)s”. Copy both from the report; "
        "a spreadsheet may have changed them."
    )


class IdsChanged(DomainError):
    """Nobody has these ids, but the row's e-mail tells who is meant."""

    code = "ids_changed"
    message = _(
        "Nobody has the account ID “%(account_id)s” and the user ID “%(user_id)s”, but %(email)s belongs to the "
        "account ID “%(meant_account_id)s” and the user ID “%(meant_user_id)s”. A spreadsheet has probably changed "
        "the IDs: put these in."
    )


class EmailOfAnother(DomainError):
    """The ids name one participant, the e-mail another: a spreadsheet may have changed the ids."""

    code = "email_of_another"
    message = _(
        "The IDs belong to %(owner)s, but the e-mail to the account ID “%(meant_account_id)s” and the user ID "
        "“%(meant_user_id)s”. Correct the IDs or the e-mail so that they name the same participant."
    )


class UnknownUnit(DomainError):
    """No unit has this key."""

    code = "unknown_unit"
    message = _("There is no reward unit “%(found)s”. There is: %(units)s.")


class OtherUnit(DomainError):
    """The participant has a balance, but in other units."""

    code = "other_unit"
    message = _("This participant has nothing available in %(unit)s, but has %(balances)s.")


class NothingAvailable(DomainError):
    """The participant has no balance at all."""

    code = "nothing_available"
    message = _("This participant has nothing available in any unit.")


class MoreThanAvailable(DomainError):
    """The balance does not hold the amount."""

    code = "more_than_available"
    message = _("%(found)s is more than the %(available)s %(unit)s that are available.")


class TakenMeanwhile(DomainError):
    """The balance held the amount when the file was checked, and no longer when it was applied."""

    code = "taken_meanwhile"
    message = _(
        "When the file was checked, %(found)s %(unit)s were available; when it was applied, only %(available)s were."
    )


class RepeatedBalance(DomainError):
    """Several rows redeem from the same balance, so that it is not clear what is meant."""

    code = "repeated_balance"
    message = _(
        "%(times)s rows redeem from the same participant and unit, the first of them row %(first)s. "
        "Keep one of them with the sum."
    )


REFUSALS = (
    BlankId,
    UnknownParticipant,
    IdsChanged,
    EmailOfAnother,
    UnknownUnit,
    OtherUnit,
    NothingAvailable,
    MoreThanAvailable,
    TakenMeanwhile,
    RepeatedBalance,
)
