from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from programs.models.outcomes import TouchOutcome
from programs.models.participants import Participant
from programs.models.programs import Program
from programs.models.referrals import Referral


def new_conversion_id() -> str:
    """Return a new conversion's id of 24 hexadecimal digits, the form that shops' clients expect."""
    return secrets.token_hex(12)


class Conversion(models.Model):
    """An order that a shop reported; the database lets one order of a program be there once."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        ATTRIBUTED = "attributed", _("Attributed")
        NOT_ATTRIBUTED = "not_attributed", _("Not attributed")

    public_id = models.CharField(max_length=24, unique=True, default=new_conversion_id, editable=False)
    program = models.ForeignKey(
        Program,
        verbose_name=_("program"),
        on_delete=models.PROTECT,
        related_name="conversions",
        db_index=False,  # the unique constraint begins with it
    )
    order_id = ExactCharField(_("order ID"), max_length=255)
    friend = models.ForeignKey(
        Participant,
        verbose_name=_("friend"),
        null=True,
        on_delete=models.PROTECT,
        related_name="conversions",
        db_index=False,
    )
    advocate = models.ForeignKey(
        Participant,
        verbose_name=_("advocate"),
        null=True,
        on_delete=models.PROTECT,
        related_name="conversions_brought",
        db_index=False,
    )
    referral = models.ForeignKey(
        Referral,
        verbose_name=_("referral"),
        null=True,
        on_delete=models.PROTECT,
        related_name="conversions",
        db_index=False,
    )
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.QUEUED)
    outcome = models.CharField(_("outcome"), max_length=20, choices=TouchOutcome.choices, blank=True)
    amount = models.BigIntegerField(_("amount"), null=True)  # in the currency's smallest fraction
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    exponent = models.PositiveSmallIntegerField(_("decimal places"), null=True)
    promo_code = ExactCharField(_("promo code"), max_length=255, blank=True)  # this and the next two as they were sent
    customer_id = ExactCharField(_("customer ID"), max_length=255, blank=True)
    customer_email = ExactCharField(_("customer's e-mail"), max_length=255, blank=True)
    happened_at = models.DateTimeField(_("ordered"))
    received_at = models.DateTimeField(_("received"))
    worked_at = models.DateTimeField(_("looked at"), null=True)
    reversed_at = models.DateTimeField(_("reversed"), null=True)
    reversal_reason = models.CharField(_("reason for the reversal"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")
        default_permissions = ("view",)
        permissions = [("reverse_conversion", "Can reverse conversions")]
        constraints = [
            models.UniqueConstraint(fields=["program", "order_id"], name="programs_conversion_once"),
            models.CheckConstraint(condition=~Q(order_id=""), name="programs_conversion_has_order"),
            models.CheckConstraint(
                condition=Q(status="queued", worked_at__isnull=True, outcome="")
                | Q(status="attributed", worked_at__isnull=False, advocate__isnull=False) & ~Q(outcome="")
                | Q(status="not_attributed", worked_at__isnull=False, referral__isnull=True) & ~Q(outcome=""),
                name="programs_conversion_status",
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=TouchOutcome.values), name="programs_conversion_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True, currency="", exponent__isnull=True)
                | Q(amount__gte=0, exponent__isnull=False) & ~Q(currency=""),
                name="programs_conversion_amount",
            ),
            models.CheckConstraint(
                condition=Q(reversed_at__isnull=False) | Q(reversal_reason=""), name="programs_conversion_reversal"
            ),
        ]
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="programs_conversion_newest"),
            models.Index(fields=["program", "-happened_at", "-id"], name="programs_conversion_program"),
            models.Index(fields=["status", "-happened_at", "-id"], name="programs_conversion_state"),
            models.Index(
                fields=["-happened_at", "-id"],
                condition=Q(reversed_at__isnull=False),
                name="programs_conversion_reversed",
            ),
            # What a person searches for, where the shop sent it.
            models.Index(Lower("promo_code"), condition=~Q(promo_code=""), name="programs_conversion_promo_code"),
            models.Index(fields=["customer_id"], condition=~Q(customer_id=""), name="programs_conversion_customer"),
            models.Index(Lower("customer_email"), condition=~Q(customer_email=""), name="programs_conversion_email"),
            models.Index(fields=["order_id"], name="programs_conversion_order"),
            models.Index(
                fields=["friend", "-happened_at", "-id"],
                condition=Q(friend__isnull=False),
                name="programs_conversion_friend",
            ),
            models.Index(
                fields=["advocate", "-happened_at", "-id"],
                condition=Q(advocate__isnull=False),
                name="programs_conversion_advocate",
            ),
            models.Index(
                fields=["referral", "-happened_at", "-id"],
                condition=Q(referral__isnull=False),
                name="programs_conversion_referral",
            ),
            models.Index(fields=["received_at", "id"], condition=Q(status="queued"), name="programs_conversion_queued"),
        ]

    def __str__(self) -> str:
        return self.order_id
