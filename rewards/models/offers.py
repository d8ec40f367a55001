from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from rewards.periods import Period

MAX_EXPONENT = 4  # CLF, the Chilean unit of account, has the most digits of all currencies
LARGEST_AMOUNT = 2**53 - 1  # what JavaScript and spreadsheets still count exactly


class RewardType(models.TextChoices):
    """What kind of thing a reward is."""

    CREDIT = "CREDIT", _("Credit")
    PCT_DISCOUNT = "PCT_DISCOUNT", _("Discount")
    FUELTANK = "FUELTANK", _("Fuel tank")
    INTEGRATION = "INTEGRATION", _("Gift card")


# A percentage has no unit. A fuel-tank code stands for a percentage, or for an amount when it has a unit.
UNIT_FITS_TYPE = (
    Q(type__in=[RewardType.CREDIT, RewardType.INTEGRATION], unit__isnull=False)
    | Q(type=RewardType.PCT_DISCOUNT, unit__isnull=True)
    | Q(type=RewardType.FUELTANK)
)
AMOUNT_IN_RANGE = Q(amount__gte=1) & (
    Q(unit__isnull=False, amount__lte=LARGEST_AMOUNT) | Q(unit__isnull=True, amount__lte=100)
)


class RewardUnit(models.Model):
    """What rewards are counted in; amounts are integers in its smallest fraction, of which 10**exponent make one."""

    class Kind(models.TextChoices):
        CREDIT = "CREDIT", _("Credit")
        CASH = "CASH", _("Cash")
        MONTHS = "MONTHS", _("Months")
        POINTS = "POINTS", _("Points")
        CUSTOM = "CUSTOM", _("Custom")

    key = ExactCharField(
        _("unit ID"),
        max_length=64,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?\Z",
                _("Use letters, digits, dots, dashes and underscores, with at most one slash, such as CASH/USD."),
            )
        ],
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    exponent = models.PositiveSmallIntegerField(_("decimal places"), default=0)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("reward unit")
        verbose_name_plural = _("reward units")
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="rewards_unit_key",
                violation_error_message=_("There is already a unit with this ID."),
            ),
            models.CheckConstraint(
                condition=Q(exponent__lte=MAX_EXPONENT),
                name="rewards_unit_exponent",
                violation_error_message=_("A unit has at most 4 decimal places."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["CREDIT", "CASH"], currency__gt="")
                    | Q(kind__in=["MONTHS", "POINTS", "CUSTOM"], currency="")
                ),
                name="rewards_unit_currency",
                violation_error_message=_("Credit and Cash have a currency such as USD; other units have none."),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class CatalogReward(models.Model):
    """A reward described once, to be given many times; changing it changes nothing that was given before."""

    key = ExactCharField(
        _("reward key"),
        max_length=64,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z", _("Use letters, digits, dashes and underscores."))],
    )
    name = models.CharField(_("name"), max_length=200)
    type = models.CharField(_("type"), max_length=12, choices=RewardType.choices, default=RewardType.CREDIT)
    unit = models.ForeignKey(RewardUnit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.PROTECT)
    amount = models.BigIntegerField(_("value"))
    validity_count = models.PositiveSmallIntegerField(_("expires after"), null=True, blank=True)
    validity_period = models.CharField(max_length=6, choices=Period.choices, default=Period.MONTHS)
    pending_count = models.PositiveSmallIntegerField(_("pending for"), null=True, blank=True)
    pending_period = models.CharField(max_length=6, choices=Period.choices, default=Period.DAYS)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("catalog reward")
        verbose_name_plural = _("catalog")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="rewards_catalog_key",
                violation_error_message=_("There is already a catalog reward with this key."),
            ),
            models.CheckConstraint(condition=UNIT_FITS_TYPE, name="rewards_catalog_unit"),
            models.CheckConstraint(condition=AMOUNT_IN_RANGE, name="rewards_catalog_amount"),
        ]

    def __str__(self) -> str:
        return self.name
