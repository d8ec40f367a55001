from __future__ import annotations

from rewards.models import RewardUnit


def plain_amount(amount: int, exponent: int) -> str:
    """Return the amount in the base unit with exactly the unit's digits, as files write it: 1055 is 10.55."""
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount)).rjust(exponent + 1, "0")
    if not exponent:
        return sign + digits
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"


def amount_text(amount: int, unit: RewardUnit | None) -> str:
    """Return an amount with its unit, or a percentage where there is no unit."""
    if unit is None:
        return f"{amount}%"
    return f"{plain_amount(amount, unit.exponent)} {unit.key}"
