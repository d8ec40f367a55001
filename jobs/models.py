from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.fields import NOT_PROVIDED
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def new_public_id() -> str:
    """Return an id that nobody guesses: it stands in links."""
    return secrets.token_hex(12)


class Job(models.Model):
    """
    One import or export; this row is the truth about it and Celery only wakes a worker.

    ``lease_token`` belongs to the worker that runs it; whoever lost it changes nothing any more. For an import,
    ``next_row`` is where applying goes on: all rows before it have their outcome.
    """

    class Kind(models.TextChoices):
        EXPORT = "export", _("Report")
        IMPORT = "import", _("Import")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waiting for confirmation")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        DISCARDED = "discarded", _("Discarded")
        EXPIRED = "expired", _("Expired")

    class Phase(models.TextChoices):
        READING = "reading", _("Reading the file")
        CHECKING = "checking", _("Checking the rows")
        APPLYING = "applying", _("Applying the rows")
        WRITING = "writing", _("Writing the file")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel")

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    type = models.CharField(_("type"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    format = models.CharField(_("format"), max_length=10, choices=Format.choices, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.QUEUED)
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices)

    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("requester"), null=True, on_delete=models.PROTECT, related_name="jobs"
    )
    requested_by = models.CharField(_("requested by"), max_length=254)
    confirmed_by = models.CharField(_("confirmed by"), max_length=254, blank=True)
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    undoes = models.ForeignKey(
        "self", verbose_name=_("undoes"), null=True, on_delete=models.PROTECT, related_name="undone_by", db_index=False
    )
    form_token = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  many jobs have none

    source_file = models.CharField(max_length=255, blank=True)
    source_name = models.CharField(_("file"), max_length=255, blank=True)
    source_bytes = models.BigIntegerField(default=0)
    source_sha256 = models.CharField(max_length=64, blank=True)
    reading = models.JSONField(default=dict)
    detected = models.JSONField(default=dict)
    # Set while the file counts as imported, so that the database lets the same content through once only.
    content_key = models.CharField(max_length=130, null=True, unique=True)  # noqa: DJ001  others have none
    all_or_nothing = models.BooleanField(default=False)
    without_preview = models.BooleanField(default=False)
    again = models.BooleanField(default=False)

    result_file = models.CharField(max_length=255, blank=True)
    result_bytes = models.BigIntegerField(default=0)
    errors_file = models.CharField(max_length=255, blank=True)
    errors_bytes = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    totals = models.JSONField(default=dict)
    warnings = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    next_row = models.BigIntegerField(default=0)

    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    woken_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("expires"))
    files_removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import or export")
        verbose_name_plural = _("imports and exports")
        permissions = [("run_report", "Can create reports"), ("run_import", "Can import files")]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="jobs_job_newest"),
            models.Index(
                fields=["status", "lease_until", "woken_at"],
                condition=Q(status__in=["queued", "running"]),
                name="jobs_job_unfinished",
            ),
            models.Index(fields=["expires_at"], condition=Q(files_removed_at=None), name="jobs_job_expiring"),
            models.Index(fields=["type", "source_sha256"], name="jobs_job_content"),
            models.Index(fields=["undoes"], condition=Q(undoes__isnull=False), name="jobs_job_undoing"),
        ]
        constraints = [
            models.CheckConstraint(
                name="jobs_job_counts_positive",
                condition=Q(rows_total__gte=0, rows_done__gte=0, rows_unchanged__gte=0, rows_refused__gte=0),
            ),
            models.CheckConstraint(
                name="jobs_job_every_row_has_one_outcome",
                condition=~Q(status="done") | Q(rows_total=F("rows_done") + F("rows_unchanged") + F("rows_refused")),
            ),
            models.CheckConstraint(
                name="jobs_job_lease_while_running",
                condition=Q(status="running", lease_until__isnull=False) & ~Q(lease_token="")
                | ~Q(status="running") & Q(lease_token="", lease_until__isnull=True),
            ),
            models.CheckConstraint(
                name="jobs_job_finished_at",
                condition=Q(status__in=["queued", "running", "waiting"], finished_at__isnull=True)
                | Q(status__in=["done", "failed", "cancelled", "discarded", "expired"], finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        """Say whether nothing will happen to it any more by itself."""
        return self.finished_at is not None

    @property
    def is_under_way(self) -> bool:
        """Say whether a worker has it or will have it."""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def rows_good(self) -> int:
        """Return how many rows are to be applied, or will have been."""
        return self.rows_total - self.rows_unchanged - self.rows_refused

    def has_files(self, at: datetime) -> bool:
        """Say whether its files can still be downloaded."""
        return self.files_removed_at is None and at < self.expires_at


class JobEvent(models.Model):
    """A step in a job's life, as its page lists them; ``code`` is translated where it is shown."""

    class Code(models.TextChoices):
        CREATED = "created", _("Created")
        STARTED = "started", _("Started")
        RESUMED = "resumed", _("Taken over by another worker")
        RELEASED = "released", _("Handed over because the worker stops")
        RETRYING = "retrying", _("Interrupted by an error; will be tried again")
        CHECKED = "checked", _("Checked; waiting for confirmation")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLING = "cancelling", _("Cancellation requested")
        RETRIED = "retried", _("Started again")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        DISCARDED = "discarded", _("Discarded")
        EXPIRED = "expired", _("Files removed")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("when"))
    code = models.CharField(_("what"), max_length=12, choices=Code.choices)
    actor = models.CharField(_("who"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        indexes = [models.Index(fields=["job", "id"], name="jobs_jobevent_of_job")]

    def __str__(self) -> str:
        return self.get_code_display()


def staged_link(to: str, label: str | Promise, *, is_needed: bool = False) -> models.ForeignKey[Any, Any]:
    """Return what refers from a staged row to what it is about, without a look-up for each row of a file."""
    return models.ForeignKey(
        to,
        verbose_name=cast("str", label),
        null=not is_needed,
        default=NOT_PROVIDED if is_needed else None,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


class StagedRow(models.Model):
    """
    One row of an import's file, read into typed columns; each import type has its own table of them.

    ``row_no`` is the row's number as a spreadsheet shows it. A GOOD row before the job's ``next_row`` is done: the
    hot path then writes refused rows only. ``column``, ``code``, ``found`` and ``params`` say why a row is refused.
    """

    class State(models.TextChoices):
        GOOD = "good", _("To do")
        UNCHANGED = "unchanged", _("Unchanged")
        REFUSED = "refused", _("Refused")

    # Without a constraint, which would cost a look-up for each row of a file that is read.
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    row_no = models.PositiveIntegerField(_("row"))
    state = models.CharField(_("outcome"), max_length=10, choices=State.choices)
    code = models.CharField(max_length=60, blank=True, default="")
    column = models.CharField(_("column"), max_length=255, blank=True, default="")
    found = models.TextField(_("found"), blank=True, default="")
    params = models.JSONField(null=True, default=None)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["job", "row_no"], name="%(app_label)s_%(class)s_row"),
        ]
        indexes = [
            models.Index(fields=["job", "row_no"], condition=Q(state="refused"), name="%(class)s_refused"),
        ]
