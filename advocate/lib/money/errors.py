from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class AmountError(DomainError):
    """An amount that cannot be taken."""

    code = "amount_not_a_number"
    message = _("“%(value)s” is not a number. Enter digits with a decimal point, such as 10.55.")


class NegativeAmount(AmountError):
    code = "amount_negative"
    message = _("“%(value)s” is negative. Only positive amounts can be entered.")


class NotFinite(AmountError):
    code = "amount_not_finite"
    message = _("“%(value)s” is not an amount. Enter digits with a decimal point, such as 10.55.")


class DigitGroups(AmountError):
    code = "amount_digit_groups"
    message = _("“%(value)s” has separators between its digits. Enter it without them, such as 1000.50.")


class ExponentNotation(AmountError):
    code = "amount_exponent"
    message = _("“%(value)s” is in scientific notation. Enter all digits of the amount.")


class OtherNumeralSystem(AmountError):
    code = "amount_other_base"
    message = _("“%(value)s” is not a decimal number. Enter digits with a decimal point, such as 10.55.")


class CurrencySign(AmountError):
    code = "amount_currency_sign"
    message = _("“%(value)s” has a currency sign. Enter the number alone.")


class DecimalComma(AmountError):
    code = "amount_comma"
    message = _("“%(value)s” has a comma. Enter it with a decimal point and without separators, such as 1000.50.")


class BothMarks(AmountError):
    code = "amount_both_marks"
    message = _("“%(value)s” has both a comma and a point. Enter it with one decimal mark, such as 1000.50.")


class ForeignDigits(AmountError):
    code = "amount_foreign_digits"
    message = _("“%(value)s” has digits of another script. Enter it with the digits 0 to 9.")


class TooSmall(AmountError):
    code = "amount_too_small"
    message = _("“%(value)s” is less than the smallest amount of this unit, %(smallest)s.")


class TooLarge(AmountError):
    code = "amount_too_large"
    message = _("“%(value)s” is more than any balance can hold.")


class TooLong(AmountError):
    code = "amount_too_long"
    message = _("The amount “%(value)s” is longer than %(limit)s characters.")
