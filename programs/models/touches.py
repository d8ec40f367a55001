from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from jobs.models import Job
from programs.models.conversions import Conversion
from programs.models.outcomes import TouchOutcome
from programs.models.participants import Participant
from programs.models.programs import Program
from programs.models.referrals import Referral


class Touch(models.Model):
    """
    That a code came with a friend or an order, and what came of it.

    The same again with the same outcome is no second touch: shops repeat what they send with each page.
    """

    class Door(models.TextChoices):
        """How the code came."""

        UPSERT = "upsert", _("Registration")
        COOKIE = "cookie", _("Share link followed before")
        APPLIED = "applied", _("Code entered")
        IMPORT = "import", _("Import")
        CONVERSION = "conversion", _("Order")
        MANUAL = "manual", _("By hand")

    friend = models.ForeignKey(
        Participant,
        verbose_name=_("friend"),
        null=True,
        on_delete=models.PROTECT,
        related_name="touches",
        db_index=False,
    )
    program = models.ForeignKey(
        Program, verbose_name=_("program"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    advocate = models.ForeignKey(
        Participant, verbose_name=_("advocate"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = ExactCharField(_("code as sent"), max_length=255)
    door = models.CharField(_("door"), max_length=20, choices=Door.choices)
    outcome = models.CharField(_("outcome"), max_length=20, choices=TouchOutcome.choices)
    referral = models.ForeignKey(
        Referral,
        verbose_name=_("referral"),
        null=True,
        on_delete=models.PROTECT,
        related_name="touches",
        db_index=False,
    )
    conversion = models.ForeignKey(
        Conversion,
        verbose_name=_("conversion"),
        null=True,
        on_delete=models.PROTECT,
        related_name="touches",
        db_index=False,  # a unique constraint begins with it
    )
    job = models.ForeignKey(
        Job,
        verbose_name=_("import"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,  # each constraint costs an import a part of its time
        db_index=False,
    )
    row_number = models.PositiveIntegerField(_("row"), null=True)
    sent_by = models.CharField(_("sent by"), max_length=254, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "friend",
                Lower("text"),
                "door",
                "outcome",
                condition=Q(conversion__isnull=True, friend__isnull=False),
                name="programs_touch_of_friend_once",
            ),
            models.UniqueConstraint(
                "conversion",
                Lower("text"),
                "outcome",
                condition=Q(conversion__isnull=False),
                name="programs_touch_of_conversion_once",
            ),
            models.CheckConstraint(
                condition=Q(friend__isnull=False) | Q(conversion__isnull=False), name="programs_touch_of_something"
            ),
            models.CheckConstraint(
                condition=Q(door__in=["upsert", "cookie", "applied", "import", "conversion", "manual"]),
                name="programs_touch_door_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=TouchOutcome.values) & ~Q(outcome="no_touch"),
                name="programs_touch_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(job__isnull=True, row_number__isnull=True) | Q(job__isnull=False, row_number__isnull=False),
                name="programs_touch_row",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="attributed") | Q(program__isnull=False, advocate__isnull=False),
                name="programs_touch_attributed_to_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["job", "row_number"], condition=Q(job__isnull=False), name="programs_touch_job"),
            models.Index(
                fields=["friend", "-at", "-id"], condition=Q(friend__isnull=False), name="programs_touch_friend"
            ),
            models.Index(
                fields=["referral", "-at", "-id"], condition=Q(referral__isnull=False), name="programs_touch_referral"
            ),
        ]

    def __str__(self) -> str:
        return self.text
