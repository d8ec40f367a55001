"""What became of each rule when a friend signed up or ordered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programs.models import Conversion, Participant, Referral
from rewards.models.rewards import Reward
from rewards.models.rules import RewardRule, Side


class RuleTally(models.Model):
    """How many rewards a rule gave an advocate, without those that were taken back whole: a guarded counter."""

    rule = models.ForeignKey(RewardRule, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+", db_index=False)
    given = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["rule", "participant"], name="rewards_rule_tally_once")]

    def __str__(self) -> str:
        return str(self.given)


class RuleResult(models.Model):
    """
    What a rule did for one side when a friend signed up or ordered: the reward, or why there is none.

    The database lets a rule have one result for each sign-up or order and side. Of an order by somebody without an
    account there is no referral, and nobody on the friend's side.
    """

    class Outcome(models.TextChoices):
        GIVEN = "GIVEN", _("Given")
        TAKEN_BACK = "TAKEN_BACK", _("Taken back")
        LIMIT_REACHED = "LIMIT_REACHED", _("Limit reached")
        NOT_FIRST = "NOT_FIRST", _("Not the first order")
        NO_AMOUNT = "NO_AMOUNT", _("Order without an amount")
        OTHER_CURRENCY = "OTHER_CURRENCY", _("Other currency")
        BELOW_MINIMUM = "BELOW_MINIMUM", _("Order too small")
        TOO_LITTLE = "TOO_LITTLE", _("Reward too small")
        TOO_LARGE = "TOO_LARGE", _("Reward too large")
        NOT_IN_CATALOG = "NOT_IN_CATALOG", _("Not active in the catalog")
        NO_ACCOUNT = "NO_ACCOUNT", _("No account known")
        DELETED = "DELETED", _("Participant deleted")

    rule = models.ForeignKey(
        RewardRule, verbose_name=_("reward rule"), on_delete=models.CASCADE, related_name="results", db_index=False
    )
    side = models.CharField(_("for"), max_length=8, choices=Side.choices)
    participant = models.ForeignKey(
        Participant,
        verbose_name=_("participant"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    referral = models.ForeignKey(
        Referral, verbose_name=_("referral"), null=True, on_delete=models.PROTECT, related_name="rule_results"
    )
    conversion = models.ForeignKey(
        Conversion,
        verbose_name=_("conversion"),
        null=True,
        on_delete=models.PROTECT,
        related_name="rule_results",
        db_index=False,  # the unique constraint begins with it
    )
    outcome = models.CharField(_("result"), max_length=14, choices=Outcome.choices)
    reward = models.OneToOneField(
        Reward, verbose_name=_("reward"), null=True, on_delete=models.PROTECT, related_name="rule_result"
    )
    # Of the rules for a friend's first order: the database lets one order of a referral be that.
    is_only = models.BooleanField(default=False)
    at = models.DateTimeField(_("when"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "rule", "side"],
                condition=Q(conversion__isnull=True),
                name="rewards_rule_sign_up_once",
            ),
            models.UniqueConstraint(
                fields=["conversion", "rule", "side"],
                condition=Q(conversion__isnull=False),
                name="rewards_rule_conversion_once",
            ),
            models.UniqueConstraint(
                fields=["referral", "rule", "side"],
                condition=Q(is_only=True, outcome="GIVEN"),
                name="rewards_rule_first_order_once",
            ),
            models.CheckConstraint(
                condition=Q(referral__isnull=False) | Q(conversion__isnull=False), name="rewards_rule_result_cause"
            ),
            models.CheckConstraint(
                condition=(
                    Q(outcome__in=["GIVEN", "TAKEN_BACK"], reward__isnull=False)
                    | (~Q(outcome__in=["GIVEN", "TAKEN_BACK"]) & Q(reward__isnull=True))
                ),
                name="rewards_rule_result_reward",
            ),
        ]

    def __str__(self) -> str:
        return self.outcome
