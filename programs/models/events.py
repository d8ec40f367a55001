from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from programs.models.participants import Participant


def new_event_id() -> str:
    """Return a new event's id of 24 hexadecimal digits, the form that shops' clients expect."""
    return secrets.token_hex(12)


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
