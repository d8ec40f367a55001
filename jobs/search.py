from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from advocate.lib.search import SearchHit, SearchSource
from jobs.models import Job


def find_jobs(words: str, limit: int) -> list[SearchHit]:
    """Return the newest reports and imports whose name or file begins with the words, or whose number they are."""
    found = Job.objects.filter(Q(name__istartswith=words) | Q(source_name__istartswith=words) | Q(public_id=words))
    return [
        SearchHit(
            title=job.name,
            subtitle=f"{job.get_kind_display()} · {job.get_status_display()}",
            url=reverse("admin:jobs_job_detail", args=[job.public_id]),
        )
        for job in found.order_by("-created_at", "-id")[:limit]
    ]


JOBS = SearchSource(key="jobs", label=_("Imports & Exports"), permission="jobs.view_job", find=find_jobs, order=80)
