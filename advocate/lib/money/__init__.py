"""Amounts: integers in a unit's smallest fraction inside, decimal text in files, a locale's way for people."""

from __future__ import annotations

from advocate.lib.money.amounts import NOTHING, ParsedAmount, format_amount, format_money, parse_amount
from advocate.lib.money.errors import AmountError

__all__ = ["NOTHING", "AmountError", "ParsedAmount", "format_amount", "format_money", "parse_amount"]
