from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from advocate.lib.fields import ExactCharField
from programs.models import Conversion
from team.models import ApiKey


class StoredAnswer(models.Model):
    """
    What the first call with an ``Idempotency-Key`` was answered, kept for good.

    The row is written before the work, in the same transaction: whoever comes with the same key meanwhile waits for it
    at the unique index, and either finds the answer or, if the first call failed, does the work.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = ExactCharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    request_id = models.CharField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="api_answer_once"),
            models.CheckConstraint(condition=~Q(key=""), name="api_answer_has_key"),
        ]

    def __str__(self) -> str:
        return self.key


class CallWindow(models.Model):
    """How many calls somebody made within one minute; ``key`` holds a digest of who and what."""

    key = models.CharField(max_length=100, primary_key=True)
    calls = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Upload(models.Model):
    """A file sent for an import, until one is started with it."""

    ref = models.CharField(max_length=255, unique=True)
    public_id = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=255)
    stored_name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    sent_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.ref


def new_submission_id() -> str:
    """Return a new submission's id in the form that clients expect."""
    return f"A-{uuid4()}"


class ConversionSubmission(models.Model):
    """
    A call about an order as it came in, until a worker has looked at it and some time after.

    An order has one submission that reports it, however often it is sent.
    """

    class Kind(models.TextChoices):
        CONVERSION = "Conversion"
        REVERSAL = "Reversal"

    public_id = models.CharField(max_length=40, unique=True, default=new_submission_id)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    conversion = models.ForeignKey(Conversion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign_id = ExactCharField(max_length=255, blank=True)
    action_tracker_id = ExactCharField(max_length=255, blank=True)
    event_code = ExactCharField(max_length=255, blank=True)
    action_id = ExactCharField(max_length=255, blank=True)
    order_id = ExactCharField(max_length=255, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    payload = models.TextField(blank=True)
    sent_by = models.CharField(max_length=254)
    error_type = models.CharField(max_length=40, blank=True)
    error_reason = models.CharField(max_length=500, blank=True)
    submitted_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["Conversion", "Reversal"]), name="api_submission_kind"),
            models.CheckConstraint(
                condition=Q(kind="Reversal") | Q(conversion__isnull=False), name="api_submission_of_order"
            ),
            models.UniqueConstraint(
                fields=["conversion"], condition=Q(kind="Conversion"), name="api_submission_once_for_order"
            ),
        ]
        indexes = [
            models.Index(
                fields=["submitted_at", "id"],
                condition=Q(kind="Reversal", completed_at__isnull=True),
                name="api_submission_waiting",
            ),
            models.Index(fields=["order_id"], condition=Q(kind="Conversion"), name="api_submission_order"),
        ]

    def __str__(self) -> str:
        return self.public_id
