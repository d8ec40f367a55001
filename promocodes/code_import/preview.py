from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Count
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import Job
from jobs.types import Notice, Preview
from promocodes.code_import.errors import KnownCode, KnownGivenCode, KnownReferralCode, RepeatedCode
from promocodes.models import StagedCode

NO_HEADER: Final = "no_header"
KNOWN: Final = "known"
REPEATED: Final = "repeated"
INVALID: Final = "invalid"
LABELS: Final[dict[str, str | Promise]] = {
    KNOWN: _("Known already"),
    REPEATED: _("Twice in the file"),
    INVALID: _("Not a code"),
}
KINDS: Final = {
    KnownCode.code: KNOWN,
    KnownGivenCode.code: KNOWN,
    KnownReferralCode.code: KNOWN,
    RepeatedCode.code: REPEATED,
}


def preview_of(job: Job) -> Preview:
    """Return how many rows are refused for which kind of reason, and what was taken for granted about the first row."""
    refused = StagedCode.objects.filter(job=job, state="refused").order_by()
    totals: Counter[str] = Counter()
    for code, count in refused.values_list("code").annotate(count=Count("row_no")):
        totals[KINDS.get(code, INVALID)] += count
    return Preview(totals=totals, warnings=_warnings(job))


def _warnings(job: Job) -> list[Notice]:
    if job.detected.get("header") != "none" or job.reading.get("header") == "no":
        return []
    return [Notice(NO_HEADER, {"first": job.detected["first"]})]


def format_totals(totals: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    """Return the kinds of refusals with their counts."""
    return [
        (str(label), str(number_format(totals[kind], force_grouping=True)))
        for kind, label in LABELS.items()
        if totals.get(kind)
    ]
