"""What a rule gives for one order or sign-up, or why it gives nothing: pure arithmetic on what is there."""

from __future__ import annotations

from datetime import datetime

from programs.models import Conversion
from rewards.models import LARGEST_AMOUNT, WHOLE_ORDER, RewardRule, RewardType, RuleResult
from rewards.operations import Terms, terms_of
from rewards.periods import later

Gives = RewardRule.Gives
Outcome = RuleResult.Outcome


def judged(rule: RewardRule, *, conversion: Conversion | None, at: datetime) -> Terms | RuleResult.Outcome:
    """Return what the rule gives to each side, or why nothing."""
    if conversion is not None:
        refusal = order_refusal(rule, conversion)
        if refusal is not None:
            return refusal
    if rule.catalog_reward is not None:
        return _from_catalog(rule, at)
    amount = _amount(rule, conversion)
    if amount < 1:
        return Outcome.TOO_LITTLE
    if amount > LARGEST_AMOUNT:
        return Outcome.TOO_LARGE
    scheduled_for, expires = _dates(rule, at)
    return Terms(
        amount=amount,
        unit=rule.unit,
        type=RewardType.PCT_DISCOUNT if rule.gives == Gives.DISCOUNT else RewardType.CREDIT,
        name=rule.name,
        scheduled_for=scheduled_for,
        expires=expires,
    )


def order_refusal(rule: RewardRule, conversion: Conversion) -> RuleResult.Outcome | None:
    """Return why an order does not fulfil the rule's conditions, if it does not."""
    currency = rule.unit.currency if rule.gives == Gives.SHARE and rule.unit else rule.minimum_currency
    if not currency:
        return None
    if conversion.amount is None or conversion.exponent is None:
        return Outcome.NO_AMOUNT
    if conversion.currency != currency:
        return Outcome.OTHER_CURRENCY
    # Both sides in the finer of the two fractions, so that nothing is rounded.
    order = conversion.amount * 10**rule.minimum_exponent
    if rule.minimum_order is not None and order < rule.minimum_order * 10**conversion.exponent:
        return Outcome.BELOW_MINIMUM
    return None


def share_of(amount: int, *, exponent: int, share: int, unit_exponent: int) -> int:
    """Return so many hundredths of a percent of an order in the unit's smallest fraction, rounded down once."""
    return amount * share * int(10**unit_exponent) // (WHOLE_ORDER * int(10**exponent))


def _amount(rule: RewardRule, conversion: Conversion | None) -> int:
    if rule.gives != Gives.SHARE:
        return rule.amount or 0
    if conversion is None or rule.unit is None:
        return 0  # the database has no such rule
    return share_of(
        conversion.amount or 0,
        exponent=conversion.exponent or 0,
        share=rule.order_share or 0,
        unit_exponent=rule.unit.exponent,
    )


def _from_catalog(rule: RewardRule, at: datetime) -> Terms | RuleResult.Outcome:
    """Return what the catalog says; the rule's own times overrule the catalog's."""
    entry = rule.catalog_reward
    if entry is None or not entry.is_active or entry.type == RewardType.FUELTANK:
        return Outcome.NOT_IN_CATALOG
    scheduled_for = later(at, rule.pending_count, rule.pending_period) if rule.pending_count else None
    by_catalog = terms_of(entry, at=at, scheduled_for=scheduled_for)
    if not rule.validity_count:
        return by_catalog
    starts = by_catalog.scheduled_for or at
    expires = later(starts, rule.validity_count, rule.validity_period)
    return terms_of(entry, at=at, scheduled_for=scheduled_for, expires=expires)


def _dates(rule: RewardRule, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return from when and until when the reward can be used; its validity runs from the day it is available."""
    scheduled_for = later(at, rule.pending_count, rule.pending_period) if rule.pending_count else None
    if not rule.validity_count:
        return scheduled_for, None
    return scheduled_for, later(scheduled_for or at, rule.validity_count, rule.validity_period)
