"""Where a withdrawal that came to nothing starts again."""

from __future__ import annotations

from django.urls import reverse

from jobs.models import Job


def withdrawal_page(job: Job) -> str:
    """Return the address of the page that withdrew what the job was to withdraw: the codes of a file or a batch."""
    batch = job.params.get("batch")
    return reverse("admin:promocodes_withdraw_batch", args=[batch]) if batch else reverse("admin:promocodes_withdraw")
