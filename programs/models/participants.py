from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advocate.lib.east_asian import full_name
from advocate.lib.fields import ExactCharField


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
