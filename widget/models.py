from __future__ import annotations

from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from programs.models import Participant, Program
from widget.counts import DailyCount
from widget.defaults import MICROSITE_KEY, WIDGET_KEY
from widget.stored import StoredComponent

__all__ = ["AllowedOrigin", "DailyCount", "Display", "DisplayVersion", "MicrositeSession", "SignIn"]

KEY_FORM = r"^[A-Za-z0-9_-]{1,64}\Z"
SLUG_FORM = r"^[a-z0-9-]{1,64}\Z"
# Kept in English, so that they do not depend on the language of whoever came first; shown to each in their own.
FIRST_NAMES: Final = {"widget": gettext_noop("Referral widget"), "microsite": gettext_noop("Microsite")}


class Display(models.Model):
    """What shows a program to participants: a widget in the shop's page, or a microsite with an address of its own."""

    class Kind(models.TextChoices):
        WIDGET = "widget", _("Widget")
        MICROSITE = "microsite", _("Microsite")

    class ColourMode(models.TextChoices):
        PAGE = "page", _("As the page around it")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    program = models.ForeignKey(
        Program,
        verbose_name=_("program"),
        on_delete=models.CASCADE,  # nobody can see what a program without codes shows
        related_name="displays",
        db_index=False,  # the unique constraint begins with it
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.WIDGET)
    key = ExactCharField(
        _("key"),
        max_length=64,
        validators=[RegexValidator(KEY_FORM, _("Use up to 64 letters A to Z, digits, hyphens and underscores."))],
    )
    name = models.CharField(_("name"), max_length=200)
    slug = ExactCharField(
        _("address"),
        max_length=64,
        blank=True,
        validators=[RegexValidator(SLUG_FORM, _("Use up to 64 small letters a to z, digits and hyphens."))],
    )
    colour_mode = models.CharField(_("colours"), max_length=10, choices=ColourMode.choices, default=ColourMode.PAGE)
    takes_newcomers = models.BooleanField(_("open to new advocates"), default=False)
    consent = models.JSONField(_("consent text"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("widget or microsite")
        verbose_name_plural = _("widgets and microsites")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="widget_display_key"),
            models.UniqueConstraint(fields=["slug"], condition=~Q(slug=""), name="widget_display_slug"),
            models.CheckConstraint(
                condition=Q(kind="widget", slug="", takes_newcomers=False) | Q(kind="microsite", slug__regex=SLUG_FORM),
                name="widget_display_address",
            ),
            models.CheckConstraint(
                condition=Q(colour_mode__in=["page", "light", "dark"]), name="widget_display_colours_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """Return the name as its reader meets it: one that nobody has changed is in the reader's language."""
        return gettext(self.name) if self.name in FIRST_NAMES.values() else self.name

    @property
    def colour_modes(self) -> list[tuple[str, str]]:
        """Return its choices of colours; around a microsite there is no page, but a reader's device."""
        own = {self.ColourMode.PAGE.value: _("As the reader's device")} if self.is_microsite else {}
        return [(value, str(own.get(value, label))) for value, label in self.ColourMode.choices]

    @property
    def shown_colours(self) -> str:
        """Return what its colours are called."""
        return dict(self.colour_modes)[self.colour_mode]

    @property
    def is_microsite(self) -> bool:
        """Say whether it is a page of its own."""
        return self.kind == self.Kind.MICROSITE

    @property
    def is_first(self) -> bool:
        """Say whether it came with its program, and stays as long as that."""
        return self.key in {WIDGET_KEY, MICROSITE_KEY}

    @property
    def is_archived(self) -> bool:
        """Say whether it was put away: participants do not see it, and nobody works on it."""
        return self.archived_at is not None


class DisplayVersion(models.Model):
    """
    An ordered list of components: the draft that is worked on, the one that is shown, or an earlier one.

    ``revision`` counts the changes of a draft, so that nobody overwrites one they have not seen.
    """

    display = models.ForeignKey(Display, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"), null=True, blank=True)
    is_draft = models.BooleanField(default=False)
    is_current = models.BooleanField(default=False)
    components = models.JSONField(_("components"), default=list)
    revision = models.PositiveIntegerField(default=1)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.CharField(_("published by"), max_length=254, blank=True)
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["display", "number"], name="widget_version_number"),
            models.UniqueConstraint(fields=["display"], condition=Q(is_draft=True), name="widget_version_one_draft"),
            models.UniqueConstraint(
                fields=["display"], condition=Q(is_current=True), name="widget_version_one_current"
            ),
            models.CheckConstraint(
                condition=Q(is_draft=True, is_current=False, number__isnull=True, published_at__isnull=True)
                | Q(is_draft=False, number__isnull=False, number__gte=1, published_at__isnull=False),
                name="widget_version_draft_or_published",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Draft")) if self.is_draft else str(_("Version %(number)s") % {"number": self.number})

    @property
    def parts(self) -> tuple[StoredComponent, ...]:
        """Return the components in their order."""
        return tuple(StoredComponent.read(one) for one in self.components)


class AllowedOrigin(models.Model):
    """A shop's site that may show a program's widgets, such as ``https://shop.example.com``."""

    program = models.ForeignKey(
        Program, verbose_name=_("program"), on_delete=models.CASCADE, related_name="allowed_origins", db_index=False
    )
    origin = ExactCharField(_("site"), max_length=255, db_index=True)

    class Meta:
        verbose_name = _("allowed site")
        verbose_name_plural = _("allowed sites")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["program", "origin"], name="widget_origin_once")]

    def __str__(self) -> str:
        return self.origin


class SignIn(models.Model):
    """
    Somebody asked a microsite for a code by mail; a worker answers, and the code lets them in once.

    The row is written whoever's address it is, so that the page says the same and takes as long for everybody. Of the
    code only a keyed digest is kept. ``wants_to_join`` is a newcomer, who becomes a participant by using the code.
    """

    public_id = models.CharField(max_length=32, unique=True)
    display = models.ForeignKey(Display, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=10)
    wants_to_join = models.BooleanField(default=False)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    consented_to = models.TextField(blank=True)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, null=True, related_name="+")
    code_digest = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["id"], condition=Q(answered_at__isnull=True), name="widget_signin_waiting")]

    def __str__(self) -> str:
        return self.public_id


class MicrositeSession(models.Model):
    """That a participant is in a microsite; the browser has a token of which only the digest is kept."""

    token_digest = models.CharField(max_length=64, unique=True)
    display = models.ForeignKey(Display, on_delete=models.CASCADE, related_name="+")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
