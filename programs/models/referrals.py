from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from programs.models.participants import Participant
from programs.models.programs import Program


class Referral(models.Model):
    """A friend (``referred``) who came to a program through an advocate (``referrer``)."""

    class Source(models.TextChoices):
        LINK = "link", _("Share link")
        CODE = "code", _("Referral code")
        PROMO_CODE = "promo_code", _("Promo code")
        MANUAL = "manual", _("By hand")
        IMPORT = "import", _("Import")

    program = models.ForeignKey(
        Program,
        verbose_name=_("program"),
        on_delete=models.PROTECT,
        related_name="referrals",
        db_index=False,  # the unique constraint begins with it
    )
    referrer = models.ForeignKey(
        Participant,
        verbose_name=_("advocate"),
        on_delete=models.PROTECT,
        related_name="referrals_made",
        db_index=False,  # an index below begins with it
    )
    referred = models.ForeignKey(
        Participant, verbose_name=_("friend"), on_delete=models.PROTECT, related_name="referrals_received"
    )
    source = models.CharField(_("source"), max_length=20, choices=Source.choices, default=Source.CODE)
    code_used = ExactCharField(_("code used"), max_length=64, blank=True)
    date_started = models.DateTimeField(_("started"), default=timezone.now)
    date_converted = models.DateTimeField(_("converted"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            models.UniqueConstraint(fields=["program", "referred"], name="programs_referral_once"),
            models.CheckConstraint(condition=~Q(referrer=F("referred")), name="programs_referral_not_self"),
            models.CheckConstraint(
                condition=Q(source__in=["link", "code", "promo_code", "manual", "import"]),
                name="programs_referral_source_known",
            ),
            models.CheckConstraint(
                condition=Q(date_converted__isnull=True) | Q(date_converted__gte=F("date_started")),
                name="programs_referral_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["referrer", "-date_started", "-id"], name="programs_referral_referrer"),
            models.Index(fields=["-date_started", "-id"], name="programs_referral_newest"),
            models.Index(fields=["program", "-date_started", "-id"], name="programs_referral_program"),
            models.Index(fields=["source", "-date_started", "-id"], name="programs_referral_source"),
            models.Index(
                fields=["-date_converted", "-id"],
                condition=Q(date_converted__isnull=False),
                name="programs_referral_converted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referrer} → {self.referred}"
