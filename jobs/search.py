from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from advocate.lib.search import SearchHit, SearchSource, Seeker
from jobs.admin.access import visible_jobs


def find_jobs(words: str, limit: int, seeker: Seeker) -> list[SearchHit]:
    """
    Return the newest reports and imports whose name or file begins with the words, or whose number they are.

    Only those of the types that the seeker may view: a name alone can tell too much.
    """
    wanted = Q(name__istartswith=words) | Q(source_name__istartswith=words) | Q(public_id=words)
    found = visible_jobs(seeker).filter(wanted)
    return [
        SearchHit(
            title=job.name,
            subtitle=f"{job.get_kind_display()} · {job.get_status_display()}",
            url=reverse("admin:jobs_job_detail", args=[job.public_id]),
        )
        for job in found.order_by("-created_at", "-id")[:limit]
    ]


JOBS = SearchSource(key="jobs", label=_("Imports & Exports"), permission="jobs.view_job", find=find_jobs, order=80)
