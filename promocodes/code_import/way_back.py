"""Where an upload leads on to: the program whose promo codes it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.models import Job
from programs.models import Program
from promocodes.code_import.batches import PROGRAM
from promocodes.models import CodePool


def way_back(request: HttpRequest, job: Job) -> Mapping[str, Any]:
    """Return what ``promocodes/way_back.html`` needs: the program, and its set-up page while that waits."""
    program = Program.objects.filter(key=job.params.get(PROGRAM, "")).first()
    if program is None:
        return {"program": None}
    return {"program": program, **urls_of(request, program)}


def upload_page(job: Job, *, how: str = "file") -> str:
    """Return the address of the page on which codes for the same program are brought in anew."""
    program = Program.objects.filter(key=job.params.get(PROGRAM, "")).first()
    return reverse("admin:promocodes_upload", query={**({"program": program.pk} if program else {}), "how": how})


def urls_of(request: HttpRequest, program: Program) -> Mapping[str, str]:
    """Return the address of the program's promo codes, and of the page that sets them up while they are off."""
    user: Any = request.user
    is_on = CodePool.objects.filter(program=program, switched_on_at__isnull=False).exists()
    may_set_up = not is_on and user.has_perm("promocodes.change_codepool")
    return {
        "codes_url": f"{reverse('admin:programs_program_change', args=[program.pk])}#panel-promo-codes",
        "set_up_url": reverse("admin:promocodes_set_up", args=[program.pk]) if may_set_up else "",
    }
