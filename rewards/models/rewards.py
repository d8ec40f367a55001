from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from jobs.models import Job
from programs.models import Conversion, Participant, Program, Referral
from rewards.models.offers import AMOUNT_IN_RANGE, LARGEST_AMOUNT, UNIT_FITS_TYPE, CatalogReward, RewardType, RewardUnit
from rewards.models.rules import RewardRule
from rewards.public_ids import new_public_id


class Reward(models.Model):
    """Something given to a participant; ``redeemed`` is a guarded counter that equals the sum of its entries."""

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        AVAILABLE = "AVAILABLE", _("Available")
        REDEEMED = "REDEEMED", _("Redeemed")
        EXPIRED = "EXPIRED", _("Expired")
        CANCELLED = "CANCELLED", _("Cancelled")

    class PendingReason(models.TextChoices):
        SCHEDULED = "SCHEDULED", _("Scheduled for later")
        SUSPECTED_FRAUD = "SUSPECTED_FRAUD", _("Held back: possible fraud")
        US_TAX = "US_TAX", _("Waiting for a US tax form")
        MISSING_PAYOUT_CONFIGURATION = "MISSING_PAYOUT_CONFIGURATION", _("Waiting for payout details")
        EMPTY_FUEL_TANK = "EMPTY_FUEL_TANK", _("Waiting for a code: the pool is empty")
        ERROR_SYNCING_FUEL_TANK_CODE = "ERROR_SYNCING_FUEL_TANK_CODE", _("The code could not be synced")
        UNHANDLED_ERROR = "UNHANDLED_ERROR", _("Something went wrong")

    class Source(models.TextChoices):
        FRIEND_SIGNUP = "FRIEND_SIGNUP", _("Referred a friend")
        REFERRED = "REFERRED", _("Was referred")
        MANUAL = "MANUAL", _("Added by hand")
        AUTOMATED = "AUTOMATED", _("Automatic")

    public_id = ExactCharField(_("reward ID"), max_length=24, default=new_public_id, editable=False)
    unique_id = ExactCharField(_("your own ID"), max_length=255, null=True, blank=True)  # type: ignore[misc]  # absent where the caller has none
    participant = models.ForeignKey(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.PROTECT,
        related_name="rewards",
        db_index=False,
    )
    type = models.CharField(_("type"), max_length=12, choices=RewardType.choices, default=RewardType.CREDIT)
    unit = models.ForeignKey(
        RewardUnit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    amount = models.BigIntegerField(_("value"), validators=[MinValueValidator(1), MaxValueValidator(LARGEST_AMOUNT)])
    redeemed = models.BigIntegerField(_("redeemed"), default=0)
    name = models.CharField(_("name"), max_length=200, blank=True)
    fuel_tank_code = models.CharField(_("code"), max_length=64, blank=True)

    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    pending_reason = models.CharField(_("pending because"), max_length=30, choices=PendingReason.choices, blank=True)
    cancelled_reason = models.CharField(_("cancelled because"), max_length=500, blank=True)
    date_created = models.DateTimeField(_("date created"))
    date_scheduled_for = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    date_given = models.DateTimeField(_("date given"), null=True, blank=True)
    date_expires = models.DateTimeField(_("expires"), null=True, blank=True)
    date_cancelled = models.DateTimeField(_("date cancelled"), null=True, blank=True)
    date_redeemed = models.DateTimeField(_("date redeemed"), null=True, blank=True)

    source = models.CharField(_("source"), max_length=14, choices=Source.choices, default=Source.MANUAL)
    program = models.ForeignKey(
        Program, verbose_name=_("program"), null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    catalog_reward = models.ForeignKey(
        CatalogReward,
        verbose_name=_("catalog reward"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rewards",
        db_index=False,
    )
    referral = models.ForeignKey(
        Referral,
        verbose_name=_("referral"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rewards",
        db_index=False,
    )
    rule = models.ForeignKey(
        RewardRule,
        verbose_name=_("reward rule"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rewards",
        db_index=False,
    )
    conversion = models.ForeignKey(
        Conversion,
        verbose_name=_("conversion"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rewards",
        db_index=False,
    )
    internal_note = models.TextField(_("internal note"), max_length=2000, blank=True)
    customer_note = models.TextField(_("customer note"), max_length=2000, blank=True)
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        permissions = [
            ("redeem_reward", "Can redeem rewards by hand"),
            ("cancel_reward", "Can cancel rewards"),
        ]
        indexes = [
            # Not partial: a predicate on status would make every full redemption move the row in all indexes.
            models.Index(fields=["participant", "unit"], name="rewards_participant_unit"),
            models.Index(fields=["-date_created", "-id"], name="rewards_newest"),
            models.Index(fields=["unit", "-date_created", "-id"], name="rewards_unit_newest"),
            models.Index(fields=["source", "-date_created", "-id"], name="rewards_source_newest"),
            models.Index(
                fields=["program", "-date_created", "-id"],
                name="rewards_program_newest",
                condition=Q(program__isnull=False),
            ),
            models.Index(
                fields=["catalog_reward", "date_created"],
                name="rewards_catalog_created",
                condition=Q(catalog_reward__isnull=False),
            ),
            # The feed filtered by what may be rare; the two common statuses are found by walking the newest.
            *(
                models.Index(
                    fields=["-date_created", "-id"], name=f"rewards_{status.lower()}", condition=Q(status=status)
                )
                for status in ("PENDING", "EXPIRED", "CANCELLED")
            ),
            models.Index(
                fields=["type", "-date_created", "-id"], name="rewards_no_credit", condition=~Q(type="CREDIT")
            ),
            models.Index(fields=["referral"], name="rewards_referral", condition=Q(referral__isnull=False)),
            models.Index(
                fields=["rule", "-date_created", "-id"], name="rewards_rule_newest", condition=Q(rule__isnull=False)
            ),
            models.Index(fields=["conversion"], name="rewards_conversion", condition=Q(conversion__isnull=False)),
            models.Index(fields=["date_scheduled_for"], name="rewards_due", condition=Q(status="PENDING")),
            models.Index(
                fields=["date_expires"],
                name="rewards_expiring",
                condition=Q(status="AVAILABLE", date_expires__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="rewards_reward_public_id"),
            models.UniqueConstraint(
                fields=["unique_id"],
                condition=Q(unique_id__isnull=False),
                name="rewards_reward_unique_id",
                violation_error_message=_("There is already a reward with this ID of yours."),
            ),
            models.CheckConstraint(condition=UNIT_FITS_TYPE, name="rewards_reward_unit"),
            models.CheckConstraint(condition=AMOUNT_IN_RANGE, name="rewards_reward_amount"),
            models.CheckConstraint(
                condition=Q(redeemed__gte=0, redeemed__lte=F("amount")) & (Q(type=RewardType.CREDIT) | Q(redeemed=0)),
                name="rewards_reward_redeemed",
            ),
            models.CheckConstraint(
                condition=Q(fuel_tank_code="") | Q(type=RewardType.FUELTANK), name="rewards_reward_code"
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="PENDING", date_given__isnull=True, redeemed=0)
                    | Q(status="AVAILABLE", date_given__isnull=False, redeemed__lt=F("amount"))
                    | Q(status="REDEEMED", date_given__isnull=False, redeemed=F("amount"))
                    | Q(
                        status="EXPIRED",
                        date_given__isnull=False,
                        date_expires__isnull=False,
                        redeemed__lt=F("amount"),
                    )
                    | Q(status="CANCELLED", redeemed__lt=F("amount"))
                ),
                name="rewards_reward_status",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="CANCELLED", date_cancelled__isnull=False)
                    | (~Q(status="CANCELLED") & Q(date_cancelled__isnull=True, cancelled_reason=""))
                ),
                name="rewards_reward_cancelled",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="REDEEMED", date_redeemed__isnull=False)
                    | (~Q(status="REDEEMED") & Q(date_redeemed__isnull=True))
                ),
                name="rewards_reward_redeemed_date",
            ),
            models.CheckConstraint(
                condition=(
                    (Q(status="PENDING") & ~Q(pending_reason="")) | (~Q(status="PENDING") & Q(pending_reason=""))
                ),
                name="rewards_reward_pending",
            ),
            models.CheckConstraint(
                condition=~Q(pending_reason="SCHEDULED") | Q(date_scheduled_for__isnull=False),
                name="rewards_reward_scheduled",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.public_id

    @property
    def left(self) -> int:
        """Return what is not redeemed, in the unit's smallest fraction; whether it may be drawn is another question."""
        return self.amount - self.redeemed

    def status_at(self, at: datetime) -> Status:
        """Return the status as people should see it: past its expiry, a reward is expired before the task says so."""
        is_past = self.date_expires is not None and self.date_expires <= at
        if self.status == self.Status.AVAILABLE and is_past:
            return self.Status.EXPIRED
        return self.Status(self.status)

    @property
    def is_percentage(self) -> bool:
        """Say whether the amount is a percentage rather than a number of units."""
        return self.unit_id is None

    @property
    def statuses(self) -> tuple[str, ...]:
        """Return the statuses that reports list: a reward cancelled before it was given is still PENDING, too."""
        if self.status == self.Status.CANCELLED and self.date_given is None:
            return (self.Status.PENDING.value, self.Status.CANCELLED.value)
        return (self.status,)


class RewardEntry(models.Model):
    """
    One redemption from one reward, or the reversal of one; the database refuses to change or delete entries.

    The lean keys are measured: each constraint to another table costs an import a tenth of its time, and the reward's
    constraint implies the participant.
    """

    class Kind(models.TextChoices):
        REDEMPTION = "REDEMPTION", _("Redeemed")
        REVERSAL = "REVERSAL", _("Reversed")

    reward = models.ForeignKey(Reward, verbose_name=_("reward"), on_delete=models.PROTECT, related_name="entries")
    participant = models.ForeignKey(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.REDEMPTION)
    amount = models.BigIntegerField(_("value"))
    reverses = models.ForeignKey(
        "self", verbose_name=_("reverses"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    job = models.ForeignKey(
        Job,
        verbose_name=_("import"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    row_number = models.PositiveIntegerField(_("row"), null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    actor = models.CharField(_("by"), max_length=254, blank=True)  # names an API key; a user is named by the key above
    key = models.CharField(max_length=255, null=True)  # noqa: DJ001 (unique if there is one)
    note = models.CharField(_("note"), max_length=500, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=1), name="rewards_entry_amount"),
            models.CheckConstraint(
                condition=Q(kind="REDEMPTION", reverses__isnull=True) | Q(kind="REVERSAL", reverses__isnull=False),
                name="rewards_entry_kind",
            ),
            models.CheckConstraint(
                condition=Q(job__isnull=True, row_number__isnull=True) | Q(job__isnull=False, row_number__isnull=False),
                name="rewards_entry_row",
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="rewards_entry_reversed_once"
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="rewards_entry_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
