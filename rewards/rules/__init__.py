"""What programs give by themselves: rules, what they gave for sign-ups and orders, and taking that back."""

from __future__ import annotations

from rewards.rules.definitions import MailText, RuleDefinition
from rewards.rules.giving import give_for_conversion, give_for_sign_up, give_for_sign_ups
from rewards.rules.giving_many import give_for_new_sign_ups
from rewards.rules.saving import add_rule, change_rule, switch_rule
from rewards.rules.taking_back import Kept, TakenBack, take_back_for_conversion

__all__ = [
    "Kept",
    "MailText",
    "RuleDefinition",
    "TakenBack",
    "add_rule",
    "change_rule",
    "give_for_conversion",
    "give_for_new_sign_ups",
    "give_for_sign_up",
    "give_for_sign_ups",
    "switch_rule",
    "take_back_for_conversion",
]
