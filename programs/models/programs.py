from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField

PROGRAM_KEY = r"^[a-zA-Z0-9-]{1,64}\Z"
COOKIE_DAYS_MAX = 3650


class Program(models.Model):
    """A referral program; its rules are panels that other apps add to its page."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")

    key = ExactCharField(
        _("program ID"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(PROGRAM_KEY, _("Use only the letters A to Z, digits and hyphens."))],
        help_text=_("Shops and imports name the program by it, so it never changes. Letters, digits and hyphens."),
    )
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    main_url = models.URLField(
        _("main URL"), max_length=2000, blank=True, help_text=_("Where a share link takes a friend.")
    )
    fallback_url = models.URLField(
        _("fallback URL"),
        max_length=2000,
        blank=True,
        help_text=_("Where a link goes while the program is not live. Empty: the main URL."),
    )
    cookie_days = models.PositiveSmallIntegerField(
        _("cookie expiry"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(COOKIE_DAYS_MAX)],
        help_text=_("Days for which a friend's browser remembers who referred them. Empty: until it forgets."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        constraints = [
            models.UniqueConstraint(Lower("key"), name="programs_program_key_any_case"),
            models.CheckConstraint(condition=Q(key__regex=PROGRAM_KEY), name="programs_program_key_form"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "live", "paused"]), name="programs_program_status_known"
            ),
            models.CheckConstraint(
                condition=Q(cookie_days__isnull=True) | Q(cookie_days__gte=1, cookie_days__lte=COOKIE_DAYS_MAX),
                name="programs_program_cookie_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name
