"""Reward rules on a program's page, and what they did on the pages of rules, orders and referrals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.admin import Badge
from advocate.lib.clock import now
from advocate.lib.panels import Panel, register_panel
from programs.models import Conversion, Program, Referral
from rewards.amounts import amount_text
from rewards.badges import status_badge
from rewards.models import RewardRule, RuleResult
from rewards.rules import queries
from rewards.rules.words import result_text, rule_sentence
from team.panels import history_panel

SEE: Final = "rewards.view_rewardrule"
SEE_REWARDS: Final = "rewards.view_reward"
MOST_RESULTS: Final = 25


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as its program's page lists it."""

    rule: RewardRule
    url: str
    sentence: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What a rule did for one side of an order or a sign-up."""

    result: RuleResult
    value: str
    badge: Badge
    text: str


def rules_url(program_id: int) -> str:
    """Return the address of the reward rules on a program's page."""
    return f"{reverse('admin:programs_program_change', args=[program_id])}#panel-reward-rules"


def rule_badge(rule: RewardRule) -> Badge:
    """Return whether a rule gives anything now."""
    return Badge(_("On"), "success") if rule.is_on else Badge(_("Off"))


def reward_rules(request: HttpRequest, program: Program) -> Mapping[str, Any]:
    """Return the program's rules, each in a sentence."""
    user: Any = request.user
    add_url = f"{reverse('admin:rewards_rewardrule_add')}?program={program.pk}"
    return {
        "lines": [_line(rule) for rule in queries.rules_of(program)],
        "add_url": add_url if user.has_perm("rewards.add_rewardrule") else "",
        "may_change": user.has_perm("rewards.change_rewardrule"),
        "feed_url": reverse("admin:rewards_reward_changelist"),
    }


def _line(rule: RewardRule) -> RuleLine:
    url = reverse("admin:rewards_rewardrule_change", args=[rule.pk])
    return RuleLine(rule, url, rule_sentence(rule), rule_badge(rule))


def rule_mails(request: HttpRequest, rule: RewardRule) -> Mapping[str, Any]:
    """Return the e-mails of a rule as they are written."""
    return {"mails": list(rule.mails.all())}


def results_of_conversion(request: HttpRequest, conversion: Conversion) -> Mapping[str, Any]:
    """Return what the program's rules gave for an order, or why they gave nothing."""
    is_looked_at = conversion.status != Conversion.Status.QUEUED
    return {"lines": _result_lines(queries.results_of_conversion(conversion)), "is_looked_at": is_looked_at}


def results_of_referral(request: HttpRequest, referral: Referral) -> Mapping[str, Any]:
    """Return where the program's rules gave nothing for a referral."""
    return {"lines": _result_lines(queries.fruitless_results_of(referral)[:MOST_RESULTS])}


def _result_lines(results: Any) -> list[ResultLine]:
    at = now()
    return [_result_line(result, at) for result in results]


def _result_line(result: RuleResult, at: Any) -> ResultLine:
    text = result_text(result, at=at)
    if result.reward is None:
        return ResultLine(result, "", Badge(_("Nothing given"), "warning"), text)
    value = amount_text(result.reward.amount, result.reward.unit)
    return ResultLine(result, value, status_badge(result.reward, at=at), text)


def register() -> None:
    """Add the panels to their pages."""
    template = "rewards/panels/{}.html".format
    register_panel(
        Panel("program", "reward-rules", template("reward_rules"), reward_rules, "", SEE, order=25, wide=True)
    )
    register_panel(Panel("reward-rule", "mails", template("rule_mails"), rule_mails, "", SEE, order=10, wide=True))
    register_panel(history_panel(page="reward-rule", permission="team.view_auditentry"))
    register_panel(
        Panel("conversion", "rewards", template("rule_results"), results_of_conversion, "", SEE_REWARDS, 20, wide=True)
    )
    register_panel(
        Panel(
            "referral", "nothing-given", template("nothing_given"), results_of_referral, "", SEE_REWARDS, 35, wide=True
        )
    )
