"""Through whom the users of a file would come, as far as can be told before it is applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from django.db.models import Q

from advocate.lib import clock, db
from jobs.models import Job
from programs.models import Program, Referral
from rewards.attribution.resolving import Target, find_targets, folded
from rewards.models import StagedUser

READ_AT_ONCE: Final = 5_000
READ: Final = ("account_id", "user_id", "values", "referred_by", "participant", "codes")


@dataclass(slots=True)
class ForeseenReferrals:
    """
    How many users would be referred by whom, and which codes name nobody.

    ``brought`` are the codes that rows read so far wish for, with the user of each.
    """

    advocates: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    brought: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many users would be referred."""
        return self.advocates.total()


def foresee_referrals(job: Job) -> ForeseenReferrals:
    """Look at the codes of the job's GOOD rows; what earlier rows change is not looked at."""
    foreseen = ForeseenReferrals()
    with_codes = Q(referred_by__isnull=False) | Q(codes__isnull=False)
    rows = StagedUser.objects.filter(with_codes, job=job, state="good").order_by("row_no")
    read = rows.values_list(*READ).iterator(chunk_size=READ_AT_ONCE)
    for batch in db.batches(read, READ_AT_ONCE):
        _count(foreseen, batch)
    return foreseen


def _count(foreseen: ForeseenReferrals, rows: Sequence[tuple[Any, ...]]) -> None:
    found = find_targets({text for row in rows for text in row[3] or ()}, at=clock.now())
    ids = [row[4] for row in rows if row[4]]
    referred = set(Referral.objects.filter(referred__in=ids).values_list("referred", "program"))
    for account_id, user_id, values, texts, participant, codes in rows:
        for text in texts or ():
            if folded(text) not in found and folded(text) not in foreseen.brought:
                foreseen.unknown[text] += 1
        if (values or {}).get("referable") is not False:
            valid = (target for target in _targets(texts or (), found) if _is_valid(target, account_id))
            new = (str(one.advocate) for one in valid if (participant, one.program.pk) not in referred)
            brought = (foreseen.brought[folded(text)] for text in texts or () if folded(text) in foreseen.brought)
            first = next(chain(new, brought), None)
            foreseen.advocates.update([first] if first else [])
        foreseen.brought.update((folded(code), user_id) for code in (codes or {}).values())


def _targets(texts: Sequence[str], found: Mapping[str, Target]) -> Iterator[Target]:
    return (found[folded(text)] for text in texts if folded(text) in found)


def _is_valid(target: Target, account_id: str) -> bool:
    advocate = target.advocate
    if advocate is None or target.problem is not None or target.program.status != Program.Status.LIVE:
        return False
    return not advocate.is_blocked and advocate.account_id != account_id
