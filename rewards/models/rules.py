"""What a program gives by itself when a friend signs up or orders."""

from __future__ import annotations

from typing import Final

from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from programs.models import Program
from rewards.models.offers import LARGEST_AMOUNT, CatalogReward, RewardUnit
from rewards.periods import Period

WHOLE_ORDER: Final = 10_000  # an order's share is counted in hundredths of a percent
LONGEST_TIME: Final = 1200
MOST_EACH: Final = 1_000_000


class Side(models.TextChoices):
    """Who of a referral gets a reward."""

    ADVOCATE = "ADVOCATE", pgettext_lazy("person", "Advocate")
    FRIEND = "FRIEND", _("Friend")


class RewardRule(models.Model):
    """
    What a program gives when a friend signs up or orders; changing it changes nothing that was given before.

    ``amount`` is in the unit's smallest fraction, or a percentage for a discount; ``order_share`` is in hundredths of
    a percent. ``minimum_order`` is in the smallest fraction of its currency, which has ``minimum_exponent`` digits.
    """

    class Trigger(models.TextChoices):
        SIGN_UP = "SIGN_UP", _("A friend signs up")
        CONVERSION = "CONVERSION", _("A friend's order arrives")

    class Audience(models.TextChoices):
        ADVOCATE = "ADVOCATE", _("The advocate")
        FRIEND = "FRIEND", _("The friend")
        BOTH = "BOTH", _("Both")

    class Gives(models.TextChoices):
        AMOUNT = "AMOUNT", _("A fixed amount")
        SHARE = "SHARE", _("A percentage of the order")
        DISCOUNT = "DISCOUNT", _("A percentage off")
        CATALOG = "CATALOG", _("A reward from the catalog")

    program = models.ForeignKey(
        Program, verbose_name=_("program"), on_delete=models.CASCADE, related_name="reward_rules"
    )
    name = models.CharField(_("name"), max_length=100, validators=[MinLengthValidator(1)])
    trigger = models.CharField(_("when"), max_length=10, choices=Trigger.choices)
    audience = models.CharField(_("who gets it"), max_length=8, choices=Audience.choices)
    gives = models.CharField(_("what they get"), max_length=8, choices=Gives.choices)
    unit = models.ForeignKey(RewardUnit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.PROTECT)
    amount = models.BigIntegerField(
        _("value"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LARGEST_AMOUNT)]
    )
    order_share = models.PositiveIntegerField(
        _("share of the order"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(WHOLE_ORDER)],
    )
    catalog_reward = models.ForeignKey(
        CatalogReward, verbose_name=_("catalog reward"), null=True, blank=True, on_delete=models.PROTECT
    )
    minimum_order = models.BigIntegerField(
        _("smallest order"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LARGEST_AMOUNT)]
    )
    minimum_currency = models.CharField(_("currency of the smallest order"), max_length=3, blank=True)
    minimum_exponent = models.PositiveSmallIntegerField(_("decimal places of the smallest order"), default=0)
    first_only = models.BooleanField(_("first order only"), default=False)
    pending_count = models.PositiveSmallIntegerField(
        _("pending for"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TIME)],
    )
    pending_period = models.CharField(
        _("pending for, counted in"), max_length=6, choices=Period.choices, default=Period.DAYS
    )
    validity_count = models.PositiveSmallIntegerField(
        _("expires after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TIME)],
    )
    validity_period = models.CharField(
        _("expires after, counted in"), max_length=6, choices=Period.choices, default=Period.MONTHS
    )
    limit_each = models.PositiveIntegerField(
        _("limit for each advocate"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_EACH)],
    )
    is_on = models.BooleanField(_("on"), default=True)
    sends_mail = models.BooleanField(_("tells by e-mail"), default=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("reward rule")
        verbose_name_plural = _("reward rules")
        default_permissions = ("view", "add", "change")
        ordering = ["program_id", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="rewards_rule_named"),
            models.CheckConstraint(condition=Q(trigger__in=["SIGN_UP", "CONVERSION"]), name="rewards_rule_trigger"),
            models.CheckConstraint(
                condition=Q(audience__in=["ADVOCATE", "FRIEND", "BOTH"]), name="rewards_rule_audience"
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        gives="AMOUNT",
                        unit__isnull=False,
                        amount__gte=1,
                        amount__lte=LARGEST_AMOUNT,
                        order_share__isnull=True,
                        catalog_reward__isnull=True,
                    )
                    | Q(
                        gives="SHARE",
                        trigger="CONVERSION",
                        unit__isnull=False,
                        amount__isnull=True,
                        order_share__gte=1,
                        order_share__lte=WHOLE_ORDER,
                        catalog_reward__isnull=True,
                    )
                    | Q(
                        gives="DISCOUNT",
                        unit__isnull=True,
                        amount__gte=1,
                        amount__lte=100,
                        order_share__isnull=True,
                        catalog_reward__isnull=True,
                    )
                    | Q(
                        gives="CATALOG",
                        unit__isnull=True,
                        amount__isnull=True,
                        order_share__isnull=True,
                        catalog_reward__isnull=False,
                    )
                ),
                name="rewards_rule_gives",
            ),
            models.CheckConstraint(
                condition=(
                    Q(minimum_order__isnull=True, minimum_currency="")
                    | Q(minimum_order__gte=1, minimum_currency__gt="", trigger="CONVERSION")
                ),
                name="rewards_rule_minimum",
            ),
            models.CheckConstraint(condition=Q(first_only=False) | Q(trigger="CONVERSION"), name="rewards_rule_first"),
            models.CheckConstraint(
                condition=Q(limit_each__isnull=True) | (Q(limit_each__gte=1) & ~Q(audience="FRIEND")),
                name="rewards_rule_limit",
            ),
            models.CheckConstraint(
                condition=(Q(pending_count__isnull=True) | Q(pending_count__gte=1))
                & (Q(validity_count__isnull=True) | Q(validity_count__gte=1)),
                name="rewards_rule_times",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sides(self) -> tuple[Side, ...]:
        """Return who gets the reward."""
        if self.audience == self.Audience.BOTH:
            return (Side.ADVOCATE, Side.FRIEND)
        return (Side(self.audience),)


class RuleMail(models.Model):
    """What the e-mail about a rule's reward says to one side in one language."""

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        CHINESE = "zh-hans", _("Chinese")

    rule = models.ForeignKey(RewardRule, on_delete=models.CASCADE, related_name="mails", db_index=False)
    side = models.CharField(_("to"), max_length=8, choices=Side.choices)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=5000)

    class Meta:
        default_permissions = ()
        ordering = ["rule_id", "side", "language"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "side", "language"], name="rewards_rule_mail_once"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(text=""), name="rewards_rule_mail_says_something"),
        ]

    def __str__(self) -> str:
        return self.subject
