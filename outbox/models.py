from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Email(models.Model):
    """A mail owed because of a committed change; ``key`` names the event, so that each has one mail at most."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        KEPT = "kept", _("Kept here")

    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(_("kind"), max_length=60, blank=True)
    message_id = models.CharField(_("message ID"), max_length=255)
    to = models.EmailField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=255)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))
    language = models.CharField(_("language"), max_length=10)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"))
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = pgettext_lazy("message", "e-mail")
        verbose_name_plural = _("e-mails")
        permissions = [("retry_email", "Can send an e-mail again")]
        indexes = [
            # Not partial: SQLite would rather take the index on status below and sort all that waits, for each mail.
            models.Index(fields=["status", "next_attempt_at", "id"], name="outbox_email_waiting"),
            models.Index(fields=["status", "lease_until"], name="outbox_email_abandoned"),
            models.Index(fields=["-created_at", "-id"], name="outbox_email_newest"),
            models.Index(fields=["status", "-created_at"], name="outbox_email_status"),
            models.Index(Lower("to"), name="outbox_email_to"),
        ]
        constraints = [
            models.CheckConstraint(
                name="outbox_email_status_known",
                condition=Q(status__in=["pending", "sending", "sent", "failed", "kept"]),
            ),
            models.CheckConstraint(
                name="outbox_email_sent_has_instant",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="outbox_email_sending_has_lease",
                condition=Q(status="sending", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(status="sending") & Q(lease_token__isnull=True, lease_until__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.subject
