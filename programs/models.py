from __future__ import annotations

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advocate.lib.east_asian import full_name
from advocate.lib.fields import ExactCharField

PROGRAM_KEY = r"^[a-zA-Z0-9-]{1,64}\Z"
COOKIE_DAYS_MAX = 3650
CODE_FORM = r"^[A-Za-z0-9_-]{1,64}\Z"


def new_event_id() -> str:
    """Return a new event's id of 24 hexadecimal digits, the form that shops' clients expect."""
    return secrets.token_hex(12)


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


class Participant(models.Model):
    """A person in the programs; ``account_id`` and ``user_id`` are the company's own strings."""

    account_id = ExactCharField(_("account ID"), max_length=255)
    user_id = ExactCharField(_("user ID"), max_length=255)
    first_name = models.CharField(_("first name"), max_length=255, blank=True)
    last_name = models.CharField(_("last name"), max_length=255, blank=True)
    email = ExactCharField(_("e-mail"), max_length=255, blank=True)
    locale = models.CharField(_("locale"), max_length=20, blank=True)
    country_code = models.CharField(_("country"), max_length=2, blank=True)
    referable = models.BooleanField(_("referable"), default=True)
    date_blocked = models.DateTimeField(_("blocked"), null=True, blank=True)
    block_reason = models.CharField(_("reason for the block"), max_length=500, blank=True)
    image_url = models.URLField(_("image URL"), max_length=2000, blank=True)
    segments = models.JSONField(_("segments"), default=list, blank=True)
    custom_fields = models.JSONField(_("custom fields"), default=dict, blank=True)
    referral_source = models.CharField(_("referral source"), max_length=100, blank=True)
    first_seen_ip = models.GenericIPAddressField(_("first seen IP"), null=True, blank=True)
    last_seen_ip = models.GenericIPAddressField(_("last seen IP"), null=True, blank=True)
    created_at = models.DateTimeField(_("added"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["account_id", "user_id"], name="programs_participant_ids"),
            models.CheckConstraint(condition=~Q(account_id="") & ~Q(user_id=""), name="programs_participant_has_ids"),
            models.CheckConstraint(
                condition=Q(block_reason="") | Q(date_blocked__isnull=False), name="programs_participant_block_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["user_id"], name="programs_participant_user_id"),
            models.Index(Lower("email"), name="programs_participant_email"),
            models.Index(fields=["-created_at", "-id"], name="programs_participant_newest"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(date_blocked__isnull=False),
                name="programs_participant_blocked",
            ),
        ]

    def __str__(self) -> str:
        return full_name(first=self.first_name, last=self.last_name) or self.email or self.user_id

    @property
    def is_blocked(self) -> bool:
        """Say whether the participant may neither refer nor be referred."""
        return self.date_blocked is not None


class SearchTerm(models.Model):
    """
    A word by which a participant is found, folded by ``programs.terms``.

    A search is a prefix scan of the primary key on either engine, without an extension of PostgreSQL or SQLite.
    """

    pk = models.CompositePrimaryKey("term", "participant_id")
    term = ExactCharField(max_length=100)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="search_terms")

    class Meta:
        default_permissions = ()


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
        ]

    def __str__(self) -> str:
        return f"{self.referrer} → {self.referred}"


class ErasedParticipant(models.Model):
    """That a participant was deleted: who they were is only kept as a digest, to recognise the ids."""

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="erased")
    ids_digest = models.CharField(max_length=64, db_index=True)
    do_not_track = models.BooleanField(default=False)
    erased_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.ids_digest


class EventSubmission(models.Model):
    """Events that came in one call; the database lets one submission have an idempotency key."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+", db_index=False)
    idempotency_key = ExactCharField(max_length=64, null=True, unique=True)  # type: ignore[misc]  # most have none
    sent_by = models.CharField(max_length=254)
    received_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.idempotency_key or str(self.pk)


class ParticipantEvent(models.Model):
    """Something that a shop saw a participant do, as it told it; ``key`` names what, such as ``purchase``."""

    public_id = models.CharField(max_length=24, unique=True, default=new_event_id, editable=False)
    submission = models.ForeignKey(EventSubmission, on_delete=models.PROTECT, related_name="events")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="events", db_index=False)
    key = ExactCharField(_("event"), max_length=255)
    event_id = ExactCharField(_("your own ID"), max_length=255, blank=True)
    fields = models.JSONField(_("fields"), default=dict)
    triggered_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["participant", "-triggered_at", "-id"], name="programs_event_newest")]

    def __str__(self) -> str:
        return self.key
