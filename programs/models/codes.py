from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from programs.models.participants import Participant
from programs.models.programs import Program

CODE_FORM = r"^[A-Za-z0-9_-]{1,64}\Z"


class ReferralCode(models.Model):
    """A code that names an advocate in one program; it is the same code in upper and lower case."""

    code = ExactCharField(
        _("code"),
        max_length=64,
        validators=[RegexValidator(CODE_FORM, _("Use up to 64 letters A to Z, digits, hyphens and underscores."))],
    )
    program = models.ForeignKey(
        Program, verbose_name=_("program"), on_delete=models.PROTECT, related_name="referral_codes"
    )
    participant = models.ForeignKey(
        Participant, verbose_name=_("participant"), on_delete=models.PROTECT, related_name="referral_codes"
    )
    is_primary = models.BooleanField(_("primary"), default=True)
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("referral code")
        verbose_name_plural = _("referral codes")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="programs_code_any_case"),
            models.UniqueConstraint(
                fields=["participant", "program"], condition=Q(is_primary=True), name="programs_code_one_primary"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="programs_code_not_empty"),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(disabled_at__isnull=True), name="programs_code_primary_works"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ShareLink(models.Model):
    """
    A short address that leads a friend to the program's landing page, with the code.

    A retired link is shown no more, but goes on leading there: nobody knows who still has it.
    """

    slug = ExactCharField(_("address"), max_length=64)
    code = models.ForeignKey(
        ReferralCode, verbose_name=_("referral code"), on_delete=models.PROTECT, related_name="share_links"
    )
    clicks = models.PositiveBigIntegerField(_("clicks"), default=0)
    clicked_at = models.DateTimeField(_("last click"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("share link")
        verbose_name_plural = _("share links")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(Lower("slug"), name="programs_link_any_case"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(retired_at__isnull=True), name="programs_link_one_current"
            ),
            models.CheckConstraint(condition=~Q(slug=""), name="programs_link_not_empty"),
            models.CheckConstraint(
                condition=Q(clicks=0, clicked_at__isnull=True) | Q(clicks__gt=0, clicked_at__isnull=False),
                name="programs_link_clicks_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
