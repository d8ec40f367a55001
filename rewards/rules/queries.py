from __future__ import annotations

from django.db.models import QuerySet

from programs.models import Conversion, Program, Referral
from rewards.models import RewardRule, RuleResult


def rules_of(program: Program) -> QuerySet[RewardRule]:
    """Return a program's rules, those that are on first, with what their sentences need."""
    rules = RewardRule.objects.filter(program=program).select_related("unit", "catalog_reward")
    return rules.order_by("-is_on", "trigger", "pk")


def results_of_conversion(conversion: Conversion) -> QuerySet[RuleResult]:
    """Return what the rules did for an order."""
    return _with_all(RuleResult.objects.filter(conversion=conversion))


def fruitless_results_of(referral: Referral) -> QuerySet[RuleResult]:
    """Return where the rules gave nothing for a referral's sign-up and orders, the latest first."""
    return _with_all(RuleResult.objects.filter(referral=referral, reward__isnull=True)).order_by("-at", "-pk")


def _with_all(results: QuerySet[RuleResult]) -> QuerySet[RuleResult]:
    return results.select_related("rule", "participant", "reward__unit", "conversion").order_by("rule_id", "side")
