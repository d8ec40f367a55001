"""Rules and what they did, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from typing import Final

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from advocate.lib.money import format_money
from rewards.amounts import amount_text
from rewards.models import Reward, RewardRule, RuleResult
from rewards.periods import period_text
from rewards.rules.taking_back import why_kept

Audience, Gives, Trigger = RewardRule.Audience, RewardRule.Gives, RewardRule.Trigger
Outcome = RuleResult.Outcome

SENTENCES: Final[Mapping[tuple[str, str], Promise]] = {
    (Trigger.SIGN_UP, Audience.ADVOCATE): gettext_lazy("When a friend signs up, the advocate gets %(what)s"),
    (Trigger.SIGN_UP, Audience.FRIEND): gettext_lazy("When a friend signs up, the friend gets %(what)s"),
    (Trigger.SIGN_UP, Audience.BOTH): gettext_lazy("When a friend signs up, advocate and friend each get %(what)s"),
    (Trigger.CONVERSION, Audience.ADVOCATE): gettext_lazy("When a friend's order arrives, the advocate gets %(what)s"),
    (Trigger.CONVERSION, Audience.FRIEND): gettext_lazy("When a friend's order arrives, the friend gets %(what)s"),
    (Trigger.CONVERSION, Audience.BOTH): gettext_lazy(
        "When a friend's order arrives, advocate and friend each get %(what)s"
    ),
}
REASONS: Final[Mapping[str, Promise]] = {
    Outcome.LIMIT_REACHED: gettext_lazy("The advocate had reached the limit of this rule."),
    Outcome.NOT_FIRST: gettext_lazy("The rule is for a friend's first order only, and this was a later one."),
    Outcome.NO_AMOUNT: gettext_lazy("The order came without an amount."),
    Outcome.OTHER_CURRENCY: gettext_lazy("The order was in another currency than the rule counts in."),
    Outcome.BELOW_MINIMUM: gettext_lazy("The order was smaller than the rule asks for."),
    Outcome.TOO_LITTLE: gettext_lazy("The part of the order would have been less than the unit's smallest fraction."),
    Outcome.TOO_LARGE: gettext_lazy("The part of the order would have been more than any reward can hold."),
    Outcome.NOT_IN_CATALOG: gettext_lazy("The catalog did not offer the rule's reward any more."),
    Outcome.NO_ACCOUNT: gettext_lazy("The order came from somebody without an account."),
    Outcome.DELETED: gettext_lazy("The participant had been deleted."),
}


def rule_sentence(rule: RewardRule) -> str:
    """Say in one sentence when a rule gives what to whom, and under which conditions."""
    start = SENTENCES[rule.trigger, rule.audience] % {"what": what_text(rule)}
    joined = reduce(lambda text, more: _("%(text)s, %(more)s") % {"text": text, "more": more}, conditions(rule), start)
    return _("%(sentence)s.") % {"sentence": joined}


def what_text(rule: RewardRule) -> str:
    """Say what a rule gives."""
    if rule.gives == Gives.CATALOG:
        return _("“%(name)s”") % {"name": rule.catalog_reward}
    if rule.gives == Gives.DISCOUNT:
        return _("%(percent)s off") % {"percent": f"{rule.amount}%"}
    if rule.gives == Gives.SHARE:
        unit = rule.unit.name if rule.unit else ""
        return _("%(percent)s of the order as %(unit)s") % {
            "percent": percent_text(rule.order_share or 0),
            "unit": unit,
        }
    return amount_text(rule.amount or 0, rule.unit)


def conditions(rule: RewardRule) -> list[str]:
    """Return what else belongs to a rule, each in a few words."""
    found = []
    if rule.minimum_order:
        least = minimum_text(rule)
        found.append(_("for orders of at least %(amount)s") % {"amount": least})
    if rule.first_only:
        found.append(_("for the friend's first order only"))
    if rule.pending_count:
        found.append(_("pending %(time)s") % {"time": period_text(rule.pending_count, rule.pending_period)})
    if rule.validity_count:
        found.append(_("valid for %(time)s") % {"time": period_text(rule.validity_count, rule.validity_period)})
    if rule.limit_each:
        text = ngettext(
            "at most %(count)s time for each advocate", "at most %(count)s times for each advocate", rule.limit_each
        )
        found.append(text % {"count": rule.limit_each})
    return found


def percent_text(share: int) -> str:
    """Return hundredths of a percent as people write a percentage, such as 7.5%."""
    digits = 0 if share % 100 == 0 else 1 if share % 10 == 0 else 2
    locale = translation.get_language() or "en"
    return f"{format_money(share // 10 ** (2 - digits), currency=None, exponent=digits, locale=locale)}%"


def minimum_text(rule: RewardRule) -> str:
    """Return the smallest order as the reader's language writes it."""
    locale = translation.get_language() or "en"
    currency = rule.minimum_currency
    return format_money(rule.minimum_order or 0, currency=currency, exponent=rule.minimum_exponent, locale=locale)


def result_text(result: RuleResult, *, at: datetime) -> str:
    """Say why a rule gave nothing, or what a reversal did to what it gave; nothing where all is as it should be."""
    if result.reward is None:
        return str(REASONS[result.outcome])
    order = result.conversion
    if order is None or order.reversed_at is None:
        return ""
    kept = why_kept(result.reward, at=at)
    if result.reward.status != Reward.Status.CANCELLED:
        return _("The order was reversed. %(kept)s") % {"kept": kept}
    if kept:
        return _("The order was reversed and the rest taken back. %(kept)s") % {"kept": kept}
    return _("The order was reversed and the reward taken back.")
