from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jobs.models import Job
from jobs.results import ADDED
from jobs.types import Notice, Preview
from rewards.models import StagedUser
from rewards.user_import.referrals import ForeseenReferrals, foresee_referrals

NEW: Final = "new"
CHANGED: Final = "changed"
REFERRED: Final = "referred"
IGNORED: Final = "ignored_columns"
LABELS: Final = {NEW: _("New"), CHANGED: pgettext_lazy("users", "Changed"), REFERRED: _("Referred by an advocate")}
UNKNOWN_CODES: Final = "unknown_codes"
ADVOCATES: Final = "advocates"
COLUMNS_NAMED: Final = 20
CODES_NAMED: Final = 10
ADVOCATES_NAMED: Final = 10


def preview_of(job: Job) -> Preview:
    """Return how many users would be new, changed and referred, by whom, and which columns are not read."""
    good = StagedUser.objects.filter(job=job, state="good")
    new = good.filter(participant__isnull=True).count()
    foreseen = foresee_referrals(job)
    totals = {NEW: new, CHANGED: good.count() - new, REFERRED: foreseen.total}
    return Preview(totals=totals, warnings=[*_ignored_columns(job), *_referrals(foreseen)])


def format_totals(totals: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    """Return how many users are new and how many changed, for people."""
    return [
        (str(label), str(number_format(totals[name], force_grouping=True)))
        for name, label in LABELS.items()
        if totals.get(name)
    ]


def _referrals(foreseen: ForeseenReferrals) -> list[Notice]:
    notices = []
    if foreseen.unknown:
        codes = [code for code, _count in foreseen.unknown.most_common(CODES_NAMED)]
        notices.append(
            Notice(UNKNOWN_CODES, {"count": foreseen.unknown.total(), "codes": _listed(codes, foreseen.unknown)})
        )
    if foreseen.advocates:
        most = [f"{name} ({count})" for name, count in foreseen.advocates.most_common(ADVOCATES_NAMED)]
        notices.append(Notice(ADVOCATES, {"advocates": _listed(most, foreseen.advocates)}))
    return notices


def _listed(names: Sequence[str], among: Sized) -> str:
    return ", ".join(names) + (", …" if len(among) > len(names) else "")


def _ignored_columns(job: Job) -> list[Notice]:
    names = [name for name in job.detected.get("ignored", []) if name not in ADDED]
    if not names:
        return []
    return [Notice(IGNORED, {"columns": _listed(names[:COLUMNS_NAMED], names)})]
